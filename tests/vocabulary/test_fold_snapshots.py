"""Snapshots give the fold of the first chunks, whatever the chunks are and in whatever order they are asked for."""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FunctionType

import pytest

from streamkit.chunk import Chunk, ToolCallDelta
from streamkit.fold import Fold
from streamkit.fold_snapshots import Snapshots
from streamkit.response import Response
from tests.wire.test_recordings import EVERY, Recording, recordings

EACH = 3  # chunks from one snapshot to the next


def folded(chunks: Sequence[Chunk]) -> Response:
    fold = Fold()
    fold.add(chunks)
    return fold.response()


@pytest.fixture
def recording(wire_dir: Path, request: pytest.FixtureRequest) -> Recording:
    line = request.param.line
    return Recording(line, (wire_dir / line["file"]).read_bytes())


@recordings(*EVERY)
def test_every_moment_of_a_recording_is_the_fold_of_the_chunks_before(recording: Recording) -> None:
    chunks = recording.outcome(recording.body).chunks
    rng = random.Random(len(recording.body))
    moments = [0, len(chunks), *rng.sample(range(len(chunks) + 1), k=min(8, len(chunks) + 1))]
    snapshots = Snapshots(lambda at, count: chunks[at : at + count], every=EACH)
    assert [snapshots.fold_of(each).response() for each in moments] == [folded(chunks[:each]) for each in moments]


class Counted:
    """Chunks that count how many of them are read."""

    def __init__(self, chunks: list[Chunk]) -> None:
        self.count = 0
        self._chunks = chunks

    def read(self, position: int, limit: int) -> list[Chunk]:
        found = self._chunks[position : position + limit]
        self.count += len(found)
        return found


def test_a_moment_reads_no_more_than_the_chunks_since_a_snapshot() -> None:
    source = Counted([Chunk(content=f"{each} ") for each in range(3_000)])
    snapshots = Snapshots(source.read)
    assert source.count == 0
    snapshots.fold_of(3_000)
    for moment in (2_999, 1, 1_500, 255, 256, 257):
        before = source.count
        assert snapshots.fold_of(moment).count == moment
        assert source.count - before < 256


def reachable(start: object) -> list[object]:
    """Return what an object refers to, once each; without code."""
    found: dict[int, object] = {}
    waiting = [start]
    while waiting:
        each = waiting.pop()
        if id(each) not in found and not isinstance(each, (type, FunctionType)):
            found[id(each)] = each
            waiting += gc.get_referents(each)
    return list(found.values())


def test_snapshots_hold_each_text_once() -> None:
    chunks = [Chunk(content="x" * 20, tool_calls=(ToolCallDelta(arguments="y" * 20),)) for _ in range(256 * 40)]
    snapshots = Snapshots(lambda at, count: chunks[at : at + count])
    snapshots.fold_of(len(chunks))
    gc.collect()
    held = [each for each in reachable(snapshots) if isinstance(each, str)]
    assert 40 * len(chunks) <= sum(map(sys.getsizeof, held)) < 1.1 * 40 * len(chunks)


def test_what_is_added_to_a_fold_of_the_past_changes_no_other() -> None:
    chunks = [
        Chunk(thinking="Io?", tool_calls=(ToolCallDelta(id="a", name="orbit", arguments='{"a":'),)),
        Chunk(content="Io", tool_calls=(ToolCallDelta(arguments="1}"),)),
    ]
    snapshots = Snapshots(lambda at, count: chunks[at : at + count], every=1)
    past = snapshots.fold_of(1)
    past.add([Chunk(content="Titan", thinking="!", tool_calls=(ToolCallDelta(arguments="2}"),))])
    assert snapshots.fold_of(1).response() == folded(chunks[:1])
    assert snapshots.fold_of(2).response() == folded(chunks)
