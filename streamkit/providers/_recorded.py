"""The request of a recorded call: it sends nothing, and its answer is the recorded one, through the wire's decoder."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

import msgspec

from .._recording import (
    End,
    Fault,
    Fin,
    Playback,
    Played,
    RecordedAnswer,
    RecordedCall,
    RecordedDecoder,
    Recording,
    Reset,
    Send,
    recorded_answer,
)
from ..errors import ConfigurationError, StreamError, TransportError
from ..messages import Messages
from ..transport import AnswerHead
from ..wire import open_decoder
from ._errors import map_error
from ._find import find
from ._plain import StatusError
from ._request import CallSpec, Connection, decoding_of
from ._sdk_errors import sdk_error

_ADDRESS = "http://replay.invalid"  # to which nothing can be sent

Speed: TypeAlias = 'float | Literal["max"]'


def as_speed(value: object) -> float:
    """Return the factor of an option ``speed=``.

    Args:
        value: A number above 0, or ``"max"``.

    Raises:
        ConfigurationError: It is neither.
    """
    if value == "max":
        return float("inf")
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
        raise ConfigurationError(f'speed={value!r}: give a number above 0, or "max" for no pauses.')
    return value


class RecordedRequest:
    """A request that is answered with a recorded call.

    Args:
        ask: The call.
        call: The recorded call.
        speed: The factor by which it is faster than recorded.
        faults: The faults that its answer has.
        played: The list to which each opening adds its ``Played``.
        provider: The name of the provider, if it is not the recorded one.
        recording: The recording that the call is of, if it may have others.

    Raises:
        ConfigurationError: The recording's format is unknown, or a fault cannot be in its answer.
    """

    def __init__(
        self,
        ask: CallSpec,
        call: RecordedCall,
        *,
        speed: float = 1.0,
        faults: Sequence[Fault] = (),
        played: list[Played] | None = None,
        provider: str | None = None,
        recording: Recording | None = None,
    ) -> None:
        header = call.header
        given = {**header.params, **ask.params}
        tags = header.thinking_tags if ask.thinking_tags is None else ask.thinking_tags
        ends = header.sentinel_ends if ask.sentinel_ends is None else ask.sentinel_ends
        self.ask = replace(ask, params=given, stream=header.stream, thinking_tags=tags, sentinel_ends=ends)
        self.provider = provider or header.provider
        self._renamed = self.provider != header.provider
        self.recording = recording
        self._call = call
        self.speed = speed
        self.faults = tuple(faults)
        self._played = played
        self._answer: RecordedAnswer = recorded_answer(call, faults)
        self.decoder()  # raises at once if the format is unknown

    def of(self, call: RecordedCall, faults: Sequence[Fault] = ()) -> RecordedRequest:
        """Return the request of another call of the same recording.

        Args:
            call: The call.
            faults: The faults that its answer has.
        """
        ask = replace(self.ask, model=call.header.model)
        return RecordedRequest(ask, call, speed=self.speed, faults=faults, played=self._played)

    def decoder(self) -> RecordedDecoder:
        """Return a decoder for the recorded bytes or chunks."""
        header = self._call.header
        inner = header.api and open_decoder(
            header.api,
            vendor=header.vendor,
            choices=header.choices,
            provider=self.provider if self._renamed else header.provider_in_chunks or header.provider,
            **decoding_of(self.ask),
        )
        return RecordedDecoder(inner or None, self._answer.end)

    def load(self) -> None:
        """Nothing needs to be imported."""

    def has_content(self) -> bool:
        """Return whether the answer has any content, so that a reader may have seen some of it."""
        decoder = self.decoder()
        for moment in self._answer.moments():
            if isinstance(moment, Send):
                decoder.feed(moment.data)
        return decoder.saw_content

    @property
    def sdks(self) -> tuple[str, ...]:
        """The SDKs whose exceptions its errors are too: those of the provider that has answered."""
        header = self._call.header
        with contextlib.suppress(ConfigurationError):
            ask = CallSpec(header.model, (Messages.User("-"),), api_key="replay", base_url=_ADDRESS)
            return getattr(find(header.model, provider=header.provider)[0].request(ask), "sdks", ())
        return ()

    async def open(self) -> Connection:
        """Begin to play the answer.

        Raises:
            StreamError: The recorded error of a call that failed before an answer began, or that of a fault.
            Exception: The refusal that a fault has put in the place of the answer, as the provider's SDK raises it.
        """
        found, plan = self._answer, self._answer.plan
        connection = _PlayedConnection(self, found, speed=self.speed, request_id=self._call.header.request_id)
        if self._played is not None:
            self._played.append(connection.played)
        await connection.pause(plan.latency)
        if found.refused:
            await self._refuse(connection)
        if plan.unanswered:
            raise TransportError("The connection was closed before an answer began.", provider=self.provider)
        if plan.status != 200:
            body = b"".join([each.data for each in found.moments() if isinstance(each, Send)])
            raise self._refusal(plan.status, dict(plan.headers), body)
        return connection

    async def _refuse(self, connection: _PlayedConnection) -> None:
        """Wait until the recorded error is due, and raise it as the refusal that it was, which an SDK has a class for.

        Raises:
            StreamError: The error.
        """
        try:
            await anext(connection, b"")
        except StreamError as error:
            if error.status is None:
                raise
            body = msgspec.json.encode({"error": {"message": error.message, "code": error.code}})
            raise error from self._refusal(error.status, {}, body)

    def _refusal(self, status: int, headers: dict[str, str], body: bytes) -> Exception:
        """Return the error of a refused request: the SDK's where that is loaded."""
        found = StatusError(AnswerHead(status, headers, _ADDRESS), _json(body), body)
        return next((each for each in (sdk_error(name, found) for name in self.sdks) if each is not None), found)

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for an error of the recording or of a fault."""
        found = map_error(error, provider=self.provider)
        if self._renamed:
            found.provider = self.provider
        return found


class _PlayedConnection(Playback):
    """The recorded answer as a connection; what has no bytes goes straight to the decoder."""

    def __init__(
        self, request: RecordedRequest, answer: RecordedAnswer, *, speed: float, request_id: str | None
    ) -> None:
        super().__init__(answer.moments(), speed=speed, played=Played(answer.events))
        self.request_id = request_id
        self._provider = request.provider

    def end(self, end: Reset | Fin | End) -> None:
        """Raise the error of a connection that breaks."""
        if not isinstance(end, End):
            kind = "was reset" if isinstance(end, Reset) else "ended without completing the body"
            raise TransportError(f"The connection to {self._provider} {kind}.", provider=self._provider)

    def shut_down(self) -> None:
        """Nothing is connected."""


def _json(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
