"""Damages a recorded answer on purpose: what of it comes when, if it has these faults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

from ..errors import ConfigurationError
from ._faults import FAULTS, plan
from ._plan import Moment, Plan, Send, Step, Until
from ._shapes import error_event, shape_of

# Faults of a connection or of HTTP, which a recording does not have.
_OF_CONNECTIONS = frozenset({"gzip_bomb", "idle_fin", "idle_reset", "redirect"})

# Faults that damage no bytes, so that chunks can have them.
_OF_CHUNKS = frozenset({"none", "latency", "stall", "reset", "fin", "cut", "duplicate"})

# Faults that leave what follows as it is, so that the recorded end still comes.
_KEEP_THE_END = frozenset(
    {"none", "latency", "slow_bytes", "drip", "garbage", "bad_json", "bad_utf8", "duplicate", "after_done"}
)

_IS_END = re.compile(
    rb'"(?:finish_reason|stop_reason|stopReason|finishReason|done_reason)"\s*:\s*"'
    rb'|"type"\s*:\s*"response\.(?:completed|incomplete)"'
)

_EVENT_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")

_LINE_END = re.compile(rb"\n")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of an answer that is played.

    Args:
        name: The name, one of ``streamkit.testing.FAULTS``.
        at: The number of events before the fault; half of them if not given.
        byte: The number of bytes before the fault, instead of ``at``.
        delay: Seconds of latency, or between two keep-alive comments.
        size: The bytes of the line of ``huge_line``.
        status: The HTTP status, instead of the fault's own.

    >>> Fault("cut", at=3)
    Fault(name='cut', at=3, byte=None, delay=0.05, size=67108864, status=None)
    """

    name: str
    at: int | None = None
    byte: int | None = None
    delay: float = 0.05
    size: int = 64 * 2**20
    status: int | None = None


Faults: TypeAlias = "Iterable[str | Fault]"


def as_faults(given: Faults) -> tuple[Fault, ...]:
    """Return the faults of an option ``faults=``.

    Args:
        given: Names, or faults.

    Raises:
        ConfigurationError: There is no such fault, or a recording cannot have it.
    """
    if isinstance(given, (str, Fault)):
        raise ConfigurationError(f"faults={given!r}: give a list, as in faults=[{given!r}].")
    found = tuple(Fault(each) if isinstance(each, str) else each for each in given)
    for each in found:
        if not isinstance(cast("object", each), Fault) or each.name not in FAULTS:
            raise ConfigurationError(f"faults=[{each!r}]: give a name or a Fault; there are {', '.join(FAULTS)}.")
        if each.name in _OF_CONNECTIONS:
            raise ConfigurationError(
                f"{each.name} is a fault of an HTTP connection, which a recording has not: FaultServer plays it."
            )
    return found


@dataclass(frozen=True, slots=True)
class Damaged:
    """An answer with faults.

    Args:
        moments: What happens, in order, up to the steps of the plan.
        plan: The answer's status, headers and latency, and the steps at its end.
        ended: True if a fault ends the answer, so that the recorded end does not come.
    """

    moments: tuple[Moment, ...]
    plan: Plan
    ended: bool


def damaged(reads: Sequence[tuple[float, bytes]], faults: Sequence[Fault], *, api: str | None) -> Damaged:
    """Return an answer with faults, each upon the one before; what they insert comes with what follows.

    Args:
        reads: Pairs of seconds and what was read.
        faults: The faults.
        api: The wire format; None for chunks.

    Raises:
        ConfigurationError: A fault cannot be in this answer, or behind the one before.
    """
    parts: list[tuple[float, bytes]] = list(_events(reads, api)) if api else list(reads)
    made, latency, rest = Plan(), 0.0, list[Step]()
    for fault in faults:
        if rest or made.status != 200 or made.unanswered:
            raise ConfigurationError(f"faults=: {fault.name} cannot follow a fault that ends the answer.")
        made = _planned(fault, [each for _, each in parts], api)
        latency += made.latency
        sends = next((at for at, step in enumerate(made.steps) if not isinstance(step, Send)), len(made.steps))
        rest = list(made.steps[sends:])
        parts = list(_timed([each.data for each in cast("tuple[Send, ...]", made.steps[:sends])], parts))
    moments = tuple(moment for seconds, data in parts for moment in (Until(seconds), Send(data)))
    ended = any(each.name not in _KEEP_THE_END for each in faults)
    return Damaged(moments, replace(made, latency=latency, steps=tuple(rest)), ended)


def _planned(fault: Fault, events: list[bytes], api: str | None) -> Plan:
    if api is None and fault.name not in _OF_CHUNKS:
        raise ConfigurationError(f"{fault.name} damages bytes, and this recording has chunks.")
    first = fault.name == "bad_utf8" and fault.at is fault.byte  # neither is given: the first text, wherever that is
    try:
        return plan(
            fault.name,
            events,
            at=0 if first else fault.at,
            byte=fault.byte,
            delay=fault.delay,
            size=fault.size,
            status=fault.status,
            is_end=lambda event: _IS_END.search(event) is not None,
            error=error_event(api),
            shape=shape_of(api),
        )
    except ValueError as error:
        raise ConfigurationError(f"faults=: {fault.name}: {error}.") from None


def _timed(data: Sequence[bytes], parts: Sequence[tuple[float, bytes]]) -> Iterator[tuple[float, bytes]]:
    """Give everything a time: an event its own, and anything else that of the event in whose place it comes."""
    first: dict[int, int] = {}
    for at, (_, event) in enumerate(parts):
        first.setdefault(id(event), at)
    following, begun = 0, 0  # the next event, and the bytes of it that have come in parts
    for each in data:
        same = following < len(parts) and parts[following][1] is each
        at = following if same else first.get(id(each))
        if at is not None:
            following, begun = at + 1, 0
        else:
            at = min(following, len(parts) - 1)
            begun += len(each)
            if at >= 0 and begun >= len(parts[at][1]):
                following, begun = at + 1, 0
        yield (parts[at][0] if parts else 0.0), each


def _events(reads: Sequence[tuple[float, bytes]], api: str) -> Iterator[tuple[float, bytes]]:
    """Yield the events of a body, each with the time at which its end was read."""
    ends: list[tuple[int, float]] = []
    size = 0
    for seconds, data in reads:
        size += len(data)
        ends.append((size, seconds))
    body, at, read = b"".join([data for _, data in reads]), 0, 0
    for end in _ends(body, api):
        while ends[read][0] < end:
            read += 1
        yield ends[read][1], body[at:end]
        at = end


def _ends(body: bytes, api: str) -> Iterator[int]:
    end = 0
    if api.startswith("bedrock"):
        while len(body) - end >= 16 and (size := int.from_bytes(body[end : end + 4])) >= 16:
            end = min(end + size, len(body))
            yield end
    else:
        by_line = api.startswith(("ollama", "cohere.v1"))
        for found in (_LINE_END if by_line else _EVENT_END).finditer(body):
            yield (end := found.end())
    if end < len(body):
        yield len(body)
