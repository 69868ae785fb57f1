"""How a command can end, for scripts that call it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..errors import StreamError

OK, USAGE, PROVIDER, TRUNCATED, INTERRUPTED, NOBODY_READS = 0, 2, 3, 4, 130, 141


def code_of(error: StreamError) -> int:
    """Return the exit code that says what an error is.

    Args:
        error: What ended the stream, or kept it from being made.
    """
    from ..errors import ConfigurationError, TruncatedError

    if isinstance(error, ConfigurationError):
        return USAGE
    return TRUNCATED if isinstance(error, TruncatedError) else PROVIDER
