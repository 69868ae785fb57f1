"""Entry point of ``python -m streamkit.cli``, under the name that Python requires."""

from __future__ import annotations

import sys

from . import main

sys.exit(main())
