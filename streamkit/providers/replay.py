"""Recorded answers, played at their recorded pace through the providers' real requests; no key, no network, no model.

``replay/openai``, ``replay/anthropic`` and ``replay/cohere`` answer recorded prompts, and raise an error for other
prompts; ``replay/openai:moons`` names one recording. A call has two parameters: ``speed=`` (2 is twice as fast,
``math.inf`` plays without pauses) and ``played=``, a list to which every request adds its ``Played``.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from typing import Any, cast

from ..errors import ConfigurationError, StreamError
from ..messages import Message, ToolResultPart
from ..runtime import to_thread
from ..transport import Playback, Played, replay_transport
from ..wire import Decoder, open_decoder
from . import anthropic, cohere, openai
from ._recordings import Recording, recordings
from ._request import CallSpec, Connection, Provider, Request

_REAL: dict[str, tuple[Provider, str]] = {
    "anthropic": (anthropic.PROVIDER, "anthropic.messages"),
    "cohere": (cohere.PROVIDER, "cohere.v2.chat"),
    "openai": (openai.PROVIDER, "openai.chat"),
}
# The playback for the request that is being opened; all requests share one HTTP client.
_playing: ContextVar[Playback] = ContextVar("streamkit_replay")

_network = replay_transport(_playing.get)


class ReplayRequest:
    """A request that is answered with a recording.

    Args:
        ask: The call.
        recording: The recording that answers it.
        speed: The factor by which it is faster than recorded.
        played: The list to which the request adds its ``Played``.
    """

    provider: str = "replay"

    def __init__(self, ask: CallSpec, recording: Recording, *, speed: float, played: list[Played]) -> None:
        self.ask = ask = replace(ask, stream=True)  # the recordings are streams
        self._recording = recording
        self._speed = speed
        self._played = played
        real, self._api = _REAL[recording.provider]
        # With an invalid key and address, no setting of the user's is read, and nothing can be sent.
        self._real: Request = real.request(
            replace(ask, model=recording.model, api_key="replay", base_url="http://replay.invalid", network=_network)
        )

    def decoder(self) -> Decoder:
        """Return a decoder for the recording's bytes."""
        return open_decoder(
            self._api,
            choices=self.ask.params.get("n") or 1,
            provider=self.provider,
            cap=self.ask.caps.event,
            sentinel_ends=self.ask.sentinel_ends,
            thinking_tags=self.ask.thinking_tags,
        )

    def load(self) -> None:
        """Import the HTTP library and read the recording."""
        self._real.load()
        self._recording.steps()

    async def open(self) -> Connection:
        """Send the real request to the transport that plays the recording."""
        await to_thread(self.load)  # the pump loads once for each provider, and each recording is read
        playback = Playback(self._recording.steps(), speed=self._speed)
        self._played.append(playback.played)
        token = _playing.set(playback)
        try:
            return await self._real.open()
        finally:
            _playing.reset(token)

    def error(self, error: Exception) -> StreamError:
        """Return the error of streamkit for an exception of the real SDK."""
        found = self._real.error(error)
        found.provider = self.provider
        return found


class ReplayProvider(Provider):
    """Recordings of several providers."""

    name = "replay"
    transports = ("direct", "sdk")

    def request(self, ask: CallSpec) -> Request:
        """Find the recording, and check the call as the real provider does; nothing is imported.

        Raises:
            ConfigurationError: There is no such recording, or the real provider cannot do what the call asks for.
        """
        params = dict(ask.params)
        speed, played = _speed(params.pop("speed", 1)), _list(params.pop("played", None))
        if ask.client is not None:
            raise ConfigurationError("replay takes no client=: it plays through an HTTP client of its own.")
        found = _find(ask.model, ask.messages[-1] if ask.messages else {})
        return ReplayRequest(replace(ask, params=params), found, speed=speed, played=played)


def _speed(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
        raise ConfigurationError(f"speed={value!r}: give a number above 0; math.inf plays without pauses.")
    return value


def _list(value: object) -> list[Played]:
    if value is not None and not isinstance(value, list):
        raise ConfigurationError(f"played={value!r}: give a list, to which each request adds what became of it.")
    return cast("list[Played]", [] if value is None else value)


def _find(model: str, last: Message) -> Recording:
    provider, _, name = model.partition(":")
    known = recordings()
    matching = [each for each in known if each.provider == provider and name in ("", each.name)]
    if not matching:
        names = ", ".join(f"replay/{each.provider}:{each.name}" for each in known)
        raise ConfigurationError(f"There is no recording replay/{model}; there are {names}.", provider="replay")
    prompt = _comparable(_text(last))
    for each in matching:
        if prompt in map(_comparable, each.prompts):
            return each
    prompts = " | ".join(recorded for each in matching for recorded in each.prompts)
    raise ConfigurationError(f"No recording for this prompt. Recorded prompts: {prompts}", provider="replay")


def _comparable(prompt: str) -> str:
    return " ".join(prompt.split()).casefold()


def _text(message: Message) -> str:
    """Return the text of a message of any form."""
    content: Any = message.get("content") if isinstance(message, dict) else message.content
    parts: list[Any] = [content] if isinstance(content, (str, dict)) else list(content or ())
    return " ".join(_part_text(part) for part in parts)


def _part_text(part: Any) -> str:
    if isinstance(part, ToolResultPart):
        return part.output
    found: object = cast("dict[str, Any]", part).get("text") if isinstance(part, dict) else part
    return found if isinstance(found, str) else ""


PROVIDER: Provider = ReplayProvider()
