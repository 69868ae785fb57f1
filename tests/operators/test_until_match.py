"""What ``until`` tells of its match, and what it does with text that it has held back."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events

DATE = re.compile(r"(?P<year>\d{4})-(\d\d)(-\d\d)?")


def found_in(found: Any, *fragments: str, **options: Any) -> list[sk.TextMatch]:
    seen: list[sk.TextMatch] = []
    rx.of(*fragments).pipe(ops.until(found, on_match=seen.append, **options)).subscribe()
    return seen


def test_a_match_has_its_text_its_position_and_its_groups() -> None:
    (found,) = found_in(DATE, "Launch: 20", "24-10", "-14.")
    assert found == sk.TextMatch("2024-10", 8, ("2024", "10", None), {"year": "2024"})
    assert found_in("Titan", "Io, Ti", "tan") == [sk.TextMatch("Titan", 4)]
    assert found_in("Titan", "Io") == []


@pytest.mark.parametrize("found", ["moon", DATE])
@given(st.sets(st.integers(1, 399)), st.booleans())
def test_the_match_is_the_same_however_the_text_is_cut(found: Any, cuts: set[int], inclusive: bool) -> None:
    text = "mo0n 202-" * 40 + "moon 2024-10-14"
    edges = [0, *sorted(cuts), len(text)]
    fragments = [text[start:end] for start, end in pairwise(edges)]
    expected = (
        sk.TextMatch("moon", 360)
        if found == "moon"
        else sk.TextMatch("2024-10", 365, ("2024", "10", None), {"year": "2024"})
    )
    assert found_in(found, *fragments, inclusive=inclusive) == [expected]


def test_on_match_is_called_before_the_match_is_emitted() -> None:
    seen: list[Any] = []
    rx.of("Io").pipe(ops.until("Io", on_match=lambda found: seen.append(found.text))).subscribe(
        lambda _: seen.append(1)
    )
    assert seen == ["Io", 1]


def test_an_exception_of_on_match_ends_the_subscription() -> None:
    def refuse(_: sk.TextMatch) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        list(sk.flow(rx.of("Io")).pipe(ops.until("Io", on_match=refuse)))


@pytest.mark.parametrize("found", ["Titan", re.compile("Titan")])
async def test_text_held_back_comes_with_the_finish_reason_and_not_behind_it(found: Any) -> None:
    stream = Script(chat_events("Io Ti", "t")).stream()
    chunks = [chunk async for chunk in stream.pipe(ops.until(found, inclusive=False))]
    ends = [at for at, chunk in enumerate(chunks) if chunk.finish_reasons]
    assert (chunks[ends[0]].content, ends, chunks[-1].output_tokens) == ("Tit", [len(chunks) - 2], 2)
    assert "".join(chunk.content for chunk in chunks) == "Io Tit"


async def test_so_it_does_where_the_last_text_and_the_reason_come_together() -> None:
    events = [chat_event({"content": "Io T"}), chat_event({"content": "i"}, finish="stop"), b"data: [DONE]\n\n"]
    chunks = [chunk async for chunk in Script(events).stream().pipe(ops.until("Titan", inclusive=False))]
    assert [(chunk.content, chunk.finish_reasons) for chunk in chunks] == [("Io ", None), ("Ti", ["stop"])]


async def test_text_held_back_comes_before_the_error_of_a_stream_that_is_cut() -> None:
    seen: list[Any] = []
    stream = Script(chat_events("Io Ti", finish=None)).stream()
    with pytest.raises(sk.TruncatedError):
        async for chunk in stream.pipe(ops.until("Titan", inclusive=False)):
            seen.append(chunk.content)
    assert "".join(seen) == "Io Ti"
