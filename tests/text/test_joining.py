"""Neighbours that only say more of the same are joined, and say the same then."""

from __future__ import annotations

import time

import streamkit as sk
from streamkit.text.joining import coalesced


def test_neighbours_of_one_block_become_one_chunk_and_what_thinks_behind_text_another() -> None:
    chunks = [
        sk.Chunk(model="a-model"),
        sk.Chunk(thinking="hm"),
        sk.Chunk(content="Eu", id="1"),
        sk.Chunk(content="ro", plain=True),
        sk.Chunk(thinking="so"),
        sk.Chunk(content="pa", block=1),
        sk.Chunk(finish_reasons=["stop"]),
    ]
    found = [(each.thinking, each.content, each.model, each.id) for each in coalesced(chunks)]
    assert found == [
        ("hm", "Euro", "a-model", "1"),
        ("so", "", None, None),
        ("", "pa", None, None),
        ("", "", None, None),
    ]
    assert coalesced(["Eu", "ro", b"\0", b"\1", 1, 2]) == ["Euro", b"\0\1", 1, 2]


def test_a_merged_chunk_has_no_raw_event() -> None:
    event = sk.Chunk(content="Io", payload=b"{}", api="openai.chat", plain=True)
    (found,) = coalesced([event, event])
    assert (found.content, found.raw, found.chunk) == ("IoIo", {}, {})


def test_joining_many_costs_their_length() -> None:
    chunk, start = sk.Chunk(content="x" * 100, plain=True), time.process_time()
    (found,) = coalesced([chunk] * 40_000)
    assert len(found.content) == 4_000_000
    assert time.process_time() - start < 5
