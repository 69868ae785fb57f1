"""Client classes for httpx and httpx2 that record the connection of a request, and limit the body of an error."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any, cast

from ._attempt import current_attempt
from ._error_body import with_error_body


@functools.cache
def client_class(base: Any) -> Any:
    """Return the class of our own clients.

    Args:
        base: The class ``AsyncClient`` of httpx or httpx2, or an SDK's subclass of it.
    """

    class RecordingClient(base):
        fresh: Any = None
        """A function that returns a client without kept connections, for a request that is sent again; or None."""

        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            current = current_attempt()
            if current.fresh and self.fresh is not None:
                client = await self.fresh()
                return await client.send(request, stream=stream, **options)
            parent: Any = super()
            current.begin()
            request.extensions = {**request.extensions, "trace": current.see}
            try:
                response = await parent.send(request, stream=True, **options)
            except Exception as error:
                current.check(error)
                raise
            current.answered = True
            response = await with_error_body(response)
            if not stream:
                await response.aread()
            return response

    return RecordingClient


def with_short_errors(client: Any, *, on_answer: Callable[[Any], None] | None = None) -> Any:
    """Return a stand-in for a user's client that limits the body of an error as our own clients do.

    The user's client sends every request, and is not changed.

    Args:
        client: An ``AsyncClient`` of httpx or httpx2.
        on_answer: A function that gets each response before the body is read.
    """
    short = copy.copy(client)
    short.__class__ = _short(cast("Any", type(client)))
    short.whole, short.on_answer = client, on_answer
    return short


@functools.cache
def _short(base: Any) -> Any:
    class ShortErrors(base):
        whole: Any
        on_answer: Callable[[Any], None] | None

        def __del__(self) -> None:
            """Do nothing: an SDK's client would close the connections, which belong to the user."""

        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            response = await with_error_body(await self.whole.send(request, stream=True, **options))
            if self.on_answer is not None:
                self.on_answer(response)
            if not stream:
                await response.aread()
            return response

        async def aclose(self) -> None:
            """Do nothing: the connections belong to the user."""

    return ShortErrors
