"""Every recorded answer of a real provider, through the recorder and a file: bytes, times, chunks and Response."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest

import streamkit as sk
from streamkit import wire
from streamkit.chunk import Chunk
from streamkit.testing import Script, run_in_virtual_time
from tests.recording.recorded import read
from tests.wire.test_recordings import Recording, lines

Played = tuple[list[tuple[float, Chunk]], dict[str, Any], str]


async def played(stream: sk.Stream) -> Played:
    """Read a stream; return its chunks with their times, the fields of its Response, and its end."""
    clock, chunks, end = asyncio.get_running_loop().time, list[tuple[float, Chunk]](), "complete"
    try:
        async for chunk in stream.chunks():
            chunks.append((round(clock(), 6), chunk))
    except sk.StreamError as error:
        end = f"{type(error).__name__}: {error.message}"
    return chunks, stream.response.model_dump(), end


def reads_of(body: bytes, seed: str) -> list[bytes]:
    """Cut a body anywhere, as a network does."""
    dice, found, at = random.Random(seed), list[bytes](), 0
    while at < len(body):
        size = dice.choice((1, 3, 200, 1_000, 16_384))
        found.append(body[at : at + size])
        at += size
    return found


def by_time(reads: Iterable[tuple[float, bytes | Chunk]]) -> dict[float, bytes]:
    found: dict[float, bytes] = {}
    for seconds, data in reads:
        assert isinstance(data, bytes)
        found[round(seconds, 6)] = found.get(round(seconds, 6), b"") + data
    return found


def check(recording: Recording, folder: Path, file: Path) -> bool:
    """Record an answer and play it; return whether fields were emptied."""
    line, call = recording.line, recording.call
    reads = reads_of((folder / line["file"]).read_bytes(), line["file"])
    script = Script(chain.from_iterable((0.007, read) for read in reads))
    live = script.stream("?", api=call["api"], vendor=call["vendor"], n=call["choices"], record=file)
    expected = run_in_virtual_time(played(live))
    found = read(file)
    again = run_in_virtual_time(played(sk.open_recording(file)))
    if found.header.blanked:  # the echo of the request is not in the events any more
        assert without_payloads(again) == without_payloads(expected), line["file"]
        return True
    assert found.header.scrubbed == 0
    # An event that waited for its end is a read of its own, of the same time.
    assert by_time(found.reads) == by_time(((at + 1) * 0.007, data) for at, data in enumerate(reads))
    assert again == expected, line["file"]
    return False


def without_payloads(given: Played) -> Played:
    chunks, response, end = given
    return [(at, msgspec.structs.replace(chunk, payload=None)) for at, chunk in chunks], response, end


@pytest.mark.parametrize(
    ("variable", "fixture"), [("STREAMKIT_WIRE", "wire_dir"), ("STREAMKIT_WIRE_MORE", "wire_more_dir")]
)
def test_every_recording_of_a_provider_comes_back(
    variable: str, fixture: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder: Path = request.getfixturevalue(fixture)
    found = [each for each in lines(variable) if each.line["api"] in wire.APIS]
    blanked = [each for at, each in enumerate(found) if check(each, folder, tmp_path / f"{at}.jsonl")]
    assert len(found) > 50
    assert {each.line["api"] for each in blanked} == {"openai.responses"}
