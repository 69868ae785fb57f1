"""Ctrl-C while streamkit is imported; it stands alone since it is imported first and needs nothing else.

Python's own way is a KeyboardInterrupt inside some half-imported module: its traceback has a page of lines, and an
extension module may lose it, so that a paid call would begin after Ctrl-C. The command line has sent nothing yet while
it imports, so it ends at once.
"""

import itertools
import os
import signal
import sys

IMPORTED = "Ctrl-C came while streamkit was imported."

EXIT_CODE = 130


def _is_command() -> bool:
    """Return whether this process is the command line: the script of that name, or ``python -m streamkit.cli``."""
    name = os.path.basename(sys.argv[0]).removesuffix(".exe") if sys.argv else ""
    words = sys.orig_argv
    return name == "streamkit" or ("-m", "streamkit.cli") in itertools.pairwise(words)


def _end(*_: object) -> None:
    os.write(2, f"streamkit: {IMPORTED}\n".encode())
    os._exit(EXIT_CODE)


def raise_again() -> None:
    """Let Ctrl-C raise KeyboardInterrupt again, now that a command has been imported."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


if _is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, _end)
