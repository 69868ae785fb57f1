"""``python -m streamkit.cli``."""

import sys

from . import main

sys.exit(main())
