"""``pcm_frames``: raw sound in frames of one length, exact to the sample."""

from __future__ import annotations

from typing import Any, assert_type

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import rechunk
from tests.audio.sound import pcm16


def frames(sound: list[bytes], *given: Any, **options: Any) -> list[bytes]:
    return list(sk.flow(rx.from_iterable(sound)).pipe(ops.pcm_frames(*given, **options)))


@given(seed=st.integers(0, 2**32), samples=st.integers(0, 5_000), cut=st.integers(0, 1))
def test_any_cut_of_the_bytes_gives_the_same_frames(seed: int, samples: int, cut: int) -> None:
    sound = pcm16(samples)
    found = frames(rechunk(sound + b"x" * cut, seed=seed), 20)
    assert b"".join(found) == sound
    assert [len(frame) for frame in found[:-1]] == [960] * (len(found) - 1)
    assert not found or 0 < len(found[-1]) <= 960


@pytest.mark.parametrize(
    ("ms", "options", "size"),
    [
        (20, {}, 960),
        (2.5, {"rate": 48_000}, 240),
        (20, {"rate": 22_050}, 882),
        (10, {"channels": 2}, 960),
        (10, {"width": 3}, 720),
        (1000 / 11_025, {"rate": 11_025}, 2),
        (60_000, {"rate": 8_000, "width": 1}, 480_000),
    ],
)
def test_a_frame_has_the_given_length(ms: float, options: dict[str, int], size: int) -> None:
    assert [len(frame) for frame in frames([bytes(2 * size)], ms, **options)] == [size, size]


@pytest.mark.parametrize(("width", "silence"), [(1, 0x80), (2, 0), (4, 0)])
def test_silence_makes_the_last_frame_as_long_as_the_others(width: int, silence: int) -> None:
    first, last = frames([b"\1" * 300 * width], 10, width=width, pad=True)
    assert (first, last) == (b"\1" * 240 * width, b"\1" * 60 * width + bytes([silence]) * 180 * width)


def test_a_cut_sample_at_the_end_is_dropped() -> None:
    assert frames([bytes(960 + 3)], 20, channels=2) == [bytes(960)]
    assert frames([b"\1"], 20) == []
    assert frames([b"\1"], 20, pad=True) == []


def test_what_is_left_comes_before_an_error() -> None:
    lost = sk.TransportError("lost")
    found: list[Any] = []
    rx.concat(rx.of(bytes(1_000)), rx.throw(lost)).pipe(ops.pcm_frames(20)).subscribe(found.append, found.append)
    assert found == [bytes(960), bytes(40), lost]


def test_a_frame_comes_as_soon_as_it_is_full() -> None:
    fragments, came = [bytes(959), b"\0", bytes(1_921)], list[tuple[int, int]]()
    fed: list[bytes] = []
    source = rx.from_iterable(fragments).pipe(rxops.do_action(fed.append), ops.pcm_frames(20))
    source.subscribe(lambda frame: came.append((len(fed), len(frame))))
    assert came == [(2, 960), (3, 960), (3, 960)]


@pytest.mark.parametrize(
    ("given", "options", "says"),
    [
        ((0,), {}, "ms=0: give milliseconds that are a whole number of samples at 24000 a second"),
        ((-20,), {}, "ms=-20"),
        ((20,), {"rate": 11_025}, "whole number of samples at 11025 a second"),
        ((float("nan"),), {}, "ms=nan"),
        ((float("inf"),), {}, "ms=inf"),
        (("20",), {}, "ms='20'"),
        ((True,), {}, "ms=True"),
        ((20,), {"rate": 0}, "rate=0: give a whole number from 1 to 1000000"),
        ((20,), {"rate": 24_000.0}, "rate=24000.0"),
        ((20,), {"channels": 65}, "channels=65: give a whole number from 1 to 64"),
        ((20,), {"width": 16}, "width=16: give a whole number from 1 to 4"),
        ((20,), {"width": True}, "width=True"),
    ],
)
def test_numbers_that_no_sound_has_are_refused_at_once(given: Any, options: Any, says: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=says):
        ops.pcm_frames(*given, **options)


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(rx.of(b"").pipe(ops.pcm_frames(20, pad=True)), Observable[bytes])
