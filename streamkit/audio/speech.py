"""Which sound belongs to which sentence, and what has been said by when: estimates, and they say so.

No provider tells when a word is spoken: it sends a transcript and, later, sound. So the sound is shared out
among the sentences in proportion to their characters, and each cut is moved to the quietest place nearby.
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

if TYPE_CHECKING:
    from ..response import Choice


_TEMPO = 15  # characters a second of ordinary speech: for sound that is still on its way behind its transcript

_NEARBY = 0.75  # seconds around an estimate in which a pause is looked for

_PAUSE, _STEP = 0.2, 0.01  # seconds between two sentences, and from one place that is tried to the next

_EVERY = 16  # samples, of which one is enough to tell loud from quiet


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """A sentence and the sound of it.

    Args:
        text: The sentence, with the space behind it.
        audio: Its sound, raw as it came.
        start_ms: Where that begins, in milliseconds of the whole.
        end_ms: Where it ends.
        estimated: Whether the two are an estimate; no provider tells more yet.
    """

    text: str
    audio: bytes
    start_ms: float
    end_ms: float
    estimated: bool = True


def segments_of(transcript: str, sound: bytes, pcm: Pcm) -> list[SpeechSegment]:
    """Share out whole sound among the sentences of its transcript.

    Args:
        transcript: What is said.
        sound: All of its sound.
        pcm: How that is laid out.

    Returns:
        Segments whose texts make the transcript, and whose audio the sound (a cut last sample is dropped).

    >>> [(each.text, each.end_ms) for each in segments_of("Io. Europa!", bytes(2_000), Pcm(1_000, width=1))]
    [('Io. ', 727.0), ('Europa!', 2000.0)]
    """
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
    heard: Choice | Iterable[SpeechSegment],
    played_ms: float,
    *,
    rate: int = 24_000,
    channels: int = 1,
    width: int = 2,
) -> str:
    """Estimate the text that had been spoken when playing was interrupted, in whole words.

    It is what the assistant has said as far as its listener knows: put it in place of the whole answer before
    the next turn.

    Args:
        heard: A Response (also of a stream that was stopped), or segments.
        played_ms: Milliseconds that were played.
        rate: Samples a second of one channel of a Response's sound.
        channels: How many there are.
        width: Bytes of one sample.

    Raises:
        ConfigurationError: A number is none that sound can have.

    >>> import streamkit as sk
    >>> answer = sk.Response(audio_transcript="Europa has an ocean.", audio=bytes(48_000), state="complete")
    >>> spoken_text(answer, 600)
    'Europa has'
    """
    given = cast("object", played_ms)
    if not isinstance(given, (int, float)) or isinstance(given, bool) or not given >= 0:
        raise ConfigurationError(f"played_ms={played_ms!r}: give milliseconds, 0 or more.")
    if hasattr(heard, "audio_transcript"):
        choice, pcm = cast("Choice", heard), Pcm(rate, channels, width)
        spans = _spans(choice, pcm)
        played_ms = min(played_ms, pcm.ms(len(choice.audio)))
    else:
        spans = [(each.text, each.start_ms, each.end_ms) for each in cast("Iterable[SpeechSegment]", heard)]
    said = ""
    for text, start, end in spans:
        if played_ms >= end > start:
            said += text
        else:
            share = (played_ms - start) / (end - start) if end > start else 0
            return (said + _whole_words(text, share * len(text))).rstrip()
    return said.rstrip()


def _spans(heard: Choice, pcm: Pcm) -> list[tuple[str, float, float]]:
    """Lay out the sentences of an answer, also those whose sound has not come."""
    transcript, total = heard.audio_transcript, len(heard.audio) // pcm.block
    if not transcript:
        return []
    whole = getattr(heard, "state", "complete") == "complete"
    length = total if whole else max(total, round(len(transcript) / _TEMPO * pcm.rate))
    texts = _cut(Sentences(), transcript)
    edges = _edges(texts, heard.audio, pcm, length)
    return [(text, _ms(start, pcm), _ms(end, pcm)) for text, (start, end) in zip(texts, pairwise(edges), strict=True)]


def _edges(texts: Sequence[str], sound: bytes, pcm: Pcm, length: int) -> list[int]:
    """Say at which sample each sentence begins, and where the last one ends.

    Args:
        texts: The sentences.
        sound: Their sound, as far as it has come.
        pcm: How that is laid out.
        length: Samples that all of it will have.
    """
    ends = list(accumulate(map(len, texts)))
    edges = [0, *(round(length * end / (ends[-1] or 1)) for end in ends[:-1]), length]
    if pcm.width == 2:  # what speech comes in; elsewhere the plain proportion stands
        for at in range(1, len(edges) - 1):
            edges[at] = _quietest(sound, pcm, edges[at - 1], edges[at], edges[at + 1])
    return edges


def _quietest(sound: bytes, pcm: Pcm, before: int, near: int, after: int) -> int:
    """Find the middle of the quietest pause around a sample, at most half-way to the edges beside it."""
    reach = round(pcm.rate * _NEARBY)
    low, high = near - min(reach, (near - before) // 2), near + min(reach, (after - near) // 2)
    if high > len(sound) // pcm.block:  # it has not come yet, and half of what is nearby would mislead
        return near
    samples = array.array("h", sound[low * pcm.block : high * pcm.block])[::_EVERY]
    if sys.byteorder == "big":
        samples.byteswap()
    loud = [0, *accumulate(map(abs, samples))]
    a_second = pcm.rate * pcm.channels / _EVERY
    pause, step = round(_PAUSE * a_second), max(1, round(_STEP * a_second))
    places = (
        (loud[at + pause] - loud[at], low + (at + pause // 2) * _EVERY // pcm.channels)
        for at in range(0, len(samples) - pause + 1, step)
    )
    return min(places, key=lambda place: (place[0], abs(place[1] - near)), default=(0, near))[1]


def _whole_words(text: str, reach: float) -> str:
    """Cut a text behind the last word that ends within its first so many characters."""
    said = ""
    for word in _cut(Words(), text):
        if len(said) + len(word.rstrip()) > reach:
            break
        said += word
    return said


def _cut(units: Units, text: str) -> list[str]:
    return [*units.feed(text), *units.flush()]


def _ms(samples: int, pcm: Pcm) -> float:
    return samples / pcm.rate * 1000
