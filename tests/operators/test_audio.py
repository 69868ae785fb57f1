"""``audio`` and ``transcript``: the sound of one choice, and what it says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, rechunk
from tests.audio.sound import DONE, spoken

RECORDINGS = ["openai/dotnet.ChatWithBasicAudioOutput.0.sse", "openai/dotnet.ChatWithBasicAudioOutputAsync.0.sse"]


@pytest.fixture(params=RECORDINGS)
def recording(request: pytest.FixtureRequest, wire_dir: Path) -> tuple[dict[str, Any], bytes]:
    lines = map(json.loads, (wire_dir / "manifest.jsonl").read_text(encoding="utf-8").splitlines())
    expect = next(line["expect"] for line in lines if line["file"] == request.param)
    return expect, (wire_dir / request.param).read_bytes()


@pytest.mark.parametrize("seed", range(5))
async def test_a_recording_gives_its_sound_and_its_transcript(recording: tuple[Any, bytes], seed: int) -> None:
    expect, body = recording
    stream = Script(rechunk(body, seed=seed)).stream()
    transcript, audio = stream.split_audio()
    sound = [fragment async for fragment in audio]
    assert hashlib.sha256(b"".join(sound)).hexdigest() == expect["audio_sha256"]
    assert (len(sound), await transcript.pipe(ops.join())) == (expect["audio_chunks"], expect["transcript"])


async def test_chunks_without_any_are_left_out() -> None:
    stream = Script([*spoken("Io", b"\1\2", ", ", b"\3"), chat_event({"content": "written"}), DONE]).stream()
    assert [fragment async for fragment in stream.pipe(ops.audio())] == [b"\1\2", b"\3"]
    assert [fragment async for fragment in stream.pipe(ops.transcript())] == ["Io", ", "]


async def test_choice_0_is_taken_by_default() -> None:
    events = [*spoken("Io", b"io"), *spoken("Titan", b"titan", index=1), DONE]
    stream = Script(events).stream(n=2)
    assert await stream.pipe(ops.audio()).to_list() == [b"io"]
    assert await stream.pipe(ops.audio(choice=1)).to_list() == [b"titan"]
    assert await stream.pipe(ops.transcript()).to_list() == ["Io"]
    assert await stream.pipe(ops.transcript(choice=1)).to_list() == ["Titan"]


async def test_what_is_no_raw_sound_passes_untouched() -> None:
    stream = Script([*spoken(b"ID3\4", b"\xff\xfb"), DONE]).stream(audio={"voice": "ash", "format": "mp3"})
    assert [fragment async for fragment in stream.pipe(ops.audio())] == [b"ID3\4", b"\xff\xfb"]


async def test_a_cut_answer_ends_in_its_error_behind_the_sound() -> None:
    sound: list[bytes] = []
    with pytest.raises(sk.TruncatedError) as caught:
        async for fragment in Script(spoken(b"ab", b"cd")).stream().pipe(ops.audio()):
            sound.append(fragment)
    assert sound == [b"ab", b"cd"]
    assert caught.value.partial is not None and caught.value.partial.audio == b"abcd"


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script([]).stream()
    assert_type(stream.pipe(ops.audio()), sk.Flow[bytes])
    assert_type(stream.pipe(ops.transcript(), ops.until("Io")), sk.Flow[str])
    assert_type(stream.pipe(ops.audio(), ops.wav()), sk.Flow[bytes])
    assert_type(rx.of(sk.Chunk()).pipe(ops.audio(choice=1)), Observable[bytes])
    assert_type(stream.split_audio(), tuple[sk.Flow[str], sk.Flow[bytes]])
