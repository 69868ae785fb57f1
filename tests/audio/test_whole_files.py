"""Sound that is a WAV file, as of a call with ``stream=False``: its samples at its own layout; other formats raise."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import struct
import sys
import wave
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, rechunk
from tests.audio.sound import pcm16
from tests.audio.test_player import Speaker

SOUND = pcm16(1_000)
LIST = b"LIST" + struct.pack("<I", 5) + b"notes\0"
MP3 = (b"\xff\xf3\x64\xc4" + bytes(140)) * 3  # frames of 48 kbit/s at 24,000 samples a second: 144 bytes each
AAC = (b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9)) * 3  # frames of 16 bytes
OTHERS = {
    "mp3": [MP3, b"ID3\x04\x00\x00\x00\x00\x00\x00" + MP3],
    "aac": [AAC],
    "flac": [b"fLaC" + bytes(40)],
    "ogg": [b"OggS" + bytes(40)],
}


def wav_file(sound: bytes = SOUND, *, rate: int = 16_000, channels: int = 2, width: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(sound)
    return file.getvalue()


def with_chunks(file: bytes, *, size: int | None = None) -> bytes:
    """Put a chunk before the one of the samples, and one behind; ``size`` replaces the size of the samples."""
    given = file[40:44] if size is None else struct.pack("<I", size)
    return file[:36] + LIST + b"data" + given + file[44:] + (LIST if size is None else b"")


def extensible(file: bytes, kind: int = 1) -> bytes:
    layout = b"\xfe\xff" + file[22:36] + struct.pack("<HHIH", 22, 16, 3, kind) + bytes(14)
    return file[:16] + struct.pack("<I", len(layout)) + layout + file[36:]


FILES = {
    "plain": wav_file(),
    "with other chunks": with_chunks(wav_file()),
    "of open size": with_chunks(wav_file(), size=0xFFFFFFFF),
    "of no size": with_chunks(wav_file(), size=0),
    "extensible": extensible(wav_file()),
}


def played(sound: bytes, parts: list[bytes] | None = None, **options: Any) -> list[bytes]:
    return list(sk.flow(rx.from_iterable([sound] if parts is None else parts)).pipe(ops.pcm_frames(10, **options)))


def answer(sound: bytes, transcript: str = "Io. Europa.") -> sk.Stream:
    audio = {"id": "a", "data": base64.b64encode(sound).decode(), "expires_at": 1, "transcript": transcript}
    message = {"role": "assistant", "content": None, "audio": audio}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return Script([json.dumps(body).encode()]).stream("?", stream=False)


@pytest.mark.parametrize("name", FILES)
@given(seed=st.integers(0, 2**32))
def test_frames_are_samples_of_the_file_at_its_own_rate_and_channels(name: str, seed: int) -> None:
    frames = played(b"", rechunk(FILES[name], seed=seed))
    assert b"".join(frames) == SOUND
    assert {len(frame) for frame in frames[:-1]} == {160 * 4}


def test_what_follows_the_samples_is_not_sound() -> None:
    assert b"".join(played(with_chunks(wav_file()))) == SOUND


def test_a_last_frame_is_padded_with_the_silence_of_the_file() -> None:
    (frame,) = played(wav_file(bytes(10), rate=8_000, channels=1, width=1), pad=True)
    assert frame == bytes(10) + b"\x80" * 70


@pytest.mark.parametrize("name", FILES)
@given(seed=st.integers(0, 2**32))
def test_a_file_is_emitted_as_it_came_and_not_inside_another(name: str, seed: int) -> None:
    parts = rx.from_iterable(rechunk(FILES[name], seed=seed))
    assert b"".join(sk.flow(parts).pipe(ops.wav())) == FILES[name]
    assert list(sk.flow(parts).pipe(ops.wav(whole=True))) == [FILES[name]]


def test_an_answer_in_one_body_is_a_file_everywhere() -> None:
    stream = answer(wav_file())
    _, audio = stream.split_audio()
    assert (audio.first().run(), stream.response.audio) == (wav_file(), wav_file())
    assert audio.pipe(ops.wav(whole=True)).run() == wav_file()
    segments = list(stream.pipe(ops.speech_segments()))
    assert b"".join(segment.audio for segment in segments) == SOUND
    assert segments[-1].end_ms == 500 / 16  # 500 samples of both channels


def test_the_spoken_text_is_measured_in_samples_of_the_file() -> None:
    response = answer(wav_file(bytes(32_000), channels=1), "Europa has an ocean.").run()
    assert sk.spoken_text(response, 500) == "Europa has"
    assert sk.spoken_text(response, 5_000) == "Europa has an ocean."


async def test_a_player_plays_the_samples_of_a_file() -> None:
    speaker = Speaker()
    player = sk.Player(answer(wav_file()).split_audio()[1], rate=16_000, channels=2, output=speaker)
    await player.play()
    assert (b"".join(speaker.frames), player.played_ms) == (SOUND, 500 / 16)


async def test_an_output_of_another_layout_is_not_played_to() -> None:
    speaker = Speaker()
    player = sk.Player(answer(wav_file()).split_audio()[1], output=speaker)
    with pytest.raises(sk.ConfigurationError, match="rate=16000, channels=2, width=2"):
        await player.play()
    assert (speaker.frames, speaker.calls) == ([], ["start", "stop", "close"])


async def test_a_sound_device_is_opened_again_for_the_layout_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    speakers: list[Speaker] = []
    layouts: list[tuple[int, int, str]] = []

    def open_device(*, device: object, samplerate: int, channels: int, dtype: str) -> Speaker:
        layouts.append((samplerate, channels, dtype))
        speakers.append(Speaker())
        return speakers[-1]

    devices = ModuleType("sounddevice")
    vars(devices).update(RawOutputStream=open_device, PortAudioError=OSError)
    monkeypatch.setitem(sys.modules, "sounddevice", devices)
    monkeypatch.setattr(importlib.util, "find_spec", {"sounddevice": "is there"}.get)
    player = sk.Player(answer(wav_file()).split_audio()[1])
    await player.play()
    assert layouts == [(24_000, 1, "int16"), (16_000, 2, "int16")]
    assert (speakers[0].frames, speakers[0].calls) == ([], ["start", "abort", "close"])
    assert (b"".join(speakers[1].frames), speakers[1].calls) == (SOUND, ["start", "stop", "close"])
    assert player.played_ms == 500 / 16


USES: dict[str, Callable[[sk.Stream], object]] = {
    "pcm_frames": lambda stream: list(stream.split_audio()[1].pipe(ops.pcm_frames(20))),
    "wav": lambda stream: list(stream.split_audio()[1].pipe(ops.wav())),
    "a whole wav": lambda stream: list(stream.split_audio()[1].pipe(ops.wav(whole=True))),
    "speech_segments": lambda stream: list(stream.pipe(ops.speech_segments())),
    "spoken_text": lambda stream: sk.spoken_text(stream.run(), 10),
    "Player": lambda stream: sk.Player(stream.split_audio()[1], output=Speaker()).run(),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", OTHERS)
def test_another_format_is_an_error_that_names_it(name: str, use: str) -> None:
    for sound in OTHERS[name]:
        with pytest.raises(sk.ConfigurationError, match=f"(?i)this sound is {name}"):
            USES[use](answer(sound))


@pytest.mark.parametrize("name", OTHERS)
@given(seed=st.integers(0, 2**32))
def test_another_format_is_found_however_the_bytes_are_cut(name: str, seed: int) -> None:
    for sound in OTHERS[name]:
        with pytest.raises(sk.ConfigurationError):
            played(b"", rechunk(sound, seed=seed))


@pytest.mark.parametrize("begin", [b"\xff\xfb\x90\x00", b"\xff\xf1\x50\x80", b"RIFT", b"ID3\xff", b"Og", b"\xff", b"R"])
def test_raw_sound_may_begin_with_any_bytes(begin: bytes) -> None:
    whole = begin + b"\1" * (len(begin) % 2)
    for sound in (whole + SOUND, whole):
        assert b"".join(played(sound, rechunk(sound, size=1))) == sound
        assert b"".join(sk.flow(rx.of(sound)).pipe(ops.wav()))[44:] == sound


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (extensible(wav_file(), kind=3), "format 3"),
        (wav_file()[:20] + b"\x07\0" + wav_file()[22:], "format 7"),
        (wav_file()[:30], "cut"),
        (wav_file()[:12] + wav_file()[36:], "no layout"),
        (wav_file()[:34] + b"\x0c\0" + wav_file()[36:], "12 bits"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(file: bytes, message: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=message):
        played(file)


def test_frames_that_are_no_whole_samples_at_the_rate_of_the_file_are_an_error() -> None:
    with pytest.raises(sk.ConfigurationError, match="at 11025 a second"):
        played(wav_file(rate=11_025))


def test_the_error_of_a_call_comes_before_that_of_its_sound() -> None:
    sound = rx.concat(rx.of(wav_file()[:30]), rx.throw(sk.TransportError("lost")))
    with pytest.raises(sk.TransportError):
        list(sk.flow(sound).pipe(ops.pcm_frames(10)))
