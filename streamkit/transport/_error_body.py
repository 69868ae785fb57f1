"""Reading the body of an error: as much of it as is allowed, whatever the server sends."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator
from typing import Any

from ..errors import MalformedError
from ._attempt import current_attempt
from ._connection import raw_body

# What no longer holds of a body that has been read.
_FRAMING = ("content-encoding", "content-length", "transfer-encoding")


async def error_body(response: Any) -> bytes:
    """Read the beginning of an error's body and close it; the status is what counts, whatever becomes of the body.

    Args:
        response: The response of httpx or httpx2, its body unread.
    """
    data = bytearray()
    with contextlib.suppress(Exception):  # a body that breaks off is still that of an error
        try:
            await _read(response, data)
        except MalformedError as error:
            if not data:  # an encoding that was not asked for: the reader should know why there is no text
                data += json.dumps({"error": {"message": error.message}}).encode()
        finally:
            await response.aclose()
    return bytes(data)


async def _read(response: Any, data: bytearray) -> None:
    most = current_attempt().error_body
    async with contextlib.aclosing(_pieces(response)) as pieces:
        async for piece in pieces:
            data += piece[: most - len(data)]
            if len(data) >= most:
                return


async def _pieces(response: Any) -> AsyncGenerator[bytes]:
    async for piece in raw_body(response):
        yield piece


async def with_error_body(response: Any) -> Any:
    """Read an error's body as far as is allowed, before an SDK reads it whole; another response stays as it is.

    Args:
        response: The response of httpx or httpx2, its body unread.
    """
    if response.is_success or response.is_informational:
        return response
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in _FRAMING]
    return type(response)(
        response.status_code,
        headers=headers,
        content=await error_body(response),
        request=response.request,
        extensions=response.extensions,
    )
