"""Law 8: chunking does not matter."""

from __future__ import annotations

import asyncio
import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, gemini_event, rechunk

ANSWER = "Die Monde Io, Europa, Ganymed und Callisto: 木星の衛星 🪐."
BODY = b"".join(chat_events(*(ANSWER[at : at + 3] for at in range(0, len(ANSWER), 3))))


@given(st.integers(0, 10_000))
def test_any_split_of_the_bytes_gives_the_same_response(seed: int) -> None:
    response = sk.wire.decoder("openai.chat")
    for fragment in rechunk(BODY, seed=seed):
        response.feed(fragment)
    response.finish()
    assert response.response == sk.wire.reduce("openai.chat", BODY)


async def test_one_byte_a_read_through_the_whole_pump() -> None:
    fragments = [BODY[at : at + 1] for at in range(len(BODY))]
    assert await Script(fragments).stream() == await Script([BODY]).stream()


@given(st.lists(st.integers(1, len(ANSWER) - 1), unique=True, max_size=12), st.sampled_from(["Euro", "🪐", r"\bI\w"]))
def test_any_regrouping_of_the_deltas_gives_the_same_stop(cuts: list[int], expression: str) -> None:
    edges = [0, *sorted(cuts), len(ANSWER)]
    fragments = [ANSWER[start:stop] for start, stop in itertools.pairwise(edges)]
    pattern = re.compile(expression)
    script = Script([b"".join(chat_events(*fragments))])
    found = script.stream().pipe(ops.text(), ops.until(pattern), ops.join()).run()
    shortest = next(ANSWER[:end] for end in range(len(ANSWER) + 1) if pattern.search(ANSWER[:end]))
    assert found == shortest


async def test_two_tools_that_finish_in_one_event_come_as_two_pairs_without_repeating_its_text() -> None:
    calls = [{"index": at, "id": f"c{at}", "function": {"name": "f", "arguments": "{}"}} for at in range(2)]
    script = Script([chat_event({"content": "Io", "tool_calls": calls}, finish="tool_calls"), b"data: [DONE]\n\n"])
    pairs = [(chunk.content, tool.id if tool else None) async for chunk, tool in script.stream()]
    assert pairs == [("Io", "c0"), ("", "c1")]


@pytest.mark.parametrize("door", ["sync", "async"])
async def test_the_tools_of_one_event_come_before_the_next_event_however_the_bytes_are_cut(door: str) -> None:
    calls: list[Any] = [{"functionCall": {"id": f"c{at}", "name": "f", "args": {}}} for at in range(3)]
    events = [gemini_event(*calls), gemini_event("Io"), gemini_event("", finish="STOP")]

    async def pairs(body: list[bytes]) -> list[tuple[str, str | None, list[str] | None]]:
        stream = Script(body).stream(api="gemini.generate_content", vendor="google")
        found = [pair async for pair in stream] if door == "async" else await asyncio.to_thread(list, stream)
        return [(chunk.content, tool.id if tool else None, chunk.finish_reasons) for chunk, tool in found]

    found = await pairs(events)
    assert found == await pairs([b"".join(events)])
    assert found[:4] == [("", "c0", None), ("", "c1", None), ("", "c2", None), ("Io", None, None)]
