"""Exit codes, and the line that explains an error: a file of its own, since every command imports it."""

from __future__ import annotations

import sys

OK, NOT_FOUND, USAGE, PROVIDER, TRUNCATED, INTERRUPTED, NOBODY_READS = 0, 1, 2, 3, 4, 130, 141


def report_error(error: Exception) -> int:
    """Print an error on stderr, in one line.

    Returns:
        The exit code of that error.
    """
    # Imported here, so that `--help` does not wait for it.
    from ..errors import ConfigurationError, TruncatedError
    from ..text.sanitize import sanitize

    print(f"streamkit: {' '.join(sanitize(str(error)).split())}", file=sys.stderr)
    if isinstance(error, (ConfigurationError, OSError)):
        return USAGE
    return TRUNCATED if isinstance(error, TruncatedError) else PROVIDER
