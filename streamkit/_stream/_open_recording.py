"""``sk.open_recording``: a recording as a Stream, with its attempts, its turns and the results of its tools."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from typing import Any, cast

from .._recording import Fault, Faults, RecordedCall, RecordedEnd, as_faults, read_header, read_recording
from ..errors import StreamError
from ..providers import CallSpec, Provider
from ..providers._recorded import RecordedRequest, Speed, as_speed
from ..settings import Caps, Keep, Timeouts
from ..tool import to_tools
from ._options import CallOptions, context_options
from ._played import Opening, PlayedAnswersPlan, PlayedConversationPlan
from ._retry_policy import Attempt, RetryPolicy
from ._stream import Stream
from ._typed import with_answer

_NO_CLOCKS = Timeouts(first=None, between=None, total=None)


def open_recording(
    path: str | PathLike[str],
    *,
    speed: Speed = 1.0,
    faults: Faults = (),
    tools: Iterable[Any] = (),
    timeouts: Timeouts | None = None,
    caps: Caps | None = None,
    keep: Keep = "all",
) -> Stream:
    """Make a Stream of a recording: the same chunks at the same times, and the end as it was seen; nothing is sent.

    The bytes go through the wire's own decoder. A call that was stopped or has failed ends with its recorded error, a
    file that breaks off with a ``TruncatedError``. Of a conversation all turns are played, with the recorded results of
    the tools: no tool is run.

    Args:
        path: The file, which is read at once.
        speed: The factor by which it is faster than recorded; ``"max"`` plays without pauses.
        faults: The faults that the answer has, each upon the one before: names of ``streamkit.testing.FAULTS``, or a
            ``streamkit.testing.Fault`` with its place. Of a conversation the first turn has them, and of a call that
            was retried the last attempt.
        tools: The tools that the model was given, so that its calls are parsed into their arguments.
        timeouts: The clocks of the call, in seconds without content; by default none, and with faults the usual ones.
        caps: The bounds on the size of the answer.
        keep: ``"all"``, or the number of the last chunks that the log keeps.

    Raises:
        ConfigurationError: The file cannot be read or is no recording, or an option is wrong.

    >>> from importlib.resources import files
    >>> moons = files("streamkit.providers").joinpath("fixtures", "openai-moons.jsonl")
    >>> open_recording(str(moons), speed="max").run().state
    'complete'
    >>> open_recording(str(moons), speed="max", faults=["cut"]).run()
    Traceback (most recent call last):
    streamkit.errors.TruncatedError: The answer is cut: the body ended without a finish reason.
    """
    damage, clocks = as_faults(faults), timeouts or (Timeouts() if faults else _NO_CLOCKS)
    given = CallOptions(timeouts=clocks, caps=caps)
    options = given.over(context_options())
    recording = read_recording(path)
    ask = options.on(CallSpec(model=recording.header.model, messages=(), tools=to_tools(tools)))
    request = RecordedRequest(ask, recording.turns[0][-1], recording=recording, speed=as_speed(speed), faults=damage)
    return recorded_stream(request, Opening(clocks, keep, given))


def file_stream(provider: Provider, ask: CallSpec, response_model: Any, opening: Opening) -> Stream:
    """Make the Stream of a call to ``replay/NAME.jsonl``; an answer that did not fit is not asked for again.

    Args:
        provider: The provider ``replay``.
        ask: The call.
        response_model: The type of the answer; None for text.
        opening: The options of the Stream.

    Raises:
        ConfigurationError: The file is no recording, or answers another request.
    """
    if response_model is not None:
        header = read_header(ask.model)
        typed = with_answer(replace(ask, model=header.model), response_model, provider=header.provider)
        ask = replace(typed, model=ask.model)
    return recorded_stream(cast("RecordedRequest", provider.request(ask)), opening)


def recorded_stream(request: RecordedRequest, opening: Opening) -> Stream:
    """Make the Stream of a recording with all its calls.

    Args:
        request: The request of the last attempt at its first turn.
        opening: The options of the Stream.
    """
    recording = request.recording
    if recording is None or not (recording.header.conversation or recording.header.reask or recording.calls[1:]):
        return opening.stream(request)
    first, *turns = recording.turns
    if not recording.header.conversation:
        end = recording.end if recording.header.reask else None
        return _Calls(request, opening).stream(first, faults=request.faults, reask_end=end)
    inner = _Calls(request, opening.inner)
    streams = [partial(inner.stream, first, faults=request.faults), *(partial(inner.stream, turn) for turn in turns)]
    plan = PlayedConversationPlan(request, recording, streams, keeps=opening.keep == "all")
    return opening.stream_of(plan, request)


@dataclass(frozen=True, slots=True)
class _Calls:
    """Makes the Stream of the calls of one turn.

    Args:
        request: The request of any call of the recording.
        opening: The options of the Stream.
    """

    request: RecordedRequest
    opening: Opening

    def stream(
        self,
        calls: Sequence[RecordedCall],
        *,
        faults: Sequence[Fault] = (),
        reask_end: RecordedEnd | None = None,
    ) -> Stream:
        """Make the unsent Stream of a turn; a call behind an answer that did not fit gives another answer.

        Args:
            calls: The calls of the turn.
            faults: The faults of the last one.
            reask_end: The end of the call that asks again, if that is recorded by itself.
        """
        answers: list[list[RecordedCall]] = [[]]
        for call in calls:
            answers[-1].append(call)
            if call.end is not None and call.end.state != "failed" and call is not calls[-1]:
                answers.append([])
        if len(answers) == 1 and reask_end is None:
            return self._attempts(calls, faults)
        inner = _Calls(self.request, self.opening.inner)
        streams = [partial(inner._attempts, each, faults if each is answers[-1] else ()) for each in answers]
        voids = [each[-1].between for each in answers]
        end = None if faults else reask_end
        plan = PlayedAnswersPlan(self.request, streams, voids, end, keeps=self.opening.keep == "all")
        return self.opening.stream_of(plan, self.request)

    def _attempts(self, calls: Sequence[RecordedCall], faults: Sequence[Fault]) -> Stream:
        """Make the unsent Stream of an answer, with those of its failed attempts that a reader may not have seen."""
        requests = [self.request.of(call, faults if call is calls[-1] else ()) for call in calls]
        seen = max((at for at, request in enumerate(requests[:-1]) if request.has_content()), default=-1)
        calls, requests = calls[seen + 1 :], requests[seen + 1 :]
        first = self.opening.stream(requests[0])
        if len(requests) == 1:
            return first

        async def following(failed: int, _: StreamError) -> Attempt | None:
            return Attempt(requests[failed], self.opening.timeouts or Timeouts()) if failed < len(requests) else None

        def pause(failed: int, _: StreamError) -> float:
            end = calls[failed - 1].end
            ended = calls[failed].header.sent if end is None else end.ms
            return max(0.0, calls[failed].header.sent - ended) / 1000 / self.request.speed

        return first._retried(RetryPolicy(following, pause))  # pyright: ignore[reportPrivateUsage] - one idea
