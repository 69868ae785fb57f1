"""Estimates of the sound of each sentence, and of the text that has been spoken at a given time.

No provider reports the time of a word: a transcript arrives first, and sound later. So the sound is divided among the
sentences in proportion to their characters, and each border is moved to the quietest pause nearby.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, cast

from ..errors import ConfigurationError
from ..text.segments import Units
from ..text.sentences import Sentences
from ..text.words import Words
from .pcm import Pcm
from .sound_format import samples_of

if TYPE_CHECKING:
    from ..response import Choice


_TEMPO = 15  # characters a second of ordinary speech, for a transcript whose sound has not arrived

_NEARBY = 0.75  # seconds around an estimate in which a pause is looked for

_PAUSE, _STEP = 0.2, 0.01  # seconds between two sentences, and between two positions that are tried

_EVERY = 16  # samples; one of them is enough to measure loudness


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """A spoken sentence with the sound.

    Args:
        text: Sentence, with the white space behind it.
        audio: Sound of the sentence: raw samples, without the header of a WAV file.
        start_ms: Begin of the sentence, in milliseconds from the begin of the answer.
        end_ms: End of the sentence, in milliseconds from the begin of the answer.
        estimated: True if the two times are estimates; no provider reports exact times yet.
    """

    text: str
    audio: bytes
    start_ms: float
    end_ms: float
    estimated: bool = True


def segments_of(transcript: str, sound: bytes, pcm: Pcm) -> list[SpeechSegment]:
    """Divide complete sound among the sentences of the transcript.

    Args:
        transcript: Spoken text.
        sound: Complete sound: raw, or a WAV file.
        pcm: Layout of raw sound.

    Returns:
        Segments: joined, the texts are the transcript and the audio is the samples without an incomplete last one.

    Raises:
        ConfigurationError: The sound is neither raw nor a WAV file.

    >>> [(each.text, each.end_ms) for each in segments_of("Io. Europa!", bytes(2_000), Pcm(1_000, width=1))]
    [('Io. ', 727.0), ('Europa!', 2000.0)]
    """
    sound, pcm = samples_of(sound, pcm)
    total = len(sound) // pcm.block
    if not total and not transcript:
        return []
    texts = _cut(Sentences(), transcript) or [""]
    edges = _edges(texts, sound, pcm, total)
    return [
        SpeechSegment(text, sound[start * pcm.block : end * pcm.block], _ms(start, pcm), _ms(end, pcm))
        for text, (start, end) in zip(texts, pairwise(edges), strict=True)
    ]


def spoken_text(
    heard: Choice | Iterable[SpeechSegment], played_ms: float, *, rate: int = 24_000, channels: int = 1, width: int = 2
) -> str:
    """Estimate the text that had been spoken when playing was interrupted, in whole words.

    Before the next turn, put this text in place of the whole answer: it is all that the listener knows of the answer.

    Args:
        heard: A Response (also of a stream that was stopped), or segments.
        played_ms: Milliseconds that were played.
        rate: Samples a second of one channel of a Response's sound, if that is raw; a WAV file names its own.
        channels: Number of channels.
        width: Bytes of one sample.

    Raises:
        ConfigurationError: A number is out of range, or a Response's sound is neither raw nor a WAV file.

    >>> import streamkit as sk
    >>> answer = sk.Response(audio_transcript="Europa has an ocean.", audio=bytes(48_000), state="complete")
    >>> spoken_text(answer, 600)
    'Europa has'
    """
    given = cast("object", played_ms)
    if not isinstance(given, (int, float)) or isinstance(given, bool) or not given >= 0:
        raise ConfigurationError(f"played_ms={played_ms!r}: give milliseconds, 0 or more.")
    if hasattr(heard, "audio_transcript"):
        choice = cast("Choice", heard)
        sound, pcm = samples_of(choice.audio, Pcm(rate, channels, width))
        spans = _spans(choice, sound, pcm)
        played_ms = min(played_ms, pcm.ms(len(sound)))
    else:
        spans = [(each.text, each.start_ms, each.end_ms) for each in cast("Iterable[SpeechSegment]", heard)]
    spoken = ""
    for text, start, end in spans:
        if played_ms >= end > start:
            spoken += text
        else:
            share = (played_ms - start) / (end - start) if end > start else 0
            return (spoken + _whole_words(text, share * len(text))).rstrip()
    return spoken.rstrip()


def _spans(heard: Choice, sound: bytes, pcm: Pcm) -> list[tuple[str, float, float]]:
    """Return the sentences of an answer with begin and end in ms, also those whose sound has not arrived."""
    transcript, total = heard.audio_transcript, len(sound) // pcm.block
    if not transcript:
        return []
    whole = getattr(heard, "state", "complete") == "complete"
    length = total if whole else max(total, round(len(transcript) / _TEMPO * pcm.rate))
    texts = _cut(Sentences(), transcript)
    edges = _edges(texts, sound, pcm, length)
    return [(text, _ms(start, pcm), _ms(end, pcm)) for text, (start, end) in zip(texts, pairwise(edges), strict=True)]


def _edges(texts: Sequence[str], sound: bytes, pcm: Pcm, length: int) -> list[int]:
    """Return the index of the first sample of each sentence, and the end of the last one.

    Args:
        texts: The sentences.
        sound: Sound of the sentences so far.
        pcm: Layout of the sound.
        length: Number of samples of the complete sound.
    """
    ends = list(accumulate(map(len, texts)))
    edges = [0, *(round(length * end / (ends[-1] or 1)) for end in ends[:-1]), length]
    if pcm.width == 2:  # the width of speech; with other widths the borders stay in proportion
        for at in range(1, len(edges) - 1):
            edges[at] = _quietest(sound, pcm, edges[at - 1], edges[at], edges[at + 1])
    return edges


def _quietest(sound: bytes, pcm: Pcm, before: int, near: int, after: int) -> int:
    """Find the middle of the quietest pause around a sample, at most half-way to the neighbouring edges."""
    reach = round(pcm.rate * _NEARBY)
    low, high = near - min(reach, (near - before) // 2), near + min(reach, (after - near) // 2)
    if high > len(sound) // pcm.block:  # sound that is only half there would mislead
        return near
    samples = array.array("h", sound[low * pcm.block : high * pcm.block])[::_EVERY]
    if sys.byteorder == "big":
        samples.byteswap()
    loud = [0, *accumulate(map(abs, samples))]
    a_second = pcm.rate * pcm.channels / _EVERY
    pause, step = round(_PAUSE * a_second), max(1, round(_STEP * a_second))
    pauses = (
        (loud[at + pause] - loud[at], low + (at + pause // 2) * _EVERY // pcm.channels)
        for at in range(0, len(samples) - pause + 1, step)
    )
    return min(pauses, key=lambda each: (each[0], abs(each[1] - near)), default=(0, near))[1]


def _whole_words(text: str, reach: float) -> str:
    """Return the words of a text that end within a number of characters."""
    words = ""
    for word in _cut(Words(), text):
        if len(words) + len(word.rstrip()) > reach:
            break
        words += word
    return words


def _cut(units: Units, text: str) -> list[str]:
    return [*units.feed(text), *units.flush()]


def _ms(samples: int, pcm: Pcm) -> float:
    return samples / pcm.rate * 1000
