"""Recorded streams of real providers decode to the same chunks with the second path and without it."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from tests.wire.second_path import seen
from tests.wire.test_recordings import Recording, lines, recordings

SPLITS = 2


@pytest.fixture
def recording(wire_dir: Path, wire_more_dir: Path, request: pytest.FixtureRequest) -> Recording:
    line = request.param.line
    folder = next(each for each in (wire_dir, wire_more_dir) if (each / line["file"]).is_file())
    return Recording(line, (folder / line["file"]).read_bytes())


@recordings(*lines(), *lines("STREAMKIT_WIRE_MORE"))
def test_a_recording_has_the_same_chunks_without_the_second_path_however_it_is_split(recording: Recording) -> None:
    body = recording.body
    for seed in range(SPLITS):
        rng = random.Random(seed)
        cuts = sorted(rng.sample(range(1, len(body)), int(50 ** rng.random())))
        fragments = [body[start:stop] for start, stop in pairwise([0, *cuts, len(body)])]
        assert seen(fragments, second=True, **recording.call) == seen(fragments, second=False, **recording.call)
