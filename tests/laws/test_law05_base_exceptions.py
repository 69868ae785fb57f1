"""Law 5 for what is no ``Exception``: user code that raises it disturbs nobody else, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import reactivex as rx
import structlog
from reactivex import operators as rx_ops

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events


class OddError(BaseException):
    """One that is no ``Exception``, as those of pytest and trio are."""


ODD = [asyncio.CancelledError, OddError, GeneratorExit]
ANSWER = [*chat_events(*"Europa"), 0.001]
TOOL = [chat_event({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "look", "arguments": "{}"}}]})]
WITH_TOOL = [*TOOL, *chat_events("Europa", finish="tool_calls")]
Reader = Callable[[sk.Stream, type[BaseException]], Awaitable[object]]


def raising(odd: type[BaseException]) -> Callable[..., Any]:
    def fail(*_: object) -> Any:
        raise odd("mine")

    return fail


async def pushed(flow: rx.Observable[Any], on_next: Callable[[Any], None] | None = None) -> object:
    """The exception that the raising subscriber itself gets."""
    ended = asyncio.get_running_loop().create_future()
    flow.subscribe(on_next, ended.set_result, lambda: ended.set_result(None))
    return await ended


async def in_on_next(stream: sk.Stream, odd: type[BaseException]) -> object:
    return await pushed(stream, raising(odd))


async def in_map(stream: sk.Stream, odd: type[BaseException]) -> object:
    return await pushed(stream.pipe(rx_ops.map(raising(odd))))


async def in_a_condition(stream: sk.Stream, odd: type[BaseException]) -> object:
    return await pushed(stream.pipe(ops.text(), ops.until(raising(odd))))


async def in_an_async_condition(stream: sk.Stream, odd: type[BaseException]) -> object:
    async def fail(_: object) -> bool:
        await asyncio.sleep(0)
        raise odd("mine")

    return await pushed(stream.pipe(ops.text(), ops.until(fail)))


async def behind_an_async_condition(stream: sk.Stream, odd: type[BaseException]) -> object:
    async def never(_: object) -> bool:
        return False

    return await pushed(stream.pipe(ops.text(), ops.until(never)), raising(odd))


async def in_on_match(stream: sk.Stream, odd: type[BaseException]) -> object:
    return await pushed(stream.pipe(ops.text(), ops.until("ro", on_match=raising(odd))))


async def in_a_report(stream: sk.Stream, odd: type[BaseException]) -> object:
    return await pushed(stream.pipe(ops.meter(raising(odd))))


async def behind_what_was_held_back(stream: sk.Stream, odd: type[BaseException]) -> object:
    return await pushed(stream.pipe(ops.text(), ops.sentences()), raising(odd))


async def behind_a_batch(stream: sk.Stream, odd: type[BaseException]) -> object:
    return await pushed(stream.pipe(ops.text(), ops.batch(count=4)), raising(odd))


async def in_a_fan_out(stream: sk.Stream, odd: type[BaseException]) -> object:
    shared = stream.pipe(ops.text(), ops.fan_out())
    good = asyncio.ensure_future(_join(shared))
    end = await pushed(shared, raising(odd))
    assert await good == "Europa"
    return end


async def _join(flow: Any) -> str:
    return await flow.pipe(ops.join())


READERS: list[Reader] = [
    *(in_on_next, in_map, in_a_condition, in_an_async_condition, behind_an_async_condition, in_on_match, in_a_report),
    *(behind_what_was_held_back, behind_a_batch, in_a_fan_out),
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("reader", READERS)
async def test_a_reader_gets_its_own_and_the_others_get_everything(reader: Reader, odd: type[BaseException]) -> None:
    stream = Script(ANSWER).stream()
    async with asyncio.timeout(20):
        other = asyncio.ensure_future(_whole(stream))
        if not (reader is in_an_async_condition and odd is GeneratorExit):  # it would close the task that awaits it
            assert type(await reader(stream, odd)) is odd
        response = await other
    assert (response.state, response.content) == ("complete", "Europa")


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("finish", ["stop", None])
async def test_an_exception_raised_by_an_end_handler_is_reported_to_the_loop(
    odd: type[BaseException], finish: str | None
) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    stream = Script(chat_events("Io", finish=finish)).stream()
    stream.subscribe(None, raising(odd), raising(odd))
    async with asyncio.timeout(20):
        if finish:
            assert (await stream).content == "Io"
        else:
            with pytest.raises(sk.TruncatedError):
                await stream
        await stream.wait_closed()
    assert [type(each) for each in reported] == [odd]


@pytest.mark.parametrize("how", ["on_next", "on_completed"])
def test_one_that_ends_the_program_leaves_no_other_waiting(how: str) -> None:
    stream = Script([*ANSWER, 0.01]).stream()
    over: list[str] = []
    fail = raising(SystemExit)  # on the shared background loop, which goes on
    stream.subscribe(fail if how == "on_next" else None, None, fail if how == "on_completed" else None)
    stream.subscribe(on_error=lambda error: over.append(type(error).__name__), on_completed=lambda: over.append("end"))
    stream.run()
    stream.wait()
    # Where the call is up to date with that reader, it is the call's own task that the exception ends.
    assert over in ([["end"], ["StoppedError"]] if how == "on_next" else [["end"]])


def test_system_exit_in_an_end_handler_leaves_no_other_reader_waiting() -> None:
    stream = Script([*ANSWER[:3], None]).stream()
    stream.subscribe(on_error=raising(SystemExit))
    iterator = iter(stream)
    next(iterator)
    stream.close()
    assert (stream.state, stream.open) == ("stopped", False)


# An async one that raises GeneratorExit would close the task that awaits it.
@pytest.mark.parametrize(("odd", "kind"), [*((odd, "sync") for odd in ODD), *((odd, "async") for odd in ODD[:2])])
async def test_a_tool_that_raises_one_has_an_error_as_its_result(odd: type[BaseException], kind: str) -> None:
    def look() -> str:
        """Look."""
        raise odd("mine")

    async def look_async() -> str:
        raise odd("mine")

    tool = sk.Tool(look if kind == "sync" else look_async, name="look", description="Look.")
    async with asyncio.timeout(20):
        (result,) = [each async for each in Script(WITH_TOOL).stream().pipe(ops.run_tools(tool))]
    assert isinstance(result.error, RuntimeError)


@pytest.mark.parametrize("odd", ODD[:2])
async def test_a_source_that_raises_one_has_failed(odd: type[BaseException]) -> None:
    async def texts() -> AsyncIterator[str]:
        yield "Io"
        raise odd("mine")

    stream = sk.from_async(texts())
    with pytest.raises(sk.StreamError) as caught:
        async with asyncio.timeout(20):
            await stream
    assert (stream.state, stream.content, type(caught.value.__cause__)) == ("failed", "Io", odd)


@pytest.mark.parametrize("odd", ODD[:2])
async def test_a_source_that_raises_one_while_it_is_closed_is_closed(odd: type[BaseException]) -> None:
    async def texts() -> AsyncIterator[str]:
        try:
            while True:
                yield "Io"
                await asyncio.sleep(0)
        finally:
            raise odd("mine")

    stream = sk.from_async(texts())
    async with asyncio.timeout(20):
        async for _ in stream:
            break
        await stream.wait_closed()
    assert stream.state == "stopped"


@pytest.mark.parametrize("odd", ODD[:2])
async def test_a_key_that_raises_one_is_an_error_of_this_call(odd: type[BaseException]) -> None:
    for _ in range(2):
        stream = sk.stream("openai/m", "?", base_url="http://127.0.0.1:9/v1", api_key=raising(odd))
        with pytest.raises(sk.StreamError):
            async with asyncio.timeout(20):
                await stream


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("where", ["structlog", "logging"])
async def test_a_log_that_raises_one_ends_no_stream(
    odd: type[BaseException], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "structlog":
        structlog.configure(processors=[raising(odd)])
    else:
        monkeypatch.setattr(logging.getLogger("streamkit"), "info", raising(odd))
    async with asyncio.timeout(20):
        assert (await Script(ANSWER).stream()).content == "Europa"


async def _whole(stream: sk.Stream) -> sk.Response:
    return await stream
