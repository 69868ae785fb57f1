"""What a caller may set on a call: its clocks; and the sizes past which we refuse to go on."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, cast

from .errors import ConfigurationError

Keep: TypeAlias = Literal["all"] | int

SentinelEnds: TypeAlias = Literal["none", "above 0", "all"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Bounds on everything that a provider can make grow; an answer that passes one ends in ``LimitExceeded``.

    Sizes are in bytes and count for one answer, with all its choices together; what arrived before is kept in
    the error's ``partial``. They hold whatever ``keep=`` says.

    Args:
        event: Bytes of one event of the stream.
        log: Bytes that a log with ``keep="all"`` holds.
        chunks: Number of chunks that a log with ``keep="all"`` holds.
        ahead: Number of chunks that a call reads ahead of its fastest pulling reader. Passing it is no error: the
            call waits.
        tool_calls: Number of tool calls in one choice.
        arguments: Bytes of the arguments of one tool call.
        text: Bytes of text, with refusals, transcripts, tool plans and citations.
        thinking: Bytes of thinking, with its signatures.
        images: Bytes of images.
        audio: Bytes of audio.
        error_body: Bytes of an error's body. A longer one is cut, and the error says what its beginning says.

    Raises:
        ConfigurationError: A bound is not a whole number above 0.

    >>> Caps(text=100_000).text
    100000
    """

    event: int = 8 * 2**20
    log: int = 256 * 2**20
    chunks: int = 1_000_000
    ahead: int = 256
    tool_calls: int = 128
    arguments: int = 4 * 2**20
    text: int = 16 * 2**20
    thinking: int = 16 * 2**20
    images: int = 64 * 2**20
    audio: int = 512 * 2**20
    error_body: int = 64 * 2**10

    def __post_init__(self) -> None:
        for name in (each.name for each in fields(self)):
            value: object = getattr(self, name)
            if not is_positive(value, whole=True):
                raise ConfigurationError(f"Caps({name}={value!r}): use a whole number above 0.")


CAPS = Caps()

RETRY_AFTER = 120.0

"""Seconds that a provider may ask us to wait. Whoever asks for more is not waited for: its error is told at once."""


def validate_keep(keep: object) -> Keep:
    """Return how much a log keeps, or say what it takes.

    >>> validate_keep(10)
    10
    """
    if keep == "all" or (isinstance(keep, int) and not isinstance(keep, bool) and keep >= 0):
        return cast("Keep", keep)
    raise ConfigurationError(f"keep={keep!r}: use 'all' or a number of chunks, 0 or more.")
