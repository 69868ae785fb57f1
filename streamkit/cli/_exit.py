"""Exit codes, and the sentences on standard error, which fit the terminal's width; every command imports these."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Generator, Iterable
from typing import NoReturn, TextIO

OK, NOT_FOUND, USAGE, PROVIDER, TRUNCATED, INTERRUPTED, NOBODY_READS, TERMINATED = 0, 1, 2, 3, 4, 130, 141, 143


def report_error(error: Exception) -> int:
    """Print an error on stderr, without control characters.

    Returns:
        The exit code of that error.
    """
    # Imported here, so that `--help` does not wait for it.
    from ..text.sanitize import sanitize

    say(f"streamkit: {' '.join(sanitize(str(error)).split())}".split(" "))
    return code_of(error)


def code_of(error: Exception) -> int:
    """Return the exit code of an error."""
    from ..errors import ConfigurationError, TruncatedError

    if isinstance(error, (ConfigurationError, OSError)) or _is_of_a_file(error):
        return USAGE
    return TRUNCATED if isinstance(error, TruncatedError) else PROVIDER


def _is_of_a_file(error: Exception) -> bool:
    """Return whether a file could not be written, which is no failure of the provider."""
    from ..errors import StreamError

    return type(error) is StreamError and isinstance(error.__cause__, OSError)


class Terminated(KeyboardInterrupt):
    """SIGTERM, which ends the program as Ctrl-C does, with another exit code."""


@contextlib.contextmanager
def ended_by_sigterm() -> Generator[None]:
    """Raise ``Terminated`` for SIGTERM while a block runs, so that connections are closed and what arrived is kept."""
    try:
        if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            raise ValueError("somebody else handles it")
        before = signal.signal(signal.SIGTERM, _terminate)
    except ValueError:  # also outside of the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(*_: object) -> NoReturn:
    raise Terminated


def code_of_interrupt(interrupt: KeyboardInterrupt) -> int:
    """Return the exit code of Ctrl-C, or of SIGTERM."""
    return TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED


def say(parts: Iterable[str], *, between: str = " ") -> None:
    """Print parts on stderr: on one line, or on a terminal on as many as its width needs.

    Args:
        parts: Words or phrases, which are not broken.
        between: Text between two parts of a line.
    """
    print(fit(parts, between=between, width=terminal_width(sys.stderr)), file=sys.stderr, flush=True)


def terminal_width(stream: TextIO) -> int | None:
    """Return the columns of a terminal; None for a file or a pipe."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def fit(parts: Iterable[str], *, between: str, width: int | None) -> str:
    r"""Join parts into lines that a terminal does not break; a part that is wider than a line stays whole.

    Args:
        parts: Words or phrases.
        between: Text between two parts of a line.
        width: Columns of a line; None for one line of any length.

    >>> fit(["state", "tokens", "seconds"], between=" · ", width=16)
    'state · tokens\nseconds'
    """
    if width is None:
        return between.join(parts)
    from rich.cells import cell_len  # knows the characters that take two columns

    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and cell_len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return "\n".join(lines)
