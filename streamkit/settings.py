"""What a caller may set on a call: its clocks; and the sizes past which we refuse to go on."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, cast

from .errors import ConfigurationError

Keep: TypeAlias = Literal["all"] | int


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a call may be silent, in seconds of parsed content; None switches a clock off.

    Pings, comments and progress notes do not count as content. All clocks stand still while slow
    readers pause the call.

    Args:
        first: From sending to the first content.
        between: From one content to the next.
        total: From sending to the end.
        drain_for_usage: How long the call is read on in silence after its last reader has left, for the provider
            to tell its usage. The answer is generated, and paid for, as long; None, the default, closes at once,
            and so do ``stop()``, ``close()`` and ``aclose()``.

    Raises:
        ConfigurationError: A value is not a positive number of seconds.

    >>> Timeouts(between=5).between
    5
    """

    first: float | None = 600
    between: float | None = 120
    total: float | None = None
    drain_for_usage: float | None = None

    def __post_init__(self) -> None:
        for name in (each.name for each in fields(self)):
            value: object = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if value is not None and not (number and 0 < cast("float", value) < math.inf):
                raise ConfigurationError(f"Timeouts({name}={value!r}): use a number of seconds above 0, or None.")


@dataclass(frozen=True, slots=True)
class Caps:
    """The sizes past which a stream ends in ``LimitExceeded``.

    Args:
        event: Bytes of one event.
        log: Bytes that a log with ``keep="all"`` holds.
        chunks: Chunks that it holds.
        ahead: Chunks that the pump reads ahead of the fastest pulling reader.
    """

    event: int = 8 * 2**20
    log: int = 256 * 2**20
    chunks: int = 1_000_000
    ahead: int = 256


CAPS = Caps()

RETRY_AFTER = 120.0
"""Seconds that a provider may ask us to wait. Whoever asks for more is not waited for: its error is told at once."""


def checked_keep(keep: object) -> Keep:
    """Return how much a log keeps, or say what it takes.

    >>> checked_keep(10)
    10
    """
    if keep == "all" or (isinstance(keep, int) and not isinstance(keep, bool) and keep >= 0):
        return cast("Keep", keep)
    raise ConfigurationError(f"keep={keep!r}: use 'all' or a number of chunks, 0 or more.")


def is_positive(value: object, *, whole: bool = False) -> bool:
    """Whether something is a finite number above 0.

    Args:
        value: What was given.
        whole: Whether it has to be a whole number.

    >>> is_positive(0.5), is_positive(True), is_positive(0.5, whole=True)
    (True, False, False)
    """
    number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    return number and 0 < cast("float", value) < math.inf
