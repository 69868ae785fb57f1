"""`text`: the texts of one choice."""

from __future__ import annotations

from typing import assert_type

import reactivex as rx
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events

CALL = sk.Chunk(tool_calls=(sk.ToolCallDelta(id="call_1", name="look_up"),))


async def test_chunks_without_text_are_left_out() -> None:
    chunks = rx.of(sk.Chunk(content="Eu"), CALL, sk.Chunk(thinking="hm"), sk.Chunk(content="ropa"))
    assert [fragment async for fragment in sk.flow(chunks).pipe(ops.text())] == ["Eu", "ropa"]


async def test_choice_0_is_taken_by_default() -> None:
    events = [chat_event({"content": text}, index=at) for at, text in enumerate(["Io", "Titan"])]
    events += [chat_event({}, index=at, finish="stop") for at in range(2)]
    stream = Script([*events, b"data: [DONE]\n\n"]).stream(n=2)
    assert await stream.pipe(ops.text()).last() == "Io"
    assert await stream.pipe(ops.text(choice=1)).last() == "Titan"


async def test_the_texts_are_those_of_the_provider() -> None:
    stream = Script(chat_events("Eu", "ro", "pa")).stream()
    assert [fragment async for fragment in stream.pipe(ops.text())] == ["Eu", "ro", "pa"]


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.text()), sk.Flow[str])
    assert_type(rx.of(sk.Chunk()).pipe(ops.text()), Observable[str])
