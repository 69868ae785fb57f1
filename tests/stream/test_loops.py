"""The shortest loops: over the text, over the chunks, and over pairs, which say what they are."""

from __future__ import annotations

import copy
import pickle
from typing import assert_type

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, chat_tool_events


def test_text_gives_the_texts_of_text() -> None:
    script = Script(chat_events("Io", ", ", "Europa"))
    texts = [text for text in script.stream().text()]  # noqa: C416 - the loop of the documentation
    assert_type(texts, list[str])
    assert (texts, script.opened) == (["Io", ", ", "Europa"], 1)


def test_text_takes_another_choice() -> None:
    events = [chat_event({"content": "Io"}), chat_event({"content": "Titan"}, index=1)]
    ends = [chat_event({}, finish="stop", index=index) for index in (0, 1)]
    stream = Script([*events, *ends, b"data: [DONE]\n\n"]).stream(n=2)
    assert (list(stream.text()), list(stream.text(choice=1))) == (["Io"], ["Titan"])


async def test_chunks_gives_what_is_pushed() -> None:
    stream, pushed = Script(chat_events("Io", "Europa")).stream(), list[sk.Chunk]()
    stream.subscribe(pushed.append)
    chunks = [chunk async for chunk in stream.chunks()]
    assert_type(chunks, list[sk.Chunk])
    assert chunks == pushed
    assert stream.chunks().stream is stream
    assert (await stream.chunks().pipe(ops.to_response())).content == "IoEuropa"


def test_leaving_the_loop_stops_the_call() -> None:
    script = Script([*chat_events(*"Europa")[:4], None])
    for loop in (sk.Stream.text, sk.Stream.chunks):
        stream = script.stream()
        for _ in loop(stream):
            break
        stream.wait()
        assert stream.state == "stopped"


# Pairs --------------------------------------------------------------------------------------------


def test_a_pair_is_a_named_tuple() -> None:
    stream = Script(chat_tool_events(("orbit", "{}"))).stream()
    pairs = list(stream)
    assert {type(pair) for pair in pairs} == {sk.Pair}
    (chunk, tool) = next(pair for pair in pairs if pair.tool)
    assert_type(chunk, sk.Chunk)
    assert_type(tool, sk.ToolCall | None)
    assert tool is not None
    assert (pairs[0] == (pairs[0].chunk, None), tool.name) == (True, "orbit")


async def test_an_async_loop_gives_the_same_pairs() -> None:
    stream = Script(chat_tool_events(("orbit", "{}"), ("mass", "{}"))).stream()
    pairs = [pair async for pair in stream]
    assert_type(pairs, list[sk.Pair[sk.Chunk, sk.ToolCall]])
    assert [pair.tool.name for pair in pairs if pair.tool] == ["orbit", "mass"]
    assert {type(pair) for pair in pairs} == {sk.Pair}


@pytest.mark.parametrize("name", ["content", "thinking", "tool_calls", "finish_reasons", "usage", "audio"])
def test_asking_a_pair_for_what_a_chunk_has_says_what_the_loop_gives(name: str) -> None:
    for pair in Script(chat_events("Io")).stream():
        with pytest.raises(AttributeError, match=rf"pairs, .* 'for chunk, tool in stream' and chunk.{name}"):
            getattr(pair, name)


def test_another_unknown_attribute_is_an_error_like_any_other() -> None:
    pair: sk.Pair = sk.Pair(sk.Chunk(content="Io"), None)
    with pytest.raises(AttributeError, match="'Pair' object has no attribute 'moon'"):
        getattr(pair, "moon")  # noqa: B009 - a type checker refuses the name
    assert (hasattr(pair, "content"), hasattr(pair, "__array__")) == (False, False)
    assert (pickle.loads(pickle.dumps(pair)), copy.copy(pair)) == (pair, pair)
    assert not hasattr(pair, "__dict__")
