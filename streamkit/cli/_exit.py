"""How a command can end: its exit code, and the one line that says why."""

from __future__ import annotations

import sys

OK, NOT_FOUND, USAGE, PROVIDER, TRUNCATED, INTERRUPTED, NOBODY_READS = 0, 1, 2, 3, 4, 130, 141


def told(error: Exception) -> int:
    """Say in one line what went wrong.

    Args:
        error: What ended the stream, or kept it from being made; an OSError names a file.

    Returns:
        The exit code for it.
    """
    # Imported here: `--help` need not wait for it.
    from ..errors import ConfigurationError, TruncatedError
    from ..text.sanitize import sanitize

    print(f"streamkit: {' '.join(sanitize(str(error)).split())}", file=sys.stderr)
    if isinstance(error, (ConfigurationError, OSError)):
        return USAGE
    return TRUNCATED if isinstance(error, TruncatedError) else PROVIDER
