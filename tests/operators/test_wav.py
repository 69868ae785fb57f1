"""``wav`` and ``patch_wav``: files that ``wave`` and ``soundfile`` open, streamed or whole."""

from __future__ import annotations

import importlib
import io
import struct
import wave
from pathlib import Path
from typing import Any, assert_type

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, rechunk
from tests.audio.sound import pcm16, spoken
from tests.operators.test_audio import RECORDINGS

soundfile: Any = importlib.import_module("soundfile")  # it has no types
HEADER = 44
SOUND = pcm16(1_000)


def fragments(sound: list[bytes], **options: Any) -> list[bytes]:
    return list(sk.flow(rx.from_iterable(sound)).pipe(ops.wav(**options)))


def opened(file: bytes) -> tuple[tuple[int, int, int, int], bytes]:
    """Open with the standard library: channels, width, rate and frames as it counts them, and the sound."""
    with wave.open(io.BytesIO(file)) as found:
        return found.getparams()[:4], found.readframes(len(file))


def patched(file: bytes) -> bytes:
    saved = io.BytesIO(file)
    sk.patch_wav(saved)
    return saved.getvalue()


@given(st.integers(0, 2**32), st.integers(0, 1))
def test_streamed_patched_and_whole_files_are_the_same_sound(seed: int, cut: int) -> None:
    sound = rechunk(SOUND + b"x" * cut, seed=seed)
    streamed, whole = b"".join(fragments(sound)), fragments(sound, whole=True)
    assert whole == [patched(streamed)]
    assert opened(whole[0]) == ((1, 2, 24_000, 1_000), SOUND)
    assert opened(streamed)[1] == SOUND  # `wave` believes the header, so only what it reads counts


def test_soundfile_finds_every_sample_in_all_three() -> None:
    streamed = b"".join(fragments([SOUND]))
    for file in (streamed, patched(streamed), *fragments([SOUND], whole=True)):
        found, rate = soundfile.read(io.BytesIO(file), dtype="int16")
        assert (found.tobytes(), rate) == (SOUND, 24_000)


@pytest.mark.parametrize("name", RECORDINGS)
async def test_a_recording_becomes_a_file(wire_dir: Path, name: str) -> None:
    stream = Script([(wire_dir / name).read_bytes()]).stream()
    file = await stream.pipe(ops.audio(), ops.wav(whole=True))
    sound = stream.response.audio
    assert opened(file) == ((1, 2, 24_000, len(sound) // 2), sound)
    assert soundfile.info(io.BytesIO(file)).frames == len(sound) // 2
    assert file == patched(b"".join([fragment async for fragment in stream.pipe(ops.audio(), ops.wav())]))


async def test_the_header_comes_with_the_first_sound_and_waits_for_nothing() -> None:
    stream = Script([*spoken("Io", SOUND[:7]), None]).stream()
    async with stream:
        flow = aiter(stream.pipe(ops.audio(), ops.wav()))
        header, first = await anext(flow), await anext(flow)
    assert (len(header), header[:4], first) == (HEADER, b"RIFF", SOUND[:6])


def test_emitted_bytes_are_whole_samples_so_that_a_file_may_end_anywhere() -> None:
    found = fragments([b"abc", b"d", b"e", b"fghi", b"j"], channels=2)
    assert found[1:] == [b"abcd", b"efgh"]


@pytest.mark.parametrize(("channels", "width"), [(1, 1), (2, 2), (1, 3), (6, 4), (3, 1)])
def test_any_layout_of_samples(channels: int, width: int) -> None:
    sound = bytes(range(3 * channels * width))
    for file in (
        fragments([sound], channels=channels, width=width, rate=8_000, whole=True),
        [patched(b"".join(fragments([sound], channels=channels, width=width, rate=8_000)))],
    ):
        assert opened(file[0]) == ((channels, width, 8_000, 3), sound)
        assert soundfile.info(io.BytesIO(file[0])).frames == 3
        assert len(file[0]) % 2 == 0


def test_no_sound_makes_an_empty_file() -> None:
    for options in ({}, {"whole": True}):
        (file,) = fragments([], **options)
        assert opened(file) == ((1, 2, 24_000, 0), b"")


def test_an_error_comes_instead_of_a_whole_file() -> None:
    lost = sk.TransportError("lost")
    for whole, count in ((True, 0), (False, 2)):
        found: list[Any] = []
        source = rx.concat(rx.of(SOUND), rx.throw(lost))
        source.pipe(ops.wav(whole=whole)).subscribe(found.append, found.append)
        assert (len(found) - 1, found[-1]) == (count, lost)


def test_the_header_of_a_saved_file_is_patched_once(tmp_path: Path) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(b"".join(fragments([b"abc"], width=1)))
    for _ in range(2):
        sk.patch_wav(path)
        assert opened(path.read_bytes()) == ((1, 1, 24_000, 3), b"abc")
    assert path.stat().st_size == HEADER + 4
    assert struct.unpack_from("<I", path.read_bytes(), 4) == (HEADER + 4 - 8,)


def test_a_file_cut_by_a_full_disk_is_patched_to_whole_samples() -> None:
    assert opened(patched(b"".join(fragments([SOUND]))[:-1])) == ((1, 2, 24_000, 999), SOUND[:-2])


@pytest.mark.parametrize("file", [b"", b"RIFF", b"ID3" + bytes(60), b"RIFF" + bytes(40)])
def test_what_wav_has_not_written_is_not_patched(file: bytes) -> None:
    saved = io.BytesIO(file)
    with pytest.raises(sk.ConfigurationError, match=r"no WAV file that wav\(\) has written"):
        sk.patch_wav(saved)
    assert saved.getvalue() == file


def test_an_unwritable_path_raises(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.wav", tmp_path):
        with pytest.raises(sk.ConfigurationError, match="cannot be written: "):
            sk.patch_wav(path)


def test_numbers_that_no_sound_has_are_refused_at_once() -> None:
    with pytest.raises(sk.ConfigurationError, match="rate=-1"):
        ops.wav(rate=-1)


async def test_a_reader_that_has_enough_stops_the_call() -> None:
    stream = Script([*spoken(SOUND, SOUND), None]).stream()
    assert len(await stream.pipe(ops.audio(), ops.wav(), rxops.take(2))) == len(SOUND)
    assert stream.state == "stopped"


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(rx.of(b"").pipe(ops.wav(whole=True)), Observable[bytes])
