"""Recorded answers, played through the real SDKs at their recorded pace: no key, no network, no model.

``replay/openai``, ``replay/anthropic`` and ``replay/cohere`` answer the prompts that they have a recording
of, and say so for any other; ``replay/openai:moons`` names one recording. Parameters of the call:
``speed=`` (2 is twice as fast, ``math.inf`` without pauses) and ``played=``, a list to which every request
adds its ``Played``.
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
# What the request that is being opened is answered with: its SDK's client is shared by all of them.
_playing: ContextVar[Playback] = ContextVar("streamkit_replay")

_transport = replay_transport(_playing.get)


class ReplayRequest:
    """A call that will be answered with a recording.

    Args:
        ask: What is asked.
        recording: What it is answered with.
        speed: How many times faster than recorded.
        played: Where the call's ``Played`` is put.
    """

    provider: str = "replay"

    def __init__(self, ask: CallSpec, recording: Recording, *, speed: float, played: list[Played]) -> None:
        self.ask = ask
        self._recording = recording
        self._speed = speed
        self._played = played
        real, self._api = _REAL[recording.provider]
        # Its own key and address, so that nothing of the user's is read, and nothing could be sent.
        self._real: Request = real.request(
            replace(
                ask, model=recording.model, api_key="replay", base_url="http://replay.invalid", transport=_transport
            )
        )

    def decoder(self) -> Decoder:
        """Make what turns the recording's bytes into chunks."""
        return open_decoder(
            self._api,
            choices=self.ask.params.get("n") or 1,
            provider=self.provider,
            cap=self.ask.caps.event,
            sentinel_ends=self.ask.sentinel_ends,
        )

    def load(self) -> None:
        """Import the real SDK and read the recording."""
        self._real.load()
        self._recording.steps()

    async def open(self) -> Connection:
        """Send the real request, as far as the transport that plays."""
        await to_thread(self.load)  # the pump knows one SDK a provider, and here there are three
        playback = Playback(self._recording.steps(), speed=self._speed)
        self._played.append(playback.played)
        token = _playing.set(playback)
        try:
            return await self._real.open()
        finally:
            _playing.reset(token)

    def error(self, error: Exception) -> StreamError:
        """Say in our terms what an exception of the real SDK's means."""
        told = self._real.error(error)
        told.provider = self.provider
        return told


class ReplayProvider(Provider):
    """Recordings of several providers."""

    name = "replay"

    def request(self, ask: CallSpec) -> Request:
        """Find the recording and check the call as the real provider would; nothing is imported.

        Raises:
            ConfigurationError: There is no such recording, or the real provider cannot do this.
        """
        params = dict(ask.params)
        speed, played = _speed(params.pop("speed", 1)), _list(params.pop("played", None))
        if ask.client is not None:
            raise ConfigurationError("replay takes no client=: it plays through an SDK client of its own.")
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
    mine = [each for each in known if each.provider == provider and name in ("", each.name)]
    if not mine:
        names = ", ".join(f"replay/{each.provider}:{each.name}" for each in known)
        raise ConfigurationError(f"There is no recording replay/{model}; there are {names}.", provider="replay")
    asked = _comparable(_text(last))
    for each in mine:
        if asked in map(_comparable, each.prompts):
            return each
    prompts = " | ".join(prompt for each in mine for prompt in each.prompts)
    raise ConfigurationError(f"No recording for this prompt. Recorded prompts: {prompts}", provider="replay")


def _comparable(prompt: str) -> str:
    return " ".join(prompt.split()).casefold()


def _text(message: Message) -> str:
    """The text of a message, whatever its parts are."""
    content: Any = message.get("content") if isinstance(message, dict) else message.content
    parts: list[Any] = [content] if isinstance(content, (str, dict)) else list(content or ())
    return " ".join(_part_text(part) for part in parts)


def _part_text(part: Any) -> str:
    if isinstance(part, ToolResultPart):
        return part.output
    found: object = cast("dict[str, Any]", part).get("text") if isinstance(part, dict) else part
    return found if isinstance(found, str) else ""


PROVIDER: Provider = ReplayProvider()
