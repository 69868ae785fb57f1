"""The recording of a call: which attempts and turns are in the file, and whether the end decides that it is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from .._recording import LiveRecording, Recorder
from ..errors import StreamError
from ..runtime.logging import warning
from ._recorded_attempt import AttemptRecording, Decoding, Sender

if TYPE_CHECKING:
    from ..response import Response, State


class RecordedTo(Protocol):
    """What the calls of a Stream are recorded to: files of their own, or for turns that of their conversation."""

    def record(self, stream_id: str, before: CallRecording | None) -> CallRecording | None:
        """Begin the recording of a call; None if it is not recorded.

        Args:
            stream_id: The id of the call.
            before: The recording of the call that this one replaces, which failed before any content.
        """
        ...


class Recorded(Protocol):
    """The part of a call that its recording depends on."""

    state: State
    stopped_by: str | None

    @property
    def response(self) -> Response:
        """The Response of everything that has arrived."""
        ...


class CallRecording:
    """Records one call: its attempts, one after the other.

    Args:
        recorder: What is recorded, and where.
        live: The recording.
        turn: The number of the turn; None for a call that is not a turn of a conversation.
        attempt: The number of attempts of the same call that have failed before.
    """

    __slots__ = ("_attempt", "_attempts", "_live", "_of_turns", "_over", "_recorder", "_turn")

    def __init__(self, recorder: Recorder, live: LiveRecording, *, turn: int | None = None, attempt: int = 0) -> None:
        self._recorder = recorder
        self._live = live
        self._turn = turn
        self._attempts = attempt
        self._attempt: AttemptRecording | None = None
        self._over = False
        self._of_turns = False

    def successor(self) -> CallRecording | None:
        """Return a recording of the call that replaces this one, in the same file; None if that has to be another."""
        if self._recorder.keeps or self._turn is not None or self._of_turns:
            return None
        return CallRecording(self._recorder, self._live, attempt=self._attempts + 1)

    def begin(self, pump: Sender, clock: Callable[[], float]) -> None:
        """An attempt begins.

        Args:
            pump: The pump, which is going to send the request.
            clock: A function that returns the time of the call's loop, in seconds.
        """
        recorder = self._recorder
        self._attempt = AttemptRecording(
            self._live,
            pump,
            clock,
            max_bytes=recorder.max_bytes,
            prompts=recorder.prompts,
            turn=self._turn or 0,
            attempt=self._attempts,
        )

    def tap(self, connection: object, decoder: Decoding) -> Decoding:
        """Return what the pump feeds in place of the decoder: the reads are recorded, and decoded.

        Args:
            connection: The connection of the attempt, whose answer has begun.
            decoder: The decoder of the answer.
        """
        if hasattr(connection, "conversation"):
            cast("Any", connection).recording = self
            self._of_turns = True
            if self._turn is not None:
                self._attempt = None  # a turn that is asked for again: its answers are recorded, and nothing of its own
        return decoder if self._attempt is None else self._attempt.tap(connection, decoder)

    def turn(self, number: int) -> TurnOf:
        """Return what the call of a turn is recorded to.

        Args:
            number: The number of the turn, from 0.
        """
        return TurnOf(self._recorder, self._live, number, self._attempts)

    def answer(self, number: int) -> TurnOf:
        """Return what another answer is recorded to, as the ones before do not fit.

        Args:
            number: The number of the answer, from 0.
        """
        return TurnOf(self._recorder, self._live, self._turn or 0, self._attempts + number)

    def attempt_failed(self, error: StreamError) -> None:
        """An attempt has failed, and another one follows.

        Args:
            error: The error of the attempt.
        """
        attempt, self._attempt = self._attempt, None
        self._attempts += 1
        if attempt is not None:
            attempt.end("failed", error)

    def end(self, call: Recorded, error: StreamError | None) -> None:
        """The call has ended for its readers; what comes later is not recorded. Only the first end counts.

        Args:
            call: The call, whose state is final.
            error: The error that ended it.
        """
        attempt, self._attempt = self._attempt, None
        if self._over:
            return
        self._over = True
        if attempt is not None:
            attempt.end(call.state, error, stopped_by=call.stopped_by)
        if self._turn is not None:
            return  # the end of the conversation decides
        if self._live.began is not None and self._is_kept(call):
            self._live.finish()
        else:
            self._live.drop()

    def _is_kept(self, call: Recorded) -> bool:
        when = self._recorder.when
        if when == "always":
            return True
        if not callable(when):
            return call.state == "failed" and self._recorder.claim()
        try:
            kept = bool(when(call.response))
        except Exception as error:
            warning("recording_when_failed", error=type(error).__name__)
            kept = True  # nobody knows, so somebody may want to look
        return kept and self._recorder.claim()


@dataclass(frozen=True, slots=True)
class TurnOf:
    """What the call of one turn is recorded to: the file of its conversation.

    Args:
        recorder: What is recorded, and where.
        live: The recording of the conversation.
        turn: The number of the turn, from 0.
        attempt: The number of attempts and answers of the same turn that have failed before.
    """

    recorder: Recorder
    live: LiveRecording
    turn: int
    attempt: int

    def record(self, stream_id: str, before: CallRecording | None) -> CallRecording:
        """Begin the recording of the turn's call."""
        return CallRecording(self.recorder, self.live, turn=self.turn, attempt=self.attempt)
