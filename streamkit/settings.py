"""The settings of a call: the clocks, the caps on the size of the answer, and the chunks that the log keeps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, cast

from .errors import ConfigurationError, LimitExceeded

Keep: TypeAlias = Literal["all"] | int

SentinelEnds: TypeAlias = Literal["none", "above 0", "all"]

Tag: TypeAlias = str | tuple[str, str]
"""The name of a tag; or its opening and its closing text, where they do not have the form ``<name>``."""

ThinkingTags: TypeAlias = str | Sequence[Tag]

Transport: TypeAlias = Literal["auto", "direct", "sdk"]


def is_positive(value: object, *, whole: bool = False) -> bool:
    """Whether a value is a finite number above 0.

    Args:
        value: The value to check.
        whole: True to accept whole numbers only.

    >>> is_positive(0.5), is_positive(True), is_positive(0.5, whole=True)
    (True, False, False)
    """
    number = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    return number and 0 < cast("float", value) < math.inf


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The times in seconds that a call may take between parsed contents; None switches a clock off.

    Pings, comments and progress notes do not count as content. All clocks stand still while slow readers pause the
    call.

    Args:
        first: Seconds from sending to the first content.
        between: Seconds from one content to the next.
        total: Seconds from sending to the end.
        drain_for_usage: Seconds that the call is read on after its last reader has left, to get the provider's usage.
            The answer is generated and paid for meanwhile. None, the default, closes at once; ``stop()``, ``close()``
            and ``aclose()`` always do.

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
    """The bounds on the size of one answer; an answer that passes a bound ends in ``LimitExceeded``.

    Sizes are in bytes, for one answer with all its choices together. The error's ``partial`` has everything that
    arrived before. The bounds hold for every value of ``keep=``.

    Args:
        event: Bytes of one event of the stream.
        log: Bytes that a log with ``keep="all"`` holds.
        chunks: Number of chunks that a log with ``keep="all"`` holds.
        ahead: Number of chunks that a call reads ahead of its fastest pulling reader. At this bound the call waits;
            there is no error.
        tool_calls: Number of tool calls in one choice.
        arguments: Bytes of the arguments of one tool call.
        text: Bytes of text, with refusals, transcripts, tool plans and citations.
        thinking: Bytes of thinking, with its signatures.
        images: Bytes of images.
        audio: Bytes of audio.
        error_body: Bytes of an error's body. A longer body is cut, and the error is made of its beginning.

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


def too_many(what: str, cap: int) -> LimitExceeded:
    """Return the error of an answer with more tool calls, or choices, than the cap on tool calls."""
    return LimitExceeded(f"The answer has more than {cap} {what} (caps.tool_calls).")


RETRY_AFTER = 120.0

"""The longest ``Retry-After`` in seconds that is waited for; with a longer one, the error is raised at once."""


def validate_keep(keep: object) -> Keep:
    """Return a valid value of ``keep``, or raise a ConfigurationError.

    >>> validate_keep(10)
    10
    """
    if keep == "all" or (isinstance(keep, int) and not isinstance(keep, bool) and keep >= 0):
        return cast("Keep", keep)
    raise ConfigurationError(f"keep={keep!r}: use 'all' or a number of chunks, 0 or more.")
