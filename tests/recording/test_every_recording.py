"""Every recorded answer of a real provider, through the lines of a file and back: bytes, times, chunks and Response."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit import wire
from streamkit._recording import Header, RecordedEnd, end_line, error_fields, header_line, read_line, read_recording
from streamkit.chunk import Chunk
from streamkit.testing import Script
from tests.wire.test_recordings import Recording, lines

Played = tuple[list[Chunk], dict[str, Any], str]


async def played(stream: sk.Stream) -> Played:
    """Read a stream; return its chunks, the fields of its Response, and its end."""
    chunks, end = list[Chunk](), "complete"
    try:
        async for chunk in stream.chunks():
            chunks.append(chunk)
    except sk.StreamError as error:
        end = f"{type(error).__name__}: {error.message}"
    return chunks, stream.response.model_dump(exclude={"request_id"}), end


def reads_of(body: bytes, seed: str) -> list[bytes]:
    """Cut a body anywhere, as a network does."""
    dice, found, at = random.Random(seed), list[bytes](), 0
    while at < len(body):
        size = dice.choice((1, 3, 200, 1_000, 16_384))
        found.append(body[at : at + size])
        at += size
    return found


def check(recording: Recording, folder: Path, file: Path) -> None:
    line, call = recording.line, recording.call
    reads = reads_of((folder / line["file"]).read_bytes(), line["file"])
    script = Script(reads)
    live = script.stream("?", api=call["api"], vendor=call["vendor"], n=call["choices"])
    expected = asyncio.run(played(live))
    error = None
    if live.response.state == "failed":
        with pytest.raises(sk.StreamError) as caught:
            live.run()
        error = error_fields(caught.value)
    header = Header(
        kind="bytes",
        provider=call["vendor"],
        model="scripted",
        api=call["api"],
        vendor=call["vendor"],
        choices=call["choices"],
        status=200,
        params={"n": call["choices"]},
    )
    times = [round(at * 7.001, 3) for at in range(len(reads))]
    end = RecordedEnd(state=live.response.state, ms=times[-1] if times else 0, error=error)  # pyright: ignore[reportArgumentType] - ended
    file.write_bytes(b"".join([header_line(header), *map(read_line, times, reads), end_line(end)]))
    found = read_recording(file)
    assert [data for _, data in found.reads] == reads
    assert [seconds for seconds, _ in found.reads] == [ms / 1000 for ms in times]
    assert (found.header, found.end) == (header, end)
    assert asyncio.run(played(sk.open_recording(file, speed="max"))) == expected, line["file"]


@pytest.mark.parametrize(
    ("variable", "fixture"), [("STREAMKIT_WIRE", "wire_dir"), ("STREAMKIT_WIRE_MORE", "wire_more_dir")]
)
def test_every_recording_of_a_provider_comes_back(
    variable: str, fixture: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder: Path = request.getfixturevalue(fixture)

    found = [each for each in lines(variable) if each.line["api"] in wire.APIS]
    assert len(found) > 50
    for each in found:
        check(each, folder, tmp_path / "recording.jsonl")
