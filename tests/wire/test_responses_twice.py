"""A text that a Responses server sends in deltas and as a whole counts once, however the server numbers its texts."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from streamkit.testing import responses_event
from tests.wire.outcome import Outcome, outcome
from tests.wire.responses import CREATED, Event, begun, delta, ended, over, sent, text_done

API = "openai.responses"


def part_out(text: str, at: int, kind: str = "output_text") -> Event:
    name = "refusal" if kind == "refusal" else "text"
    return "content_part.done", {"output_index": 0, "content_index": at, "part": {"type": kind, name: text}}


def message(*texts: str) -> Event:
    return ended(0, "message", content=[{"type": "output_text", "text": text, "annotations": []} for text in texts])


def read(*events: Event) -> Outcome:
    """Decode these events, and the same without numbers, or never alike, which must not change anything."""
    given = (CREATED, *events, over())
    plain = [responses_event(kind, None, **fields) for kind, fields in given]
    unlike = [responses_event(kind, at, **fields, note=f"{at}") for at, (kind, fields) in enumerate(given)]
    result = outcome(sent(*given), api=API)
    for other in (outcome(plain, api=API), outcome(unlike, api=API)):
        assert (result.response, result.error, result.notes) == (other.response, other.error, other.notes)
    return result


@pytest.mark.parametrize(("first", "text", "part"), list(product([0, 1, 5], repeat=3)))
def test_a_text_counts_once_whatever_each_of_its_events_begins_to_count_from(first: int, text: int, part: int) -> None:
    events: list[Event] = [begun(0, "message")]
    for at, whole in enumerate(("Io. ", "Europa.")):
        events += [delta(letter, at=at + first) for letter in whole]
        events += [text_done(whole, at=at + text), part_out(whole, at + part)]
    result = read(*events, message("Io. ", "Europa."))
    assert (result.response.content, result.error, result.notes) == ("Io. Europa.", None, [])
    assert {chunk.block for chunk in result.chunks if chunk.content} == {0, 1}


@pytest.mark.parametrize("first", [0, 1])
def test_texts_that_are_equal_count_as_often_as_they_came(first: int) -> None:
    events = [event for at in (first, first + 1) for event in (delta("ha", at=at), text_done("ha", at=at))]
    assert read(*events, message("ha", "ha")).response.content == "haha"
    assert read(delta("ha", at=first), delta("ha", at=first + 1), message("ha", "ha")).response.content == "haha"


def test_texts_that_share_a_number_are_kept_apart_by_their_content() -> None:
    events = [event for text in ("Io. ", "Europa.") for event in (delta(text), text_done(text), part_out(text, 0))]
    assert read(*events, message("Io. ", "Europa.")).response.content == "Io. Europa."


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("kinds", ["", "d", "t", "dt"])
def test_what_the_deltas_left_out_is_emitted_once(first: int, kinds: str) -> None:
    made = {"d": delta("I", at=first), "t": text_done("Io. ", at=first)}
    result = read(begun(0, "message"), *(made[kind] for kind in kinds), message("Io. ", "Europa."))
    assert (result.response.content, result.error) == ("Io. Europa.", None)


def test_a_text_that_came_in_the_item_only_is_not_taken_for_the_one_with_its_number() -> None:
    assert read(delta("Io. ", at=1), text_done("Io. ", at=1), message("Io. ", "Titan")).response.content == "Io. Titan"


@pytest.mark.parametrize("first", [0, 1])
def test_a_final_text_that_was_tidied_belongs_to_the_text_at_its_position(first: int) -> None:
    result = read(delta("Io ,", at=first), delta("Europa !", at=first + 1), message("Io,", "Europa!"))
    assert (result.response.content, result.notes) == ("Io ,Europa !", ["text_differs"])


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("kind", ["reasoning_summary_text", "reasoning_text"])
def test_thinking_counts_once_too(kind: str, first: int) -> None:
    name, inner = ("summary", "summary_text") if "summary" in kind else ("content", "reasoning_text")
    item: dict[str, Any] = {name: [{"type": inner, "text": text} for text in ("Hm. ", "Ah.")]}
    events: list[Event] = [begun(0, "reasoning")]
    for at, text in enumerate(("Hm. ", "Ah."), first):
        events += [delta(text, at=at, kind=kind), text_done(text, at=at, kind=kind)]
    assert read(*events, ended(0, "reasoning", **item)).response.thinking == "Hm. Ah."


@pytest.mark.parametrize("first", [0, 1])
def test_a_refusal_and_a_citation_count_once_too(first: int) -> None:
    source = {"type": "url_citation", "url": "https://example.org/io"}
    added: Event = ("output_text.annotation.added", {"output_index": 0, "content_index": first, "annotation": source})
    parts = [
        {"type": "output_text", "text": "Io", "annotations": [source]},
        {"type": "refusal", "refusal": "no"},
    ]
    events = [delta("Io", at=first), added, delta("no", at=first + 1, kind="refusal")]
    response = read(begun(0, "message"), *events, ended(0, "message", content=parts)).response
    assert (response.content, response.refusal, response.citations) == ("Io", "no", (source,))
