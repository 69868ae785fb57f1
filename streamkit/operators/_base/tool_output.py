"""The output of a tool, read to its end: the parts of a generator, the chunks of a stream, and the result."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

from reactivex import Observable

from ...chunk import Chunk
from ...errors import ConfigurationError
from ...runtime.iterators import ThreadIterator

if TYPE_CHECKING:
    from ...response import Response

Emit = Callable[[Any], None]

Ready = Callable[[], Awaitable[None]]

Charge = Callable[[str, Any, BaseException | None], None]

ChargeTool = Callable[[Any, BaseException | None], None]


def free(name: str, response: Response, error: BaseException | None) -> None:
    """Count nothing: there is no Response that could show what the tool's call has cost."""


def is_pending(output: Any) -> bool:
    """Return whether a tool's output must be awaited or read before there is a result."""
    return isawaitable(output) or isinstance(output, (Observable, AsyncIterable, Iterator))


async def read_output(
    output: Any, emit: Emit, ready: Ready, *, charge: ChargeTool, wait_closed: Callable[[], bool]
) -> Any:
    """Return the result of a tool, and emit the parts that come before it.

    Args:
        output: What the tool has returned, awaited: a value, an iterator, an async iterator, a Stream or a Flow.
        emit: Function that takes each part, as soon as there is one.
        ready: Coroutine function that waits until the next part may come.
        charge: Function that counts a call which the tool has made, of its Response and the exception that ended it.
        wait_closed: Function that says, when the tool is cancelled, whether to wait for the end of a generator's step.
    """
    if isinstance(output, Observable):
        return await _of_observable(cast("Any", output), emit, ready, charge)
    if isinstance(output, AsyncIterable):
        return _whole(await _parts(aiter(cast("AsyncIterable[Any]", output)), emit, ready))
    if not isinstance(output, Iterator):
        return of_response(output, charge)
    # The thread is no daemon: a program that ends lets a tool come to the end of its step.
    steps = ThreadIterator(cast("Iterator[Any]", output), daemon=False, name="streamkit-tool")
    try:
        parts = await _parts(steps, emit, ready)
    except asyncio.CancelledError:
        if wait_closed():
            await steps.aclose()
        raise
    return _whole(parts) if steps.value is None else steps.value


async def _parts(steps: AsyncIterator[Any], emit: Emit, ready: Ready, *, keep: bool = True) -> list[Any]:
    """Read an iterator to its end, and close it at any end; return what it gave, if that is to be kept."""
    parts: list[Any] = []
    try:
        while True:
            await ready()
            try:
                part = await anext(steps)
            except StopAsyncIteration:
                return parts
            if keep:
                parts.append(part)
            emit(part)
    finally:
        if isinstance(steps, ThreadIterator):
            steps.close()
        elif (close := getattr(steps, "aclose", None)) is not None:
            await close()


def _whole(parts: list[Any]) -> Any:
    """Join the parts of a result: texts, bytes and the texts of chunks to one, anything else to a list.

    >>> _whole(["Eu", "ropa"]), _whole([1, 2]), _whole([])
    ('Europa', [1, 2], None)
    """
    if not parts:
        return None
    if all(isinstance(each, (str, Chunk)) for each in parts):
        return "".join(each if isinstance(each, str) else each.content for each in parts)
    if all(isinstance(each, bytes) for each in parts):
        return b"".join(parts)
    return parts


async def _of_observable(output: Any, emit: Emit, ready: Ready, charge: ChargeTool) -> Any:
    """Read a Stream or a Flow, and charge for its call; return what its answer says."""
    error: BaseException | None = None
    try:
        return await _answer(output, emit, ready)
    except BaseException as raised:
        error = raised
        raise
    finally:
        stream = getattr(output, "stream", None)
        if stream is not None and stream.sent:
            charge(stream.response, error)


async def _answer(output: Any, emit: Emit, ready: Ready) -> Any:
    chunks = getattr(output, "chunks", None)  # a Stream has this method, and its own loop gives pairs
    flow = chunks() if callable(chunks) else output
    if not isinstance(flow, AsyncIterable):
        raise ConfigurationError("A tool returned an Observable that has no loop: return sk.flow(…) of it.")
    parts = await _parts(aiter(cast("AsyncIterable[Any]", flow)), emit, ready, keep=not callable(chunks))
    if callable(chunks):
        return _text_of(await output.wait_response())  # the call is over; an answer that does not fit raises
    emitted = getattr(output, "_emitted", None)
    is_one = getattr(emitted, "number", None) == "one"  # the last element of such a flow is the whole
    return parts[-1] if is_one and parts else _whole(parts)


def of_response(output: Any, charge: ChargeTool) -> Any:
    """Return the parsed object or the text of a Response, whose call is charged; any other output unchanged."""
    responses = sys.modules.get("streamkit.response")  # not loaded for tools that return none
    if responses is None or not isinstance(output, responses.Response):
        return output
    charge(output, None)
    return _text_of(cast("Response", output))


def _text_of(response: Response) -> Any:
    return response.content if response.parsed is None else response.parsed
