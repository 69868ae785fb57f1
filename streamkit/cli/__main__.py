"""Entry point of ``python -m streamkit.cli``; Python looks for it under this name."""

from __future__ import annotations

import sys

from . import main

sys.exit(main())
