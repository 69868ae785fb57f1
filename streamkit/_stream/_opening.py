"""Opening an answer: once, and once more where a connection that had been kept is lost without any answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..providers import Connection, Request
from ..transport import attempt, is_unanswered


async def open_answer(request: Request, before_resend: Callable[[], Awaitable[None]]) -> Connection:
    """Send a request and return when its answer begins.

    It is sent again at most once, over a new connection, and never on a client of the user's: what that one does with
    its connections is the user's.

    Args:
        request: The call.
        before_resend: Awaited before the request is sent again.

    Raises:
        Exception: Whatever the request raises.
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
