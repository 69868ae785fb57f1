"""``speech_segments``: the sentences of a spoken answer, each with its sound."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import pytest
import reactivex as rx
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event
from tests.audio.sound import DONE, loud, quiet, spoken
from tests.operators.test_audio import RECORDINGS


@pytest.mark.parametrize("name", RECORDINGS)
async def test_a_recording_of_one_word_is_one_segment(wire_dir: Path, name: str) -> None:
    stream = Script([(wire_dir / name).read_bytes()]).stream()
    (found,) = [segment async for segment in stream.pipe(ops.speech_segments())]
    assert (found.text, found.audio, found.start_ms, found.estimated) == ("Hello", stream.response.audio, 0, True)
    assert found.end_ms == len(found.audio) / 48


async def test_a_transcript_that_runs_ahead_is_paired_with_its_sound() -> None:
    sound = loud(900) + quiet(300) + loud(1_000)
    fragments = ["Io has no", " ice. ", sound[:19_201], "Europa has.", sound[19_201:60_001], sound[60_001:]]
    stream = Script([*spoken(*fragments), DONE]).stream()
    one, two = [segment async for segment in stream.pipe(ops.speech_segments())]
    assert (one.text, two.text) == ("Io has no ice. ", "Europa has.")
    assert 1_000 <= one.end_ms <= 1_100
    assert (two.start_ms, two.end_ms, one.audio + two.audio) == (one.end_ms, 2_200, sound)


async def test_choice_0_is_taken_by_default() -> None:
    stream = Script([*spoken("Io", loud(10)), *spoken("Titan", loud(20), index=1), DONE]).stream(n=2)
    assert (await stream.pipe(ops.speech_segments()).last()).text == "Io"
    found = await stream.pipe(ops.speech_segments(choice=1)).last()
    assert (found.text, found.end_ms) == ("Titan", 20)


async def test_a_written_answer_has_none() -> None:
    stream = Script([chat_event({"content": "Io"}, finish="stop"), DONE]).stream()
    assert [segment async for segment in stream.pipe(ops.speech_segments())] == []


async def test_a_cut_answer_has_only_its_error() -> None:
    with pytest.raises(sk.TruncatedError):
        async for _ in Script(spoken("Io. Titan.", loud(10))).stream().pipe(ops.speech_segments()):
            pytest.fail("how long the sound would have been is not known")


def test_numbers_that_no_sound_has_are_refused_at_once() -> None:
    with pytest.raises(sk.ConfigurationError, match="channels=0"):
        ops.speech_segments(channels=0)


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script([]).stream().pipe(ops.speech_segments()), sk.Flow[sk.SpeechSegment])
    assert_type(rx.of(sk.Chunk()).pipe(ops.speech_segments(choice=1)), Observable[sk.SpeechSegment])
