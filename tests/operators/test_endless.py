"""On a source without an end no operator needs more and more memory, but for those that give the whole at the end."""

from __future__ import annotations

import gc
import os
import re
import tempfile
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from reactivex import Observable, abc
from reactivex.disposable import Disposable

import streamkit as sk
from streamkit import operators as ops
from tests.operators.cases import Operator

Element = Callable[[int], Any]
FOLDER = tempfile.mkdtemp(prefix="streamkit-record-")
_MANY = 12_000
_MOST = 400_000  # bytes; one object of 50 bytes kept for each element would be a million


def text(at: int) -> str:
    return f"Word {at}. " + "\n\n" * (at % 7 == 0)


def chunk(at: int) -> sk.Chunk:
    return sk.Chunk(content=text(at), plain=True)


def code(at: int) -> str:
    return f"```py\nprint({at})\n```\n" if at % 2 else text(at)


def media(at: int) -> sk.Chunk:
    picture, words = sk.Image(url=f"https://a.example/{at}"), text(at)
    return sk.Chunk(audio=sound(at), audio_transcript=words, images=(picture,), thinking=words, refusal=words)


def sound(at: int) -> bytes:
    return at.to_bytes(4, "big") * 9 + b"\0"


def element(at: int) -> str:
    return f'{{"moon": {at}}},' if at else "["


def orbit(moon: str) -> str:
    return moon


def anything(text: str, before: str) -> bool:
    return True


BOUNDED: dict[str, tuple[Callable[[], Operator], Element]] = {
    "audio": (ops.audio, media),
    "batch": (lambda: ops.batch(7), text),
    "batch(chars)": (lambda: ops.batch(chars=70), text),
    "batch(seconds)": (lambda: ops.batch(50, seconds=900), text),
    "coalesce": (lambda: ops.coalesce(900), text),
    "code_blocks": (ops.code_blocks, code),
    "events": (ops.events, chunk),
    "events, of many blocks": (ops.events, media),
    "fan_out": (lambda: ops.fan_out(keep=10), text),
    "fields": (ops.fields, text),
    "guard": (lambda: ops.guard(anything), text),
    "guard of chunks": (lambda: ops.guard(anything, every=40), chunk),
    "images": (ops.images, media),
    "items": (lambda: ops.items(dict[str, int]), element),
    "limit": (lambda: ops.limit(chars=10**12), text),
    "limit(tokens)": (lambda: ops.limit(10**12), chunk),
    "lines": (ops.lines, text),
    "meter": (lambda: ops.meter(lambda _: None), chunk),
    "paragraphs": (ops.paragraphs, text),
    "partial": (lambda: ops.partial(dict[str, str]), text),
    "partial_tool_calls": (ops.partial_tool_calls, chunk),
    "pcm_frames": (lambda: ops.pcm_frames(1), sound),
    "record": (lambda: ops.record(FOLDER, max_bytes=1), chunk),
    "redact": (lambda: ops.redact(re.compile(r"Titan \w+")), text),
    "refusal": (ops.refusal, media),
    "route_tags": (lambda: ops.route_tags("think"), chunk),
    "route_tags(anywhere)": (lambda: ops.route_tags("Word", anywhere=True), chunk),
    "route_tags(opened)": (lambda: ops.route_tags("think", opened=True), chunk),
    "run_tools": (lambda: ops.run_tools(orbit), chunk),
    "save": (lambda: ops.save(os.devnull), text),
    "sentences": (ops.sentences, text),
    "smooth": (lambda: ops.smooth(chars_per_second=9), text),
    "smooth of chunks": (lambda: ops.smooth(chars_per_second=9, by="grapheme"), chunk),
    "text": (ops.text, chunk),
    "thinking": (ops.thinking, media),
    "tool_calls": (ops.tool_calls, chunk),
    "transcript": (ops.transcript, media),
    "until": (lambda: ops.until("Titan"), chunk),
    "until a pattern, exclusive": (lambda: ops.until(re.compile(r"W\w+x"), inclusive=False), text),
    "until_judged": (lambda: ops.until_judged(str.isspace), text),
    "until_repeating": (ops.until_repeating, text),
    "until_tool": (ops.until_tool, chunk),
    "until_valid": (lambda: ops.until_valid(dict[str, str]), text),
    "wav": (ops.wav, sound),
    "words": (ops.words, text),
}
WHOLE = {"join", "responses", "speech_segments", "to_response"}  # what they give is all that came


def test_every_operator_is_here() -> None:
    assert {name.partition("(")[0].partition(" ")[0].rstrip(",") for name in BOUNDED} | WHOLE == set(ops.__all__) - {
        "CodeBlock"
    }


@pytest.mark.parametrize("name", BOUNDED)
def test_memory_does_not_grow_with_a_source_without_an_end(name: str) -> None:
    make, element_at = BOUNDED[name]
    held: list[int] = []

    def subscribe(observer: abc.ObserverBase[Any], _: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        for at in range(2 * _MANY):
            if at % _MANY == 500:  # what is kept for once is there by then
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])
            observer.on_next(element_at(at))
        gc.collect()
        held.append(tracemalloc.get_traced_memory()[0])
        return Disposable()

    tracemalloc.start()
    try:
        leaving = Observable(subscribe).pipe(make()).subscribe()
    finally:
        tracemalloc.stop()
    leaving.dispose()
    assert max(held) - held[0] < _MOST, held
