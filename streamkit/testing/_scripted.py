"""A scripted provider: Streams that play given bytes, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, TypeAlias

from .._stream import CallOptions, Record, Stream, context_options
from ..errors import StreamError, TransportError
from ..messages import Prompt, as_messages
from ..providers import CallSpec, Connection, Provider, Request, decoding_of
from ..runtime import Limits
from ..settings import Caps, Keep, SentinelEnds, ThinkingTags, Timeouts
from ..tool import to_tools
from ..wire import Decoder, open_decoder

Step: TypeAlias = "bytes | float | Exception | None"


class Script:
    """A scripted provider: the steps that each call plays, and counts of the calls.

    ``opened`` and ``closed`` count calls, ``sent`` counts steps.

    Args:
        steps: Bytes of the wire to send, seconds to wait, an exception to raise, or None to be silent
            until the connection is closed.

    >>> script = Script([b'data: {"choices":[{"delta":{"content":"Io"},"finish_reason":"stop"}]}'])
    >>> script.stream("Which moon?").run().content
    'Io'
    >>> script.opened, script.closed
    (1, 1)
    """

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps: tuple[Step, ...] = tuple(steps)
        self.opened = 0
        self.closed = 0
        self.sent = 0
        """Number of steps played so far, over all calls."""

    def stream(
        self,
        prompt: Prompt = "?",
        *,
        api: str = "openai.chat",
        vendor: str = "openai",
        timeouts: Timeouts | None = None,
        keep: Keep = "all",
        tools: Iterable[Any] = (),
        limits: Limits | None = None,
        caps: Caps | None = None,
        sentinel_ends: SentinelEnds | None = None,
        thinking_tags: ThinkingTags | None = None,
        stream: bool = True,
        record: Record | None = None,
        **params: Any,
    ) -> Stream:
        """Make a Stream that plays this script.

        Args:
            prompt: The prompt of the request.
            api: The wire format of the script.
            vendor: The vendor whose server the script plays.
            timeouts: The call's timeouts.
            keep: Number of chunks that the log keeps, or "all".
            tools: Tools that the model may call.
            limits: Limits shared with other calls.
            caps: Size limits of the answer.
            sentinel_ends: Choices whose end ``[DONE]`` alone proves.
            thinking_tags: Tags between which the server sends thinking as text.
            stream: False if the script plays one body, as a server answers that does not stream.
            record: The path of a folder or a new file to which the call is recorded.
            params: Further parameters of the request.
        """
        messages = as_messages(prompt)
        called = to_tools(tools)
        ask = CallSpec(
            model="scripted",
            messages=messages,
            tools=called,
            params=params,
            stream=stream,
            sentinel_ends=sentinel_ends,
            thinking_tags=thinking_tags,
        )
        given = CallOptions(timeouts=timeouts, limits=limits, caps=caps, record=record)
        options = given.over(context_options())
        request = _ScriptedRequest(self, options.on(ask), api, vendor)
        return Stream(request, timeouts=options.timeouts, keep=keep, options=given, record=options.record)


class _ScriptedRequest:
    provider: str = "scripted"

    def __init__(self, script: Script, ask: CallSpec, api: str, vendor: str) -> None:
        self.ask = ask
        self._api = api
        self._vendor = vendor
        self._script = script

    def decoder(self) -> Decoder:
        return open_decoder(
            self._api, vendor=self._vendor, choices=int(self.ask.params.get("n", 1)), **decoding_of(self.ask)
        )

    def load(self) -> None:
        """Nothing needs to be imported."""

    async def open(self) -> Connection:
        self._script.opened += 1
        first = self._script.steps[0] if self._script.steps else None
        if isinstance(first, StreamError):
            self._script.closed += 1
            raise first
        return _ScriptedConnection(self._script)

    def error(self, error: Exception) -> StreamError:
        return error if isinstance(error, StreamError) else TransportError(f"The script raised {error!r}.")


class ScriptedProvider(Provider):
    """A provider whose calls play one script after the other, for conversations; the last script repeats.

    ``requests`` has the calls that were sent, in order, with their messages.

    Args:
        scripts: The scripts, or the steps of each.
        name: The name to register.
        api: The wire format of the scripts.
        vendor: The vendor whose server the scripts play.

    >>> import streamkit as sk
    >>> from streamkit.testing import chat_events
    >>> sk.register_provider("played-moons", ScriptedProvider(chat_events("Io"), name="played-moons"))
    >>> sk.stream("played-moons/small", "Which moon?").run().content
    'Io'
    """

    def __init__(
        self,
        *scripts: Script | Iterable[Step],
        name: str = "scripted",
        api: str = "openai.chat",
        vendor: str = "openai",
    ) -> None:
        self.name = name
        self.scripts = [each if isinstance(each, Script) else Script(each) for each in scripts]
        self.requests: list[CallSpec] = []
        self._api = api
        self._vendor = vendor

    def request(self, ask: CallSpec) -> Request:
        """Make the request of a call; the script is chosen when the request is sent.

        Args:
            ask: The call.
        """
        return _NextRequest(self, ask, self._api, self._vendor)

    def next_script(self, ask: CallSpec) -> Script:
        """Return the script that answers the next call.

        Args:
            ask: The call that is sent.
        """
        self.requests.append(ask)
        return self.scripts[min(len(self.requests), len(self.scripts)) - 1]


class _NextRequest(_ScriptedRequest):
    def __init__(self, provider: ScriptedProvider, ask: CallSpec, api: str, vendor: str) -> None:
        super().__init__(provider.scripts[0], ask, api, vendor)
        self.provider = provider.name
        self._provider = provider

    async def open(self) -> Connection:
        script = self._provider.next_script(self.ask)
        return await _ScriptedRequest(script, self.ask, self._api, self._vendor).open()


class _ScriptedConnection:
    request_id = "scripted"

    def __init__(self, script: Script) -> None:
        self._script = script
        self._open = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for step in self._script.steps:
            self._script.sent += 1
            if isinstance(step, Exception):
                raise step
            if step is None:
                await asyncio.Event().wait()
            elif isinstance(step, bytes):
                await asyncio.sleep(0)
                yield step
            else:
                await asyncio.sleep(step)

    def shut_down(self) -> None:
        """Nothing is connected."""

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            self._script.closed += 1
