"""Reads the body of an HTTP error, up to a limit."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator
from typing import Any

from ..errors import MalformedError
from ._answer import HttpAnswer
from ._attempt import current_attempt
from ._connection import HttpConnection

# Headers that no longer describe a body that has been read.
_FRAMING = ("content-encoding", "content-length", "transfer-encoding")


async def error_body(answer: HttpAnswer) -> bytes:
    """Return the beginning of an error's body and close the answer; a body that fails to arrive raises nothing.

    Args:
        answer: The open answer, its body unread.
    """
    data = bytearray()
    with contextlib.suppress(Exception):  # a body that is cut off still belongs to an error
        try:
            await _read(answer, data)
        except MalformedError as error:
            if not data:  # the body has an unknown encoding: the message says why there is no text
                data += json.dumps({"error": {"message": error.message}}).encode()
        finally:
            await answer.aclose()
    return bytes(data)


async def _read(answer: HttpAnswer, data: bytearray) -> None:
    limit = current_attempt().error_body
    async with contextlib.aclosing(_body(answer)) as body:
        async for block in body:
            data += block[: limit - len(data)]
            if len(data) >= limit:
                return


async def _body(answer: HttpAnswer) -> AsyncGenerator[bytes]:
    async for block in answer:
        yield block


async def with_error_body(response: Any) -> Any:
    """Return an error whose body is read up to the limit, before an SDK reads everything; return others unchanged.

    Args:
        response: The response of httpx or httpx2, its body unread.
    """
    if response.is_success or response.is_informational:
        return response
    headers = [(name, value) for name, value in response.headers.multi_items() if name.lower() not in _FRAMING]
    return type(response)(
        response.status_code,
        headers=headers,
        content=await error_body(HttpConnection(response)),
        request=response.request,
        extensions=response.extensions,
    )
