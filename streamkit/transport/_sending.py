"""Clients of httpx and httpx2 that know which connection a request goes over, and read little of an error."""

from __future__ import annotations

import copy
import functools
from typing import Any, cast

from ._attempt import current_attempt
from ._error_body import with_error_body


@functools.cache
def sending(base: Any) -> Any:
    """Make the class of our own clients.

    Args:
        base: The ``AsyncClient`` of httpx or httpx2, or what an SDK has made of it.
    """

    class Sending(base):
        fresh: Any = None
        """Returns a client without kept connections, for a request that is sent again; None where nothing is kept."""

        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            trying = current_attempt()
            if trying.fresh and self.fresh is not None:
                client = await self.fresh()
                return await client.send(request, stream=stream, **options)
            parent: Any = super()
            trying.begin()
            request.extensions = {**request.extensions, "trace": trying.see}
            try:
                response = await parent.send(request, stream=True, **options)
            except Exception as error:
                trying.check(error)
                raise
            trying.answered = True
            response = await with_error_body(response)
            if not stream:
                await response.aread()
            return response

    return Sending


def with_short_errors(client: Any) -> Any:
    """Return what an SDK may use in place of a user's own client: it reads as little of an error as our clients do.

    Everything is sent by the user's client, which stays as it is.

    Args:
        client: The ``AsyncClient`` of httpx or httpx2.
    """
    short = copy.copy(client)
    short.__class__ = _short(cast("Any", type(client)))
    short.whole = client
    return short


@functools.cache
def _short(base: Any) -> Any:
    class ShortErrors(base):
        whole: Any

        def __del__(self) -> None:
            """Do nothing: an SDK's client would close the connections, which are the user's."""

        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            response = await with_error_body(await self.whole.send(request, stream=True, **options))
            if not stream:
                await response.aread()
            return response

        async def aclose(self) -> None:
            """Do nothing: they are the user's."""

    return ShortErrors
