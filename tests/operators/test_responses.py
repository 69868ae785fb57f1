"""``responses``: the Response so far, with every chunk."""

from __future__ import annotations

import time
from typing import assert_type

import reactivex as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events


async def test_each_is_the_fold_of_what_has_come_and_the_last_is_the_whole() -> None:
    stream = Script(chat_events("Euro", "pa")).stream()
    found = [(each.content, each.state) async for each in stream.pipe(ops.responses())]
    assert found == [("", "streaming"), ("Euro", "streaming"), ("Europa", "streaming"), *[("Europa", "complete")] * 2]
    assert (await stream.pipe(ops.responses())).usage == stream.usage


async def test_it_is_complete_when_every_choice_is() -> None:
    events = [chat_event({"content": "a"}), chat_event({"content": "b"}, index=1)]
    events += [chat_event({}, finish="stop", index=at) for at in (1, 0)]
    stream = Script([*events, b"data: [DONE]\n\n"]).stream(n=2)
    assert [each.state async for each in stream.pipe(ops.responses())] == ["streaming"] * 3 + ["complete"]


def test_tool_calls_grow_and_are_whole_at_their_end() -> None:
    deltas = [
        sk.ToolCallDelta(name="look_up", arguments='{"moon": '),
        sk.ToolCallDelta(arguments='"Io"}', complete=True),
    ]
    seen: list[sk.Response] = []
    rx.from_iterable([sk.Chunk(tool_calls=(each,)) for each in deltas]).pipe(ops.responses()).subscribe(seen.append)
    assert [(each.tool_calls[0].arguments, each.tool_calls[0].complete) for each in seen] == [
        (None, False),
        ({"moon": "Io"}, True),
    ]


def seconds(chunks: list[sk.Chunk]) -> float:
    start = time.process_time()
    rx.from_iterable(chunks).pipe(ops.responses()).subscribe()
    return time.process_time() - start


def test_four_thousand_of_them_cost_little_more_than_four_times_a_thousand() -> None:
    words = [sk.Chunk(content="word ")] * 4000
    thousand = min(seconds(words[:1000]) for _ in range(3))
    assert min(seconds(words) for _ in range(3)) < 8 * thousand


def test_so_it_is_with_the_arguments_of_a_tool() -> None:
    first = sk.Chunk(tool_calls=(sk.ToolCallDelta(name="look_up", arguments='{"text": "'),))
    deltas = [first, *[sk.Chunk(tool_calls=(sk.ToolCallDelta(arguments="word "),))] * 4000]
    thousand = min(seconds(deltas[:1000]) for _ in range(3))
    assert min(seconds(deltas) for _ in range(3)) < 8 * thousand


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script(chat_events()).stream().pipe(ops.responses()), sk.Flow[sk.Response])
