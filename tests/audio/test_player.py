"""``Player``: sound reaches an output, its position can be read, and a stop is heard."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import reactivex as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script
from tests.audio.sound import DONE, loud, pcm16, spoken
from tests.programs import SAFETY

SOUND = pcm16(1_000)  # two frames of 20 ms, and 40 samples


class Speaker:
    """An output that notes the calls of its methods; it takes frames only as long as it has room."""

    latency = 0.01

    def __init__(self, room: int = 1_000_000) -> None:
        self.calls: list[str] = []
        self.frames: list[bytes] = []
        self.full = threading.Event()
        self.go_on = threading.Event()
        self._room = room

    def write(self, data: bytes, /) -> None:
        if len(self.frames) == self._room:
            self.full.set()
            self.go_on.wait(10)
        self.frames.append(data)

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def abort(self) -> None:
        self.calls.append("abort")

    def close(self) -> None:
        self.calls.append("close")


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SAFETY):
        while not condition():
            await asyncio.sleep(0.001)


async def test_every_sample_is_played_in_frames_and_heard_to_the_end() -> None:
    speaker, stream = Speaker(), Script([*spoken("Io", SOUND[:7], SOUND[7:]), DONE]).stream()
    player = sk.Player(stream.pipe(ops.audio()), output=speaker)
    assert (player.played_ms, stream.open) == (0, False)
    await player.play()
    assert [len(frame) for frame in speaker.frames] == [960, 960, 80]
    assert (b"".join(speaker.frames), speaker.calls) == (SOUND, ["start", "stop", "close"])
    assert (player.played_ms, stream.state) == (pytest.approx(1_000 / 24), "complete")


async def test_what_is_on_its_way_to_the_ear_has_not_been_played() -> None:
    speaker = Speaker(room=2)
    player = sk.Player(rx.of(loud(100)), output=speaker)
    playing = asyncio.ensure_future(player.play())
    await until(speaker.full.is_set)
    assert player.played_ms == 40 - 10
    speaker.go_on.set()
    await playing
    assert player.played_ms == 100


@pytest.mark.parametrize("in_thread", [False, True])
async def test_a_stop_is_heard_and_stops_the_call(in_thread: bool) -> None:
    speaker, script = Speaker(room=2), Script([*spoken("Io and Titan", loud(100)), None])
    stream = script.stream()
    player = sk.Player(stream.pipe(ops.audio()), output=speaker)
    playing = asyncio.ensure_future(player.play())
    await until(speaker.full.is_set)
    await asyncio.to_thread(player.stop) if in_thread else player.stop()
    speaker.go_on.set()
    await playing
    assert (len(speaker.frames), speaker.calls, player.played_ms) == (3, ["start", "abort", "close"], 50)
    assert (stream.state, stream.response.stopped_by, script.closed) == ("stopped", "Player.stop()", 1)


async def test_a_stop_wakes_a_player_that_waits_for_sound() -> None:
    speaker, script = Speaker(), Script([*spoken(loud(20)), None])
    player = sk.Player(script.stream().pipe(ops.audio()), output=speaker)
    playing = asyncio.ensure_future(player.play())
    await until(lambda: speaker.frames)
    player.stop()
    await asyncio.wait_for(playing, SAFETY)
    assert (speaker.calls, script.closed) == (["start", "abort", "close"], 1)


async def test_another_reader_of_the_call_goes_on_after_a_stop() -> None:
    script = Script([*spoken(loud(20)), 0.02, *spoken("Io"), DONE])
    stream, speaker = script.stream(), Speaker()
    transcript, audio = stream.split_audio()
    player = sk.Player(audio, output=speaker)
    reading, playing = asyncio.ensure_future(transcript.last()), asyncio.ensure_future(player.play())
    await until(lambda: speaker.frames)
    player.stop()
    await playing
    assert (await reading, stream.state, script.opened) == ("Io", "complete", 1)


async def test_a_stop_before_it_plays_opens_and_sends_nothing() -> None:
    speaker, script = Speaker(), Script([])
    player = sk.Player(script.stream().pipe(ops.audio()), output=speaker)
    player.stop()
    await player.play()
    assert (speaker.calls, script.opened) == ([], 0)


async def test_a_stop_while_the_output_opens_leaves_the_call_at_once() -> None:
    class Hasty(Speaker):
        def start(self) -> None:
            super().start()
            player.stop()

    speaker, script = Hasty(), Script([None])
    player = sk.Player(script.stream().pipe(ops.audio()), output=speaker)
    await asyncio.wait_for(player.play(), SAFETY)
    assert (speaker.calls, script.opened) == (["start", "abort", "close"], 0)


async def test_not_even_a_second_cancellation_leaves_the_output_open() -> None:
    class Slow(Speaker):
        def abort(self) -> None:
            self.full.set()
            self.go_on.wait(10)
            super().abort()

    speaker, script = Slow(), Script([*spoken(loud(20)), None])
    playing = asyncio.ensure_future(sk.Player(script.stream().pipe(ops.audio()), output=speaker).play())
    await until(lambda: speaker.frames)
    playing.cancel()
    await until(speaker.full.is_set)
    playing.cancel()
    await asyncio.sleep(0.01)
    speaker.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert speaker.calls == ["start", "abort", "close"]


async def test_a_cancelled_task_is_silent_and_has_closed_everything() -> None:
    speaker, script = Speaker(room=1), Script([*spoken(loud(100)), None])
    playing = asyncio.ensure_future(sk.Player(script.stream().pipe(ops.audio()), output=speaker).play())
    await until(speaker.full.is_set)
    playing.cancel()
    await asyncio.sleep(0.01)
    assert not playing.done(), "two threads would have used one output"
    speaker.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert (len(speaker.frames), speaker.calls, script.closed) == (2, ["start", "abort", "close"], 1)


async def test_a_cut_answer_is_heard_as_far_as_it_came_and_then_raises() -> None:
    speaker = Speaker()
    with pytest.raises(sk.TruncatedError):
        await sk.Player(Script(spoken(SOUND)).stream().pipe(ops.audio()), output=speaker).play()
    assert (b"".join(speaker.frames), speaker.calls) == (SOUND, ["start", "stop", "close"])


async def test_an_output_that_fails_is_closed_and_its_error_passes() -> None:
    class Broken(Speaker):
        def write(self, data: bytes, /) -> None:
            raise OSError("unplugged")

    speaker, script = Broken(), Script([*spoken(SOUND), None])
    with pytest.raises(OSError, match="unplugged"):
        await sk.Player(script.stream().pipe(ops.audio()), output=speaker).play()
    assert (speaker.calls, script.closed) == (["start", "abort", "close"], 1)


async def test_a_call_that_runs_ahead_of_the_ear_is_held_back_and_the_loop_is_free() -> None:
    speaker, script = Speaker(room=1), Script([*spoken(*[loud(20)] * 3_000), DONE])
    playing = asyncio.ensure_future(sk.Player(script.stream().pipe(ops.audio()), output=speaker).play())
    await until(speaker.full.is_set)
    sent = -1
    while sent != script.sent:
        sent = script.sent
        await asyncio.sleep(0.02)
    assert sent < 500
    speaker.go_on.set()
    await playing
    assert (len(speaker.frames), script.sent) == (3_000, len(script.steps))


def test_sync_code_runs_it() -> None:
    speaker = Speaker()
    sk.Player(Script([*spoken(SOUND), DONE]).stream().pipe(ops.audio()), output=speaker).run()
    assert b"".join(speaker.frames) == SOUND


async def test_the_sync_door_is_closed_inside_a_loop() -> None:
    with pytest.raises(sk.ConfigurationError, match=r"run\(\) would block"):
        sk.Player(rx.of(SOUND), output=Speaker()).run()


async def test_it_plays_once() -> None:
    player = sk.Player(rx.of(SOUND), output=Speaker())
    await player.play()
    with pytest.raises(sk.ConfigurationError, match="has played: make another one"):
        await player.play()


def test_numbers_that_no_sound_has_are_refused_at_once() -> None:
    with pytest.raises(sk.ConfigurationError, match="rate=0"):
        sk.Player(rx.of(SOUND), rate=0, output=Speaker())


def test_without_sounddevice_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", {"sounddevice": None}.__getitem__)
    with pytest.raises(sk.ConfigurationError, match=r"pip install 'sounddevice>=0\.5'"):
        sk.Player(rx.of(SOUND))
    sk.Player(rx.of(SOUND), output=Speaker())


FAKE = """
class PortAudioError(Exception):
    pass

def RawOutputStream(**given):
    raise PortAudioError(f"no such device: {given}")
"""


@pytest.mark.parametrize(
    ("module", "says"),
    [
        ("raise OSError('PortAudio library not found')", "PortAudio library not found. On Debian and Ubuntu: apt inst"),
        ("raise RuntimeError('Error initializing PortAudio')", "sounddevice cannot be used here: Error initializing"),
        (FAKE, "No sound device .*'device': 'hifi', 'samplerate': 48000, 'channels': 2, 'dtype': 'int16'"),
    ],
)
def test_a_sounddevice_that_cannot_play_says_why(
    module: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file stands in for the package: on a machine without PortAudio or a device it fails in these two ways."""
    (tmp_path / "sounddevice.py").write_text(module)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    given: Any = {"rate": 48_000, "channels": 2, "device": "hifi"}
    with pytest.raises(sk.ConfigurationError, match=says):
        sk.Player(rx.of(SOUND), **given).run()
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
