"""Cases of the operators that take sound and images."""

from __future__ import annotations

from typing import Any

import streamkit as sk
from streamkit import operators as ops
from tests.audio.sound import pcm16
from tests.operators.cases import Case, concat

SOUND = pcm16(1_000)  # 41 ⅔ ms: two frames of 20 ms, and 40 samples
FRAGMENTS = [SOUND[:7], SOUND[7:8], SOUND[8:]]
FRAMES = [SOUND[at : at + 960] for at in (0, 960, 1_920)]
IO, TITAN, RHEA = (sk.Image(data=name.encode()) for name in ("Io", "Titan", "Rhea"))
# What audio, transcript and images each take out; the other choice is nobody's.
CHUNKS = [
    sk.Chunk(content="written", audio_transcript="Io. Eu"),
    sk.Chunk(audio=SOUND[:7], images=(IO, TITAN)),
    sk.Chunk(index=1, audio=b"other", audio_transcript="other", images=(IO,)),
    sk.Chunk(audio_transcript="ropa."),
    sk.Chunk(audio=SOUND[7:], images=(RHEA,), finish_reasons=["stop"]),
]


def unheaded(values: list[Any]) -> tuple[int, bytes]:
    """Return the length of the header, which is the first element, and all bytes after it."""
    return len(values[0]), concat(values[1:])


def parts(values: list[Any]) -> list[tuple[str, int]]:
    """See each segment's text, and the samples that it has."""
    return [(each.text, len(each.audio) // 2) for each in values]


CASES: dict[str, Case] = {
    "audio": Case(ops.audio, CHUNKS, SOUND, view=concat),
    "transcript": Case(ops.transcript, CHUNKS, "Io. Europa.", view=concat),
    "images": Case(ops.images, CHUNKS, [IO, TITAN, RHEA]),
    "pcm_frames": Case(lambda: ops.pcm_frames(20), FRAGMENTS, FRAMES),
    "pcm_frames, padded": Case(
        lambda: ops.pcm_frames(20, pad=True), FRAGMENTS, [*FRAMES[:2], FRAMES[2] + bytes(960 - 80)]
    ),
    "wav": Case(ops.wav, FRAGMENTS, (44, SOUND), view=unheaded),
    "wav, whole": Case(
        lambda: ops.wav(whole=True), FRAGMENTS, SOUND, view=lambda values: concat(values)[44:], at_the_end=True
    ),
    "speech_segments": Case(
        ops.speech_segments, CHUNKS, [("Io. ", 364), ("Europa.", 636)], view=parts, at_the_end=True
    ),
}
