"""The options of a subscriber: for joining late, for lagging, and for the call when the last subscriber leaves."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from .errors import ConfigurationError
from .settings import CAPS


@dataclass(frozen=True, slots=True)
class Tail:
    """Join late with the last chunks only; ``tail(n)`` makes one.

    Args:
        count: The number of chunks.
    """

    count: int


@dataclass(frozen=True, slots=True)
class After:
    """Join where an earlier reader has left; ``after(n)`` makes one.

    Args:
        known: The number of chunks that the reader has.
    """

    known: int


@dataclass(frozen=True, slots=True)
class Grace:
    """Let a call without readers go on for a time, in case a new reader joins; ``grace(seconds)`` makes one.

    Args:
        seconds: The time to wait, in seconds.
    """

    seconds: float


Late: TypeAlias = Literal["replay", "fold", "live"] | Tail | After

Overflow: TypeAlias = Literal["pause", "coalesce", "latest", "drop_oldest", "error"]

Leave: TypeAlias = Literal["stop", "finish"] | Grace

_LATE, _OVERFLOW, _LEAVE = ("replay", "fold", "live"), get_args(Overflow), ("stop", "finish")


def tail(count: int) -> Tail:
    """Join late with the last chunks only.

    Args:
        count: The number of chunks, 0 or more.

    Raises:
        ConfigurationError: ``count`` is not an integer of 0 or more.

    >>> tail(3)
    Tail(count=3)
    """
    if isinstance(cast("object", count), bool) or not isinstance(cast("object", count), int) or count < 0:
        raise ConfigurationError(f"tail({count!r}): give a number of chunks, 0 or more.")
    return Tail(count)


def after(known: int) -> After:
    """Join where an earlier reader has left, here or in another process.

    Args:
        known: The number of chunks that the reader has, as ``stream.read()`` counts them: 0 for none.

    Raises:
        ConfigurationError: ``known`` is not an integer of 0 or more.

    >>> after(3)
    After(known=3)
    """
    if isinstance(cast("object", known), bool) or not isinstance(cast("object", known), int) or known < 0:
        raise ConfigurationError(f"after({known!r}): give the number of chunks that are known, 0 or more.")
    return After(known)


def grace(seconds: float) -> Grace:
    """Let a call without readers go on for a time, in case a new reader joins.

    Args:
        seconds: The time in seconds, above 0.

    Raises:
        ConfigurationError: ``seconds`` is not a finite number above 0.

    >>> grace(2.5)
    Grace(seconds=2.5)
    """
    number = isinstance(cast("object", seconds), (int, float)) and not isinstance(cast("object", seconds), bool)
    if not number or not 0 < seconds < math.inf:
        raise ConfigurationError(f"grace({seconds!r}): give a number of seconds above 0.")
    return Grace(seconds)


@dataclass(frozen=True, slots=True)
class SubscriptionOptions:
    """The options of one subscriber.

    Args:
        late: The earlier chunks that a new subscriber gets: all (``replay``), all as one chunk (``fold``), the last n
            (``tail(n)``), those behind the first n (``after(n)``) or none (``live``).
        overflow: The policy for a subscriber that lags: the call waits (``pause``), neighbouring deltas are merged
            (``coalesce``), only the newest delta is kept (``latest``), only the newest ``bound`` deltas are kept
            (``drop_oldest``), or the subscriber ends in ``SlowSubscriber`` (``error``). Tool calls, finish reasons
            and usage are never dropped.
        bound: The chunks that a subscriber may lag before that; by default 1 for ``coalesce`` and ``latest``, else 256.
        leave: The fate of the call when the last subscriber leaves: ``stop``, ``finish`` or ``grace(seconds)``. If
            subscribers disagree, the longest-lived setting wins.
        partial_tools: True if a loop of pairs also gets each tool call while it grows.

    Raises:
        ConfigurationError: A value is none of these.
    """

    late: Late = "replay"
    overflow: Overflow = "pause"
    bound: int | None = None
    leave: Leave = "stop"
    partial_tools: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.late, (Tail, After)):
            _check("late", self.late, _LATE, "tail(n)", "after(n)")
        _check("overflow", self.overflow, _OVERFLOW)
        if not isinstance(self.leave, Grace):
            _check("leave", self.leave, _LEAVE, "grace(seconds)")
        bound = cast("object", self.bound)
        if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int) or bound < 1):
            raise ConfigurationError(f"bound={bound!r}: give a number of chunks, 1 or more.")

    @property
    def max_lag(self) -> int:
        """The number of chunks that the subscriber may lag."""
        return self.bound or (1 if self.overflow in ("coalesce", "latest") else CAPS.ahead)

    @property
    def linger_seconds(self) -> float:
        """Seconds that a call goes on without any reader."""
        return self.leave.seconds if isinstance(self.leave, Grace) else math.inf if self.leave == "finish" else 0.0


def _check(name: str, value: object, known: tuple[str, ...], *more: str) -> None:
    if value in known:
        return
    near = difflib.get_close_matches(str(value), known, n=1)
    which = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join([*map(repr, known), *more])}."
    raise ConfigurationError(f"{name}={value!r}: {which}")
