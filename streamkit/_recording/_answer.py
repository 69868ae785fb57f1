"""What a recorded call plays: its reads, each at its time, and then the end as it was seen, or faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from ..errors import MalformedError, TruncatedError
from ._damage import Fault, damaged
from ._decoder import ChunkBytes, recorded_error
from ._format import RecordedEnd
from ._plan import End, Moment, Plan, Raise, Send, Until, play
from ._reader import RecordedCall


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """The answer of a recorded call.

    Args:
        plan: The status, the headers and the latency that faults have given it; its steps are not used.
        moments: A function that returns what happens, in order.
        end: The end as it was seen; None if the recording breaks off, or a fault ends the answer.
        events: The number of reads.
    """

    plan: Plan
    moments: Callable[[], Iterator[Moment]]
    end: RecordedEnd | None
    events: int

    @property
    def refused(self) -> bool:
        """Whether the call failed before an answer began."""
        return not self.events and self.end is not None and self.end.state == "failed"


def recorded_answer(call: RecordedCall, faults: Sequence[Fault] = ()) -> RecordedAnswer:
    """Return what a recorded call plays.

    Args:
        call: The call.
        faults: The faults that its answer has.

    Raises:
        ConfigurationError: A fault cannot be in this answer.
    """
    sent = call.header.sent / 1000
    reads = [(at - sent, data if isinstance(data, bytes) else ChunkBytes.of(data)) for at, data in call.reads]
    last = [] if call.end is None else _last(call.end, sent)
    if not faults:
        return RecordedAnswer(Plan(), lambda: chain(_reads(reads), last), call.end, len(reads))
    found = damaged(reads, faults, api=call.header.api)
    return RecordedAnswer(
        found.plan,
        lambda: chain(found.moments, play(found.plan) if found.ended else last),
        None if found.ended else call.end,
        sum(isinstance(each, Send) for each in found.moments),
    )


def _reads(reads: Sequence[tuple[float, bytes]]) -> Iterator[Moment]:
    for seconds, data in reads:
        yield Until(seconds)
        yield Send(data)


def _last(end: RecordedEnd, sent: float) -> list[Moment]:
    """Return the end: an error that the decoder has found comes from the decoder again, any other one as recorded."""
    if end.state not in ("failed", "stopped"):
        return [End()]
    error = recorded_error(end)
    found = isinstance(error, (MalformedError, TruncatedError))
    return [Until(end.ms / 1000 - sent), End() if found else Raise(error)]
