"""The tap of aiohttp: streamkit's own calls are recorded and replayed, those of anybody else are refused by name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from ..transport import AnswerHead, HttpAnswer, address_of
from ..transport._aiohttp_client import AiohttpClient
from ._guard import NetworkGuard
from ._httpx import TapedBody, watched
from ._patches import Patches
from ._playing import Answer, Body, Recorded
from ._request import HttpRequest
from ._tape import Tape


def tap_aiohttp(tape: Tape, patches: Patches, guard: NetworkGuard) -> None:
    """Have streamkit's client ask the tape first, and every other one the guard.

    Args:
        tape: What is recorded and replayed.
        patches: What restores the classes.
        guard: What refuses a connection.
    """
    if find_spec("aiohttp") is None:
        return
    import aiohttp

    send, connect = AiohttpClient.post, aiohttp.BaseConnector.connect

    async def post(client: Any, url: str, *, headers: Mapping[str, Any], content: bytes, timeouts: Any = ...) -> Any:
        names = {name.lower(): str(value) for name, value in headers.items()}
        found = tape.find(HttpRequest("POST", url, names, content))
        if isinstance(found, Recorded):
            return _played(found, tape, aiohttp, url)
        with watched(found):
            answer = await send(client, url, headers=headers, content=content, timeouts=timeouts)
            if found is None:
                return answer
            found.answered(answer.status_code, answer.headers)
        taped = TapedAnswer(answer, TapedBody(answer, found))
        if not tape.faults_of(found):
            return taped
        async for _ in taped:
            pass
        await taped.aclose()
        return _played(tape.developed(found), tape, aiohttp, url)

    def connect_if_allowed(connector: Any, request: Any, *args: Any, **options: Any) -> Any:
        guard.refuse(request.url.host, library="A client of aiohttp that is not streamkit's")
        return connect(connector, request, *args, **options)

    patches.put(AiohttpClient, "post", post)
    patches.put(aiohttp.BaseConnector, "connect", connect_if_allowed)


def _played(recorded: Recorded, tape: Tape, library: ModuleType, url: str) -> HttpAnswer:
    return PlayedAnswer(Answer(recorded, library, speed=tape.speed, refuse=tape.refuse), url)


class PlayedAnswer:
    """An answer of a recording, in the neutral form of streamkit's transports.

    Args:
        answer: The answer.
        url: The address of the request.
    """

    released = True
    """There is no connection that would have to be closed."""

    def __init__(self, answer: Answer, url: str) -> None:
        self.request_id: str | None = None
        self.status_code = answer.status
        self.headers: Mapping[str, str] = answer.headers
        self._body = Body(answer)
        self._url = url

    def head(self) -> AnswerHead:
        """Return a copy of status and headers."""
        return AnswerHead(self.status_code, dict(self.headers), address_of(self._url))

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body.__aiter__()

    def shut_down(self) -> None:
        """Stop playing."""
        self._body.close()

    async def aclose(self) -> None:
        """Stop playing."""
        self._body.close()


class TapedAnswer:
    """An answer that is recorded while it is read.

    Args:
        answer: The answer.
        body: Its body.
    """

    def __init__(self, answer: HttpAnswer, body: TapedBody) -> None:
        self._answer = answer
        self._body = body
        self.request_id: str | None = None
        self.status_code = answer.status_code
        self.headers = answer.headers

    @property
    def released(self) -> bool:
        """Whether the whole body has arrived and the pool has the connection: there is nothing to close."""
        return self._answer.released

    def head(self) -> AnswerHead:
        """Return a copy of status and headers."""
        return self._answer.head()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body.__aiter__()

    def shut_down(self) -> None:
        """Shut the socket down at once, from any thread."""
        self._answer.shut_down()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._body.aclose()
