"""The events of every recording, folded back, are its Response, however its bytes and its deltas are cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import pytest

import streamkit as sk
from streamkit import events
from streamkit.events import Event
from streamkit.testing import rechunk
from streamkit.wire import open_decoder
from tests.events.reading import check_blocks, check_order, coalesced, derive, recut, refold, summary
from tests.wire.outcome import Outcome, drive
from tests.wire.test_recordings import Recording, lines, recordings
from tests.wire.test_whole_recordings import answers

ALL = [("STREAMKIT_WIRE", "wire_dir"), ("STREAMKIT_WIRE_MORE", "wire_more_dir")]
FIXTURES = {each.line["file"]: fixture for variable, fixture in ALL for each in lines(variable)}
every_recording = recordings(*(each for variable, _ in ALL for each in lines(variable)))


@pytest.fixture
def recording(request: pytest.FixtureRequest) -> Recording:
    line = getattr(request.param, "line", None)
    folder: Path = request.getfixturevalue(FIXTURES[line["file"]] if line else "wire_dir")
    assert line is not None
    return Recording(line, (folder / line["file"]).read_bytes())


def events_of(outcome: Outcome) -> list[Event]:
    return derive(outcome.chunks, outcome.error)


def assert_same(found: list[Event], response: sk.Response, *, failed: bool = False) -> None:
    expected = {each.index: summary(each, failed=failed) for each in response.choices}
    assert {at: each for at, each in refold(found).items() if at in expected} == expected
    reported = [event.usage for event in found if isinstance(event, events.UsageReport)]
    assert reported == [] if response.usage is None else reported == [response.usage]


@every_recording
def test_the_events_of_a_recording_fold_back_to_its_response(recording: Recording) -> None:
    outcome = recording.outcome(recording.body)
    found = events_of(outcome)
    assert_same(found, outcome.response, failed=outcome.error is not None)
    opened = check_blocks(found)
    check_order(found)
    finishes = [event for event in found if isinstance(event, events.Finish)]
    if outcome.error is None:
        assert (opened, len(finishes)) == ([], len(outcome.response.choices))
        assert {(each.id, each.model) for each in finishes} == {(outcome.response.id, outcome.response.model)}
    else:
        assert isinstance(last := found[-1], events.Error)
        assert (last.error, sorted(last.blocks), finishes) == (outcome.error, sorted(opened), [])


@every_recording
def test_the_cut_of_a_recording_does_not_matter(recording: Recording) -> None:
    whole = recording.outcome(recording.body)
    found = coalesced(events_of(whole))
    for seed in range(3):
        split = recording.outcome(*rechunk(recording.body, seed=seed))
        assert seen(coalesced(events_of(split))) == seen(found)
        assert seen(coalesced(derive(recut(whole.chunks, seed), whole.error))) == seen(found)


def seen(found: list[Event]) -> list[object]:
    """Make errors comparable."""
    return [
        (type(each), each.id, str(each.error)) if isinstance(each, events.Error | events.ToolInputError) else each
        for each in found
    ]


@every_recording
def test_a_recording_that_is_cut_ends_in_an_error_that_names_the_open_blocks(recording: Recording) -> None:
    chunks = recording.outcome(recording.body).chunks
    step = max(1, len(chunks) // 40)
    for count in range(1, len(chunks), step):
        error = sk.TruncatedError("The answer is cut.")
        found = derive(chunks[:count], error)
        opened = check_blocks(found)
        assert isinstance(last := found[-1], events.Error)
        assert (last.error, sorted(last.blocks)) == (error, sorted(opened))


def test_answers_in_one_body_have_the_same_content(wire_dir: Path) -> None:
    for line, streamed, body in answers(wire_dir):
        data = json.dumps(body).encode()
        decoder = open_decoder(line["api"], vendor=line["provider"], choices=len(streamed.choices), whole=True)
        outcome = drive(decoder, [data])
        found = events_of(outcome)
        assert_same(found, outcome.response)
        assert check_blocks(found) == []
        check_order(found)
        assert cast("events.Finish", found[-1]).finish_reasons == outcome.response.choices[-1].finish_reasons
