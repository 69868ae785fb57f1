"""Numbered events out of order: what comes early waits, what is missing is taken from the whole or is an error."""

from __future__ import annotations

import pytest

from streamkit.errors import LimitExceeded, MalformedError, ProviderError, TruncatedError
from streamkit.testing import responses_event, responses_events
from streamkit.wire import open_decoder
from tests.wire.outcome import DONE, Outcome, drive, outcome
from tests.wire.responses import (
    CREATED,
    Event,
    arguments,
    begun,
    called,
    called_out,
    delta,
    ended,
    over,
    sent,
    text_done,
)

API = "openai.responses"
EUROPA = responses_events("Euro", "pa", "?", "!")
IO = '{"moon": "Io"}'


def message(text: str, index: int = 0) -> Event:
    return ended(index, "message", content=[{"type": "output_text", "text": text, "annotations": []}])


def without(at: int, *events: Event) -> Outcome:
    """Decode these events, numbered, but for one of them."""
    numbered = sent(CREATED, ("in_progress", {"response": {}}), *events)
    return outcome([*numbered[: at + 2], *numbered[at + 3 :]], api=API)


@pytest.mark.parametrize("at", range(len(EUROPA) - 1))
@pytest.mark.parametrize("together", [True, False], ids=["one read", "event by event"])
def test_two_swapped_events_are_put_back_in_order(at: int, together: bool) -> None:
    swapped = [*EUROPA[:at], EUROPA[at + 1], EUROPA[at], *EUROPA[at + 2 :]]
    result = outcome([b"".join(swapped)] if together else swapped, api=API)
    assert (result.response.content, result.error) == ("Europa?!", None)


def test_an_event_that_comes_early_waits_for_one_event_and_no_longer() -> None:
    decoder = open_decoder(API)
    events = sent(
        CREATED,
        begun(0, "message"),
        delta("a"),
        delta("b"),
        delta("c"),
        delta("d"),
        message("abcd"),
    )
    order = [0, 1, 2, 4, 3, 5]
    assert [len(decoder.feed(events[at])) for at in order] == [1, 1, 1, 0, 2, 1]
    decoder = open_decoder(API)
    texts = ["".join(chunk.content for chunk in decoder.feed(events[at])) for at in [0, 1, 2, 4, 5, 6]]
    assert texts == ["", "", "a", "", "", "bcd"]


def test_an_orderly_stream_waits_for_nothing() -> None:
    decoder = open_decoder(API)
    assert [len(decoder.feed(event)) for event in EUROPA] == [1] * len(EUROPA)


@pytest.mark.parametrize("last", [[], [DONE]])
def test_an_early_event_is_read_at_the_end_of_the_body_at_the_latest(last: list[bytes]) -> None:
    events = sent(CREATED, begun(0, "message"), delta("Io"), text_done("Io"), message("Io"), over())
    result = outcome([*events[:3], events[4], *last], api=API)
    assert (result.response.content, type(result.error)) == ("Io", TruncatedError)
    result = outcome([*events[:3], *events[4:], *last], api=API)
    assert (result.response.content, result.error) == ("Io", None)


def test_an_early_event_may_be_malformed_at_the_end_of_the_body_too() -> None:
    events = sent(CREATED, begun(0, "message"), delta("Eu"), delta("ro"), text_done("Io"))
    result = outcome([*events[:3], events[4]], api=API)
    assert (result.response.content, type(result.error)) == ("Eu", MalformedError)


def test_an_error_never_waits() -> None:
    decoder = open_decoder(API)
    events = sent(CREATED, begun(0, "message"), delta("I"), delta("o"), ("error", {"message": "Broken."}))
    for event in (*events[:3], events[4]):
        decoder.feed(event)
    assert isinstance(decoder.error, ProviderError)


# What is missing.

TEXT = [
    begun(0, "message"),
    delta("Eu"),
    delta("ro"),
    delta("pa"),
    text_done("Europa"),
    message("Europa"),
    over(),
]


@pytest.mark.parametrize("at", range(len(TEXT) - 1))
def test_a_missing_event_of_a_text_is_made_good_by_whatever_has_the_whole(at: int) -> None:
    result = without(at, *TEXT)
    assert (result.response.content, result.error) == ("Europa", None) or (
        at == 5 and isinstance(result.error, TruncatedError)  # nothing else says that this was the whole item
    )


@pytest.mark.parametrize("whole", [text_done("Europa"), message("Europa"), ("content_part.done", {
    "output_index": 0, "content_index": 0, "part": {"type": "output_text", "text": "Europa"}
})])  # fmt: skip
def test_from_a_gap_on_deltas_wait_for_the_whole(whole: Event) -> None:
    events = sent(
        CREATED,
        begun(0, "message"),
        delta("Eu"),
        delta("ro"),
        delta("pa"),
        whole,
        message("Europa"),
        over(),
    )
    result = outcome([*events[:3], *events[4:]], api=API)
    assert [chunk.content for chunk in result.chunks if chunk.content] == ["Eu", "ropa"]
    assert (result.error, result.notes) == (None, ["events_missing"])


def test_the_answer_at_its_end_is_a_whole_too() -> None:
    whole = message("Europa")[1]["item"]
    result = without(2, begun(0, "message"), delta("Eu"), delta("ro"), delta("pa"), over(output=[whole]))
    assert (result.response.content, result.error) == ("Europa", None)
    unheard = without(0, message("Europa"), over(output=[whole]))
    assert (unheard.response.content, unheard.error) == ("Europa", None)


@pytest.mark.parametrize("status", ["completed", "incomplete"])
def test_without_a_whole_what_waits_is_emitted_and_the_answer_is_cut(status: str) -> None:
    result = without(2, begun(0, "message"), delta("Eu"), delta("ro"), delta("pa"), over(status))
    assert isinstance(result.error, TruncatedError) and "missing" in str(result.error)
    assert (result.response.content, result.response.finish_reasons) == ("Eupa", None)


def test_what_waits_is_emitted_whatever_ends_the_answer() -> None:
    failed: tuple[Event, ...] = (over("failed"), over("cancelled"), ("error", {"message": "Broken."}))
    for last in failed:
        result = without(2, begun(0, "message"), delta("Eu"), delta("ro"), delta("pa"), last)
        assert (result.response.content, isinstance(result.error, ProviderError)) == ("Eupa", True)
    cut = without(2, begun(0, "message"), delta("Eu"), delta("ro"), delta("pa"))
    assert (cut.response.content, type(cut.error)) == ("Eupa", TruncatedError)


@pytest.mark.parametrize("whole", [text_done("Io"), message("Io")])
def test_a_whole_that_does_not_begin_with_what_was_emitted_is_malformed(whole: Event) -> None:
    result = without(2, begun(0, "message"), delta("Eu"), delta("ro"), delta("pa"), whole, over())
    assert isinstance(result.error, MalformedError) and "missing" in str(result.error)


def test_a_text_that_was_missing_comes_not_behind_one_that_follows_it() -> None:
    parts = [{"type": "output_text", "text": text} for text in ("Io", "Europa")]
    whole = ended(0, "message", content=parts)
    missing = [delta("Io"), text_done("Io")]
    events = sent(
        CREATED,
        begun(0, "message"),
        *missing,
        delta("Europa", at=1),
        text_done("Europa", at=1),
        whole,
        over(),
    )
    result = outcome([*events[:2], *events[4:]], api=API)
    assert (result.response.content, type(result.error)) == ("Europa", MalformedError)


def test_an_item_that_begins_behind_the_gap_waits_for_nothing() -> None:
    events = [
        begun(0, "message"),
        delta("Io"),
        text_done("Io"),
        message("Io"),
        begun(1, "message"),
        delta("Ti", 1),
    ]
    result = without(2, *events, delta("tan", 1), message("Titan", 1), over())
    assert [chunk.content for chunk in result.chunks if chunk.content] == ["Io", "Ti", "tan"]
    assert result.error is None


def test_an_item_of_a_kind_that_has_no_content_is_not_missed() -> None:
    events = [
        begun(0, "web_search_call"),
        ended(0, "web_search_call"),
        begun(1, "message"),
        delta("Io", 1),
    ]
    assert without(1, *events, message("Io", 1), over()).error is None


# Calls.


def custom(*fragments: str, whole: str) -> list[Event]:
    fields = {"call_id": "call_0", "name": "write"}
    at = {"output_index": 0}
    deltas: list[Event] = [("custom_tool_call_input.delta", {**at, "delta": each}) for each in fragments]
    done: Event = ("custom_tool_call_input.done", {**at, "input": whole})
    item = ended(0, "custom_tool_call", **fields, input=whole)
    return [begun(0, "custom_tool_call", **fields, input=""), *deltas, done, item]


CALL = [called(0), *(arguments(0, each) for each in ('{"mo', 'on": ', '"Io"}')), called_out(0, IO)]
CUSTOM = custom("rm", " -rf", " /srv", whole="rm -rf /srv")


@pytest.mark.parametrize("at", range(4))
def test_a_missing_event_of_a_call_is_made_good_by_its_whole(at: int) -> None:
    result = without(at, *CALL, over())
    (call,) = result.response.tool_calls
    assert (call.id, call.name, call.arguments, call.complete) == ("call_0", "look_up", {"moon": "Io"}, True)
    assert result.error is None


@pytest.mark.parametrize("at", range(6))
def test_a_missing_event_of_a_custom_call_is_made_good_by_its_whole(at: int) -> None:
    result = without(at, *CUSTOM, over(output=[CUSTOM[-1][1]["item"]]))
    (call,) = result.response.tool_calls
    assert (call.id, call.name, call.arguments, call.complete) == ("call_0", "write", "rm -rf /srv", True)
    assert result.error is None


@pytest.mark.parametrize("numbered", [True, False])
def test_a_custom_call_that_came_to_no_end_is_cut(numbered: bool) -> None:
    for events in ([*CUSTOM[:3], over()], [CUSTOM[0], over()]):
        result = outcome(sent(CREATED, *events) if numbered else unnumbered(CREATED, *events), api=API)
        assert isinstance(result.error, TruncatedError)
        assert [call.complete for call in result.response.tool_calls] == [False]


@pytest.mark.parametrize("numbered", [True, False])
def test_a_call_that_came_to_no_end_is_taken_from_the_answer_at_its_end(numbered: bool) -> None:
    for call, given in ((CUSTOM, "rm -rf /srv"), (CALL, {"moon": "Io"})):
        for count in (1, 2, 3):
            events = [CREATED, *call[:count], over(output=[call[-1][1]["item"]])]
            result = outcome(sent(*events) if numbered else unnumbered(*events), api=API)
            assert [(call.arguments, call.complete) for call in result.response.tool_calls] == [(given, True)]
            assert result.error is None


def test_a_call_with_a_hole_in_it_is_never_whole() -> None:
    events = [
        called(0),
        arguments(0, '{"a": 1'),
        arguments(0, ', "b": 2'),
        arguments(0, "}"),
        called(1),
        over(),
    ]
    result = without(2, *events)
    assert isinstance(result.error, TruncatedError)
    assert [call.complete for call in result.response.tool_calls] == [False, False]


def unnumbered(*events: Event) -> list[bytes]:
    return [responses_event(kind, None, **fields) for kind, fields in events]


# Events that come late or twice, and servers that do not count.


@pytest.mark.parametrize("later", [1, 2, 3])
@pytest.mark.parametrize("at", range(len(EUROPA)))
def test_an_event_that_comes_again_later_counts_once(at: int, later: int) -> None:
    again = [*EUROPA[: at + later + 1], EUROPA[at], *EUROPA[at + later + 1 :]]
    result = outcome(again, api=API)
    assert (result.response.content, result.error) == ("Europa?!", None)


@pytest.mark.parametrize("at", range(2, len(EUROPA) - 3))
def test_an_event_that_comes_late_is_not_lost(at: int) -> None:
    late = [*EUROPA[:at], *EUROPA[at + 1 : at + 3], EUROPA[at], *EUROPA[at + 3 :]]
    result = outcome(late, api=API)
    assert (result.response.content, result.error) == ("Europa?!", None)


def test_a_citation_that_comes_again_later_counts_once() -> None:
    source = {"type": "url_citation", "url": "https://example.org/io"}
    added: Event = ("output_text.annotation.added", {"output_index": 0, "content_index": 0, "annotation": source})
    whole = ended(0, "message", content=[{"type": "output_text", "text": "Io", "annotations": [source]}])
    events = sent(CREATED, begun(0, "message"), delta("I"), added, delta("o"), whole, over())
    for order in ([0, 1, 2, 3, 4, 3, 5, 6], [0, 1, 2, 4, 5, 6], [0, 1, 2, 4, 3, 5, 6]):
        result = outcome([events[at] for at in order], api=API)
        assert (result.response.citations, result.response.content, result.error) == ((source,), "Io", None)


NUMBERS: dict[str, list[int | None]] = {
    "missing": [None] * 8,
    "all equal": [3] * 8,
    "for each item": [0, 1, 0, 1, 2, 0, 1, 2],
    "begun again": [0, 1, 2, 3, 0, 1, 2, 3],
    "begun again at 1": [0, 1, 2, 3, 1, 2, 3, 4],
    "by tens": [0, 10, 20, 30, 40, 50, 60, 70],
}


@pytest.mark.parametrize("numbers", NUMBERS.values(), ids=NUMBERS)
def test_a_server_whose_sequence_numbers_do_not_count_is_read_in_order_of_arrival(numbers: list[int | None]) -> None:
    events = [
        CREATED,
        begun(0, "message"),
        delta("ha"),
        delta("ha"),
        begun(1, "message"),
        delta("Eu", 1),
        delta("ropa", 1),
    ]
    decoder, texts = open_decoder(API), list[str]()
    for number, (kind, fields) in zip(numbers, [*events, over()], strict=True):
        chunks = decoder.feed(responses_event(kind, number, **fields))
        texts.append("".join(chunk.content for chunk in chunks))
    assert texts == ["", "", "ha", "ha", "", "Eu", "ropa", ""]
    decoder.finish()
    assert (decoder.error, decoder.notes) == (None, [])


def test_what_waits_is_bounded() -> None:
    decoder = open_decoder(API, cap=4096)
    events = sent(CREATED, begun(0, "message"), *[delta("Io" * 500) for _ in range(9)])
    result = drive(decoder, [*events[:3], *events[4:]])
    assert isinstance(result.error, LimitExceeded)
    assert len(result.response.content) > 4096
