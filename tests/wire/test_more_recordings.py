"""Recorded streams that nobody had seen when the decoders were written decode to what was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamkit import wire
from streamkit.chunk import Usage
from streamkit.testing import rechunk
from tests.wire.test_recordings import Recording, assert_same, assert_same_however_split, lines, recordings

every_recording = recordings(*lines("STREAMKIT_WIRE_MORE"))


@pytest.fixture
def recording(wire_more_dir: Path, request: pytest.FixtureRequest) -> Recording:
    line = request.param.line
    return Recording(line, (wire_more_dir / line["file"]).read_bytes())


@every_recording
def test_a_recording_says_what_was_sent(recording: Recording) -> None:
    response, expect = wire.reduce(recording.line["api"], recording.body, recording.line["provider"]), recording.expect
    usage = response.usage or Usage()
    assert response.state == "complete"
    assert (response.content, response.thinking, response.refusal) == (
        *(expect["text"], expect["thinking"], expect["refusal"]),
    )
    # A shell command, which the client answers like a call, does not count as a tool in the manifest.
    calls = [call for call in response.tool_calls if call.kind != "local_shell_call"]
    assert [(call.name, call.arguments, call.complete) for call in calls] == [
        (call["name"], call["arguments"], True) for call in expect["tools"]
    ]
    assert response.finish_reasons == [expect["finish_reason"]]
    assert (usage.input_tokens, usage.output_tokens) == (expect["input_tokens"], expect["output_tokens"])


@every_recording
def test_a_recording_read_byte_by_byte_is_the_same(recording: Recording) -> None:
    assert_same(recording.outcome(*rechunk(recording.body, size=1)), recording.outcome(recording.body))


@every_recording
def test_a_recording_split_anywhere_is_the_same(recording: Recording) -> None:
    assert_same_however_split(recording)
