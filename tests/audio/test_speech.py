"""Estimates of the sound of each sentence, and of the text that was spoken when playing stopped."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit.audio.pcm import Pcm
from streamkit.audio.speech import segments_of
from tests.audio.sound import RATE, loud, quiet

PCM = Pcm()
TEXT = "Europa has an ocean. Does Titan? Io has none!"


def answer(text: str, sound: bytes, state: Any = "complete") -> sk.Response:
    return sk.Response(audio_transcript=text, audio=sound, state=state)


@given(st.text(max_size=60), st.binary(max_size=9_000), st.sampled_from([PCM, Pcm(8_000, 2, 1), Pcm(16_000, 3, 3)]))
def test_texts_make_the_transcript_and_audio_the_sound(text: str, sound: bytes, pcm: Pcm) -> None:
    found = segments_of(text, sound, pcm)
    whole = sound[: len(sound) - len(sound) % pcm.block]
    assert ("".join(each.text for each in found), b"".join(each.audio for each in found)) == (text, whole)
    assert all(one.end_ms == two.start_ms for one, two in pairwise(found))
    assert all(pcm.ms(len(each.audio)) == pytest.approx(each.end_ms - each.start_ms) for each in found)


def test_sound_is_shared_out_by_characters_and_the_segment_says_that_it_is_an_estimate() -> None:
    found = segments_of("Io. Europa.", loud(1_100), PCM)
    assert [(each.text, each.start_ms, each.end_ms, each.estimated) for each in found] == [
        ("Io. ", 0, 400, True),
        ("Europa.", 400, pytest.approx(1_100), True),
    ]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("first", "second"), [(700, 1_100), (1_000, 800), (1_250, 550)])
def test_a_cut_moves_to_the_pause_nearby(first: int, second: int, channels: int) -> None:
    mono = loud(first) + quiet(250) + loud(second)
    sound = b"".join(mono[at : at + 2] * channels for at in range(0, len(mono), 2))
    one, two = segments_of("The one is. The two is.", sound, Pcm(channels=channels))
    assert first + 100 <= one.end_ms <= first + 150
    assert (one.start_ms, two.end_ms) == (0, first + 250 + second)


def test_a_long_pause_is_taken_before_a_short_one_that_is_nearer() -> None:
    sound = loud(650) + quiet(300) + loud(50) + quiet(60) + loud(940)
    one, _ = segments_of("The one is. The two is.", sound, PCM)
    assert 740 <= one.end_ms <= 860


def test_silence_before_the_speech_is_no_pause_between_sentences() -> None:
    one, _ = segments_of("Io is. Europa has an ocean.", quiet(240) + loud(1_690), PCM)
    assert one.end_ms == pytest.approx(500, abs=5)


def test_only_sound_of_16_bits_is_listened_to() -> None:
    wide = b"".join(b"\0" + mono for mono in struct.unpack("2s" * (RATE * 2), loud(700) + quiet(300) + loud(1_000)))
    one, _ = segments_of("The one is. The two is.", wide, Pcm(width=3))
    assert one.end_ms == pytest.approx(2_000 * 12 / 23, abs=0.1)


def test_sound_without_transcript_and_transcript_without_sound_are_kept() -> None:
    assert [(each.text, len(each.audio)) for each in segments_of("", loud(10), PCM)] == [("", 480)]
    assert [(each.text, each.end_ms) for each in segments_of("Io. Rhea.", b"", PCM)] == [("Io. ", 0), ("Rhea.", 0)]
    assert segments_of("", b"\1", PCM) == []


@pytest.mark.parametrize(
    ("played", "spoken"),
    [
        (0, ""),
        (400, ""),
        (600, "Europa"),
        (899, "Europa"),
        (1_000, "Europa has"),
        (2_100, "Europa has an ocean."),
        (3_200, "Europa has an ocean. Does Titan?"),
        (4_500, TEXT),
        (float("inf"), TEXT),
    ],
)
def test_what_was_spoken_is_cut_to_whole_words(played: float, spoken: str) -> None:
    response = answer(TEXT, loud(100 * len(TEXT)))
    assert sk.spoken_text(response, played) == spoken
    assert sk.spoken_text(segments_of(TEXT, response.audio, PCM), played) == spoken


@given(st.text(alphabet="ab .?!木星กขé\n", max_size=40), st.lists(st.floats(0, 3_000), max_size=5), st.booleans())
def test_more_is_spoken_the_longer_it_plays(text: str, played: list[float], whole: bool) -> None:
    response = answer(text, loud(2_000), "complete" if whole else "stopped")
    spoken = [sk.spoken_text(response, each) for each in [0, *sorted(played)]]
    assert all(two.startswith(one) for one, two in pairwise(spoken))
    assert all(text.startswith(each) for each in spoken)
    assert sk.spoken_text(answer(text, loud(2_000)), 2_000) == text.rstrip()


def test_scripts_without_spaces_are_cut_between_characters() -> None:
    assert sk.spoken_text(answer("木星有很多卫星", loud(700)), 350) == "木星有"
    assert sk.spoken_text(answer("Europa は氷", loud(900)), 850) == "Europa は"


def test_a_pause_in_the_sound_counts_for_what_was_spoken() -> None:
    response = answer("The one is. The two is.", loud(1_250) + quiet(250) + loud(550))
    assert sk.spoken_text(response, 1_240) == "The one"  # in plain proportion it would be the whole sentence
    assert sk.spoken_text(response, 1_380) == "The one is."


def test_of_a_stopped_answer_the_transcript_is_ahead_of_the_sound() -> None:
    """What has come of the sound is not shared out among words whose sound has not."""
    ahead = TEXT * 4
    response = answer(ahead, loud(1_000), "stopped")
    assert sk.spoken_text(response, 1_000) == "Europa has an"
    assert sk.spoken_text(response, 60_000) == "Europa has an"  # more than has come cannot have been played
    assert sk.spoken_text(answer(ahead, loud(1_000)), 1_000) == ahead
    assert sk.spoken_text(answer("Io and Titan", loud(2_000), "stopped"), 1_000) == "Io and"  # a slow speaker


def test_an_answer_without_sound_was_not_spoken() -> None:
    assert sk.spoken_text(answer(TEXT, b""), 1_000) == ""
    assert sk.spoken_text(answer("", loud(1_000)), 1_000) == ""
    assert sk.spoken_text([], 1_000) == ""
    assert sk.spoken_text(segments_of(TEXT, b"", PCM), 1_000) == ""


def test_a_choice_is_an_answer_too() -> None:
    choice = sk.Choice(index=1, audio_transcript="Io and Titan", audio=loud(1_200))
    assert sk.spoken_text(choice, 700) == "Io and"
    assert sk.spoken_text(choice, 700, rate=12_000) == "Io"


@pytest.mark.parametrize("played", [-1, float("nan"), None, "1", True])
def test_a_position_that_no_player_has_is_refused(played: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"played_ms=.*: give milliseconds, 0 or more"):
        sk.spoken_text(answer(TEXT, b""), played)
