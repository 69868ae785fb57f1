"""Law 5: subscribers are isolated."""

from __future__ import annotations

import asyncio
from typing import Any

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events

ANSWER = chat_events(*"Europa")


def _raise(error: Exception) -> Any:
    raise error


async def test_one_of_a_hundred_that_raises_disturbs_nobody() -> None:
    stream = Script(ANSWER).stream()
    texts = [list[str]() for _ in range(100)]
    completed: list[int] = []
    errors: list[Exception] = []
    wrong = ValueError("mine")
    for at, text in enumerate(texts):

        def on_next(chunk: sk.Chunk, at: int = at, text: list[str] = text) -> None:
            if at == 50:
                raise wrong
            text.append(chunk.content)

        stream.subscribe(on_next, errors.append, lambda at=at: completed.append(at))
    assert (await stream).state == "complete"
    while len(completed) < 99 or not errors:
        await asyncio.sleep(0)
    for _ in range(10):  # nothing comes behind that
        await asyncio.sleep(0)
    assert errors == [wrong]
    assert len(completed) == 99 and {"".join(text) for text in texts} == {"Europa", ""}


async def test_an_operator_function_that_raises_reaches_its_own_subscriber_only() -> None:
    stream = Script(ANSWER).stream()
    bad = asyncio.ensure_future(_outcome(stream.map(lambda _: _raise(KeyError("mine")))))
    good = await stream.pipe(ops.text(), ops.join())
    assert good == "Europa"
    assert isinstance(await bad, KeyError)


async def test_the_users_own_exception_passes_unchanged_and_the_last_one_stops_the_call() -> None:
    script = Script([*ANSWER[:3], None])
    stream = script.stream()
    errors: list[Exception] = []
    wrong = ValueError("mine")
    stream.subscribe(lambda _: _raise(wrong), errors.append)
    while stream.open or not errors:
        await asyncio.sleep(0)
    assert (errors, stream.state, script.closed) == ([wrong], "stopped", 1)


async def test_an_error_without_a_handler_is_reported_to_the_loop_once() -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    stream = Script(chat_events("Io", finish=None)).stream()
    stream.subscribe(lambda _: None)
    while stream.open:
        await asyncio.sleep(0)
    assert [type(context["exception"]) for context in reported] == [sk.TruncatedError]


async def test_a_handler_that_raises_does_not_hurt_the_others() -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    stream = Script(chat_events("Io", finish=None)).stream()
    errors: list[Exception] = []
    wrong = ValueError("in the handler")
    stream.subscribe(on_error=lambda _: _raise(wrong))
    stream.subscribe(on_error=errors.append)
    while stream.open:
        await asyncio.sleep(0)
    assert (reported, [type(error) for error in errors]) == ([wrong], [sk.TruncatedError])


async def _outcome(flow: Any) -> object:
    try:
        return await flow
    except Exception as error:
        return error
