"""Blocks of the tools that a provider runs itself: they are read from the events that the chunks carry."""

from __future__ import annotations

import json
from typing import Any

import streamkit as sk
from streamkit import events, wire
from streamkit.events import Event
from tests.events.reading import check_blocks, derive

RESULT = {
    "type": "web_search_tool_result",
    "tool_use_id": "srv_1",
    "content": [{"type": "web_search_result", "url": "u"}],
}


def block(number: int, content: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": number, "content_block": content},
        *({"type": "content_block_delta", "index": number, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": number},
    ]


ANSWER: list[dict[str, Any]] = [
    {"type": "message_start", "message": {"id": "a", "model": "m"}},
    *block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "I search."}),
    *block(
        1,
        {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"query": '},
        {"type": "input_json_delta", "partial_json": '"moons"}'},
    ),
    *block(2, RESULT),
    *block(3, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Io."}),
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    {"type": "message_stop"},
]


def read(count: int | None = None) -> tuple[list[Event], sk.Response]:
    """Decode the first events of the answer, and derive their events."""
    decoder = wire.decoder("anthropic.messages")
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in ANSWER[:count])
    chunks = decoder.feed(body)
    try:
        chunks += decoder.finish()
    except sk.StreamError as error:
        return derive(chunks, error), decoder.response
    return derive(chunks), decoder.response


def test_a_server_tool_is_a_block_between_the_texts_around_it() -> None:
    found, response = read()
    assert [(event.kind, event.id) for event in found if isinstance(event, events.BlockEvent)] == [
        *(("text_start", "0-0"), ("text_delta", "0-0"), ("text_end", "0-0")),
        *(("server_tool_start", "0-1"), ("server_tool_delta", "0-1"), ("server_tool_delta", "0-1")),
        ("server_tool_end", "0-1"),
        *(("text_start", "0-2"), ("text_delta", "0-2"), ("text_end", "0-2")),
    ]
    (start,) = [event for event in found if isinstance(event, events.ServerToolStart)]
    (end,) = [event for event in found if isinstance(event, events.ServerToolEnd)]
    assert (start.tool_kind, start.name, start.tool_id) == ("web_search", "web_search", "srv_1")
    assert [end.tool] == response.server_tools
    assert (end.tool.input, end.tool.state) == ({"query": "moons"}, "completed")


def test_a_server_tool_whose_result_was_cut_off_stays_open() -> None:
    for count in range(5, 9):
        found, _ = read(count)
        assert isinstance(last := found[-1], events.Error)
        assert list(last.blocks) == check_blocks(found) == ["0-1"]


def test_a_server_tool_without_a_result_ends_with_the_stream() -> None:
    paused = [{"type": "message_delta", "delta": {"stop_reason": "pause_turn"}}, {"type": "message_stop"}]
    decoder = wire.decoder("anthropic.messages")
    shown = [*ANSWER[:8], *paused]
    chunks = decoder.feed(b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in shown))
    found = derive([*chunks, *decoder.finish()])
    (end,) = [event for event in found if isinstance(event, events.ServerToolEnd)]
    assert (end.tool.output, [end.tool]) == (None, decoder.response.server_tools)


def test_one_event_that_became_several_chunks_is_read_once() -> None:
    chunk = sk.Chunk(payload=json.dumps(ANSWER[4]).encode(), api="anthropic.messages")
    found = derive([chunk, chunk])
    assert [event.kind for event in found] == ["server_tool_start", "server_tool_end", "finish"]
