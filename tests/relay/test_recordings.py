"""Every recorded answer is the same near and far: chunks, Response, message and error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import streamkit as sk
from tests.wire.test_recordings import Recording, lines, recordings

ALL = [("STREAMKIT_WIRE", "wire_dir"), ("STREAMKIT_WIRE_MORE", "wire_more_dir")]
FIXTURES = {each.line["file"]: fixture for variable, fixture in ALL for each in lines(variable)}
every_recording = recordings(*(each for variable, _ in ALL for each in lines(variable)))


@pytest.fixture
def recording(request: pytest.FixtureRequest) -> Recording:
    line = getattr(request.param, "line", None)
    folder: Path = request.getfixturevalue(FIXTURES[line["file"]] if line else "wire_dir")
    assert line is not None
    return Recording(line, (folder / line["file"]).read_bytes())


async def reads(body: bytes, size: int = 4_096) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@every_recording
async def test_a_recorded_answer_is_the_same_far_away(recording: Recording, log: sk.RedisLog) -> None:
    vendor, api = recording.line["provider"], recording.line["api"]
    stream = sk.from_async(reads(recording.body), api=api, vendor=vendor)
    near = await stream.publish_to(log, "a")
    far = sk.from_log(log, "a")
    error: sk.StreamError | None = None
    try:
        await far
    except sk.StreamError as raised:
        error = raised
    assert far.response == near
    assert (far.response.message_param, far.response.cost) == (near.message_param, near.cost)
    assert far.log is not None
    assert stream.log is not None
    assert stream.log.end is not None
    ended = stream.log.end.error
    assert (type(error), str(error)) == (type(ended), str(ended))
    read = far.log.read(0, far.log.length)
    wrote = stream.log.read(0, stream.log.length)
    assert [each.model_dump() for each in read] == [each.model_dump() for each in wrote]
