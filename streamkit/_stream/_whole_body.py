"""A body without streaming, ended by a lost connection; apart from the pump, since streams do not use it."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..errors import TransportError
from ..providers import Request
from ..runtime import is_own_error


class WholeBody:
    """A body whose JSON shows whether it is whole, so that a lost connection is no error of its own.

    Args:
        body: The bytes, as they arrive.
        request: The request.
    """

    def __init__(self, body: AsyncIterator[bytes], request: Request) -> None:
        self._body = body
        self._request = request
        self._lost = False

    def __aiter__(self) -> WholeBody:
        return self

    async def __anext__(self) -> bytes:
        if self._lost:
            raise StopAsyncIteration
        try:
            return await self._body.__anext__()
        except StopAsyncIteration:
            raise
        except Exception as error:
            if not is_own_error(error) or not isinstance(self._request.error(error), TransportError):
                raise
            self._lost = True
            raise StopAsyncIteration from error
