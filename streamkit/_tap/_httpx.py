"""The tap of httpx and httpx2: what their transports send is recorded or replayed, whoever owns the client."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

from .._compat.private import mounts_of, transport_of
from ._patches import Patches, sending
from ._playing import Answer, Recorded, body_class
from ._request import HttpRequest
from ._take import Take
from ._tape import Tape


class HttpxTap:
    """What makes the transports of a library that reach the network ask the tape first.

    Args:
        library: The module ``httpx`` or ``httpx2``.
        tape: What is recorded and replayed.
        patches: What restores the library.
    """

    def __init__(self, library: ModuleType, tape: Tape, patches: Patches) -> None:
        self._library = library
        self._tape = tape
        self._patches = patches

    def open(self) -> None:
        """Cover the library's own transports, and those over aiohttp that the SDKs bring."""
        library = self._library
        patch = self._patches.put
        patch(library.HTTPTransport, "handle_request", self._blocking(library.HTTPTransport.handle_request))
        self._cover(library.AsyncHTTPTransport)
        original = library.AsyncClient.send

        def send(client: Any, request: Any, **options: Any) -> Any:
            for transport in (transport_of(client), *mounts_of(client).values()):
                if "httpx_aiohttp" in type(transport).__module__:  # a module that is loaded when it is first used
                    self._cover(type(transport))
            return original(client, request, **options)

        patch(library.AsyncClient, "send", send)

    def _cover(self, transport: Any) -> None:
        if not self._patches.has(transport, "handle_async_request"):
            self._patches.put(transport, "handle_async_request", self._async(transport.handle_async_request))

    def _blocking(self, original: Any) -> Any:
        def handle_request(transport: Any, request: Any) -> Any:
            request.read()
            found = self._begin(request)
            if isinstance(found, Recorded):
                return self._response(found, request)
            with watched(found):
                response = self._taped(original(transport, request), found)
            if found is None or not self._tape.faults_of(found):
                return response
            response.read()
            return self._response(self._tape.developed(found), request)

        return handle_request

    def _async(self, original: Any) -> Any:
        async def handle_async_request(transport: Any, request: Any) -> Any:
            await request.aread()
            found = self._begin(request)
            if isinstance(found, Recorded):
                return self._response(found, request)
            with watched(found):
                response = self._taped(await original(transport, request), found)
            if found is None or not self._tape.faults_of(found):
                return response
            await response.aread()
            return self._response(self._tape.developed(found), request)

        return handle_async_request

    def _begin(self, request: Any) -> Recorded | Take | None:
        """Find what answers a request, or begin to record it; None if it is not to be recorded."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        found = self._tape.find(HttpRequest(request.method, str(request.url), headers, request.content))
        if isinstance(found, Take):
            request.headers["accept-encoding"] = "identity"
        return found

    def _taped(self, response: Any, take: Take | None) -> Any:
        if take is not None:
            take.answered(response.status_code, response.headers)
            response.stream = _taped_class(self._library)(response.stream, take)
        return response

    def _response(self, recorded: Recorded, request: Any) -> Any:
        tape, library = self._tape, self._library
        answer = Answer(recorded, library, speed=tape.speed, refuse=tape.refuse)
        body = body_class(library)(answer, request.extensions.get("timeout", {}).get("read"))
        return library.Response(answer.status, headers=answer.headers, stream=body)


@contextmanager
def watched(take: Take | None) -> Generator[None]:
    """Let a request be sent, and note what ends it before there is an answer."""
    try:
        with sending():
            yield
    except BaseException as error:
        if take is not None:
            take.finish(error)
        raise


class TapedBody:
    """The body of an answer that is recorded while it is read.

    Args:
        body: The body.
        take: What is recorded.
    """

    def __init__(self, body: Any, take: Take) -> None:
        self._body = body
        self._take = take
        self._reading: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def __iter__(self) -> TapedBody:
        self._reading = self._reading or iter(self._body)  # an SDK reads the rest by a second iterator
        return self

    def __next__(self) -> bytes:
        try:
            return self._take.add(next(self._reading))
        except BaseException as error:
            self._take.finish(error)
            raise

    def __aiter__(self) -> TapedBody:
        self._reading = self._reading or self._body.__aiter__()
        return self

    async def __anext__(self) -> bytes:
        try:
            return self._take.add(await self._reading.__anext__())
        except BaseException as error:
            self._take.finish(error)
            raise

    def close(self) -> None:
        """Close the body."""
        self._take.leave()
        self._body.close()

    async def aclose(self) -> None:
        """Close the body."""
        self._take.leave()
        await self._body.aclose()


@cache
def _taped_class(library: ModuleType) -> type[TapedBody]:
    """Return the body as a subclass of the library's stream classes, which it demands."""
    return type("TapedBody", (TapedBody, library.SyncByteStream, library.AsyncByteStream), {})
