"""Connections of a call: opening one sends the request, at most twice; closing one is never interrupted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from ..providers import Connection, Request
from ..runtime import is_own_error, shielded
from ..transport import attempt, is_unanswered


class Closable(Protocol):
    """An object with an asynchronous ``aclose``."""

    async def aclose(self) -> None:
        """Close the object."""
        ...


async def open_answer(request: Request, before_resend: Callable[[], Awaitable[None]]) -> Connection:
    """Send a request and return when the answer begins.

    The request is sent a second time, over a new connection, if a kept connection was lost before any answer. A client
    that the user has passed never sends twice: its connections are the user's.

    Args:
        request: The request of the call.
        before_resend: A coroutine function, awaited before the request is sent again.

    Raises:
        Exception: The exception of the request.
    """
    ask = request.ask
    try:
        with attempt(error_body=ask.caps.error_body):
            return await request.open()
    except Exception as error:
        if not (is_unanswered(error) and ask.resend and ask.client is None):
            raise
    await before_resend()
    with attempt(fresh=True, error_body=ask.caps.error_body):
        return await request.open()


async def close(connection: Closable) -> None:
    """Close a connection to the end, even if the caller is cancelled; ignore the errors of one that was cut."""
    await shielded(_closing(connection))


async def _closing(connection: Closable) -> None:
    try:
        await connection.aclose()
    except BaseException as error:
        if not is_own_error(error):
            raise
