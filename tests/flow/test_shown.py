"""What is shown of streams and flows: repr, dir, and the error of a task that was given one. Nothing is sent for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import reactivex as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events

TAUGHT = {"first", "last", "pipe", "run", "subscribe", "to_list"}


def whole(stream: sk.Stream) -> sk.Stream:
    return stream


def test_the_repr_of_a_stream_says_how_far_it_is() -> None:
    script = Script(chat_events("Io, ", "Europa"))
    stream = script.stream()
    assert repr(sk.stream("openai/gpt-5-mini", "?")) == "<Stream openai/gpt-5-mini unsent>"
    assert (repr(stream), str(stream), script.opened) == ("<Stream scripted/scripted unsent>",) * 2 + (0,)
    later = script.stream()
    later.run()
    assert repr(later) == "<Stream scripted/scripted complete, 5 chunks, 10 chars>"


def test_the_repr_of_a_live_stream_counts_what_has_arrived() -> None:
    stream = Script([*chat_events("Io, ", finish=None, usage=False, done=False), None]).stream()
    live = ""
    with stream:
        for chunk, _ in stream:
            if chunk.content:
                live = repr(stream)
                break
    assert live == "<Stream scripted/scripted streaming, 2 chunks, 4 chars>"
    assert repr(stream) == "<Stream scripted/scripted stopped, 2 chunks, 4 chars>"


def test_the_repr_of_a_flow_says_what_it_gives_and_sends_nothing() -> None:
    script = Script(chat_events("Io"))
    stream = script.stream()
    assert str(stream.text()) == "<Flow: many text of <Stream scripted/scripted unsent>>"
    assert repr(stream.pipe(ops.to_response())) == "<Flow: one other of <Stream scripted/scripted unsent>>"
    assert f"{stream.text().to_list()}" == "<Flow of <Stream scripted/scripted unsent>>"
    assert repr(sk.flow(rx.of(1))) == "<Flow>"
    assert script.opened == 0


@pytest.mark.parametrize("make", [whole, sk.Stream.text], ids=["stream", "flow"])
def test_dir_lists_our_names_and_leaves_out_the_fluent_ones_which_still_work(make: Any) -> None:
    shown = make(Script(chat_events("Io")).stream())
    names = set(dir(shown))
    assert names >= TAUGHT
    assert names & {name for name in dir(rx.Observable) if not name.startswith("_")} == TAUGHT
    assert shown.map(type).to_list().run()
    assert {"text", "chunks", "wait_response"} <= set(dir(Script([]).stream()))


async def test_a_task_that_was_given_a_stream_or_a_flow_says_what_it_takes() -> None:
    script = Script(chat_events("Io"))
    stream: Any = script.stream()
    with pytest.raises(TypeError, match=r"a task takes stream\.wait_response\(\)"):
        await asyncio.create_task(stream)
    with pytest.raises(TypeError, match="await the flow in an async function"):
        await asyncio.create_task(stream.text())
    async with asyncio.TaskGroup() as group:
        with pytest.raises(TypeError, match=r"stream\.wait_response\(\)"):
            group.create_task(stream)
    assert script.opened == 0
    assert (await asyncio.create_task(stream.wait_response())).content == "Io"
    with pytest.raises(TypeError, match=r"complete, 4 chunks, 2 chars \(a task takes stream\.wait_response\(\)\)"):
        await asyncio.create_task(stream)
