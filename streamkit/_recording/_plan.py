"""Plans: the steps of one HTTP response (sends, waits, one end)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Send:
    """Write `data`, at least one byte, in one go as one HTTP chunk."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Repeat:
    """Send `data` `times` times: a body of any size, never held in memory as a whole."""

    data: bytes
    times: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Stay silent for `seconds` (`math.inf`: until the client leaves)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Forever:
    """Send `data` every `every` seconds until the client leaves."""

    data: bytes
    every: float


@dataclass(frozen=True, slots=True)
class Reset:
    """Break the connection with a TCP RST."""


@dataclass(frozen=True, slots=True)
class Fin:
    """Close the connection with a TCP FIN, without the closing HTTP chunk."""


@dataclass(frozen=True, slots=True)
class End:
    """End the body properly; a plan that runs out of steps ends this way too."""


@dataclass(frozen=True, slots=True)
class Until:
    """Stay silent until `seconds` after the answer began; every `Wait` before it makes that later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Raise:
    """End with `error`, as it was recorded."""

    error: Exception


Action = Send | Wait | Reset | Fin | End

Moment = Action | Until | Raise

Step = Action | Repeat | Forever

Framing = Literal["chunked", "close"]


@dataclass(frozen=True, slots=True)
class Plan:
    """One HTTP response, from the status line to the end.

    Args:
        status: HTTP status.
        headers: Pairs of name and value; `("connection", "close")` makes the server close after the body.
        steps: The steps of the body, in order.
        framing: `"chunked"`, or `"close"` for a body that only the end of the connection delimits.
        every: Seconds between two `Send` steps.
        latency: Seconds before the status line.
        unanswered: True sends no status line and no framing: the server plays `steps` and nothing else.
        after: The end of a connection that was announced to stay open: `Fin` closes it once the body has ended,
            `Reset` breaks it at the first byte of the next request.

    Example:
        >>> Plan(steps=(Forever(b"data: 1", every=0.001),)).status
        200
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/event-stream"),)
    steps: tuple[Step, ...] = ()
    framing: Framing = "chunked"
    every: float = 0.0
    latency: float = 0.0
    unanswered: bool = False
    after: Fin | Reset | None = None


def play(plan: Plan) -> Iterator[Action]:
    """Flatten a plan, lazily, into sends and waits and then one end.

    Example:
        >>> list(play(Plan(steps=(Repeat(b"x", times=2),))))
        [Send(data=b'x'), Send(data=b'x'), End()]
    """
    begun = False
    for step in plan.steps:
        match step:
            case Send():
                if begun and plan.every:
                    yield Wait(plan.every)
                begun = True
                yield step
            case Repeat(data, times):
                yield from (Send(data) for _ in range(times))
            case Forever(data, every):
                while True:
                    yield Send(data)
                    yield Wait(every)
            case Wait():
                yield step
            case Reset() | Fin() | End():
                yield step
                return
    yield End()
