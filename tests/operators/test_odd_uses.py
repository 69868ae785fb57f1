"""Operators used as they are not meant to be say so, and say what to do."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events


def orbit(moon: str) -> str:
    return f"{moon}: 1.8 days"


ON_CHUNKS: dict[str, Callable[[], Any]] = {
    "audio": ops.audio,
    "images": ops.images,
    "partial_tool_calls": ops.partial_tool_calls,
    "refusal": ops.refusal,
    "responses": ops.responses,
    "run_tools": lambda: ops.run_tools(orbit),
    "speech_segments": ops.speech_segments,
    "text": ops.text,
    "thinking": ops.thinking,
    "to_response": ops.to_response,
    "tool_calls": ops.tool_calls,
    "tool_calls, typed": lambda: ops.tool_calls(orbit),
    "transcript": ops.transcript,
    "until_tool": ops.until_tool,
}
ON_TEXT: dict[str, Callable[[], Any]] = {
    "code_blocks": ops.code_blocks,
    "join": ops.join,
    "lines": ops.lines,
    "paragraphs": ops.paragraphs,
    "sentences": ops.sentences,
    "words": ops.words,
}
ON_SOUND: dict[str, Callable[[], Any]] = {
    "pcm_frames": lambda: ops.pcm_frames(20),
    "wav": ops.wav,
    "wav, whole": lambda: ops.wav(whole=True),
}


def stream() -> sk.Stream:
    return Script(chat_events("Io ", "and Europa")).stream()


@pytest.mark.parametrize("make", ON_CHUNKS.values(), ids=list(ON_CHUNKS))
def test_text_where_chunks_should_come_is_an_error_that_says_so(make: Callable[[], Any]) -> None:
    with pytest.raises(
        sk.ConfigurationError, match=r"^\w+\(.*\) reads chunks, and text\(\) gives text: put it before text\(\)"
    ):
        stream().pipe(ops.text(), make())
    with pytest.raises(
        sk.ConfigurationError, match=r"^\w+\(.*\) reads chunks, and str came: put it before ops.text\(\)"
    ):
        sk.flow(rx.of("Io")).pipe(make()).last().run()


@pytest.mark.parametrize("make", ON_TEXT.values(), ids=list(ON_TEXT))
def test_chunks_where_text_should_come_are_an_error_that_says_so(make: Callable[[], Any]) -> None:
    with pytest.raises(
        sk.ConfigurationError, match=r"^\w+\(\) reads text, and the stream gives chunks: put ops.text\(\) be"
    ):
        stream().pipe(make())
    with pytest.raises(sk.ConfigurationError, match=r"^\w+\(\) reads text, and Chunk came: put ops.text\(\) before it"):
        sk.flow(rx.of(sk.Chunk(content="Io"))).pipe(make()).last().run()


@pytest.mark.parametrize("make", ON_SOUND.values(), ids=list(ON_SOUND))
def test_what_is_no_sound_is_an_error_that_says_so(make: Callable[[], Any]) -> None:
    chunks: sk.Flow[Any] = sk.flow(rx.of(sk.Chunk(content="Io")))
    for source in (stream(), stream().text(), chunks.pipe(ops.text())):
        with pytest.raises(sk.ConfigurationError, match=r"^\w+\(\) reads sound, and .* gives .*: put ops.audio\(\) be"):
            source.pipe(make())
    for source in (chunks, sk.flow(rx.of("Io"))):
        with pytest.raises(sk.ConfigurationError, match=r"came: put ops.audio\(\) before this operator"):
            source.pipe(make()).last().run()


NUMBERS: dict[str, Callable[[Any], object]] = {
    "batch(count)": ops.batch,
    "batch(chars)": lambda value: ops.batch(chars=value),
    "batch(seconds)": lambda value: ops.batch(seconds=value),
    "coalesce": ops.coalesce,
    "limit(tokens)": ops.limit,
    "limit(chars)": lambda value: ops.limit(chars=value),
    "limit(seconds)": lambda value: ops.limit(seconds=value),
    "limit(cost)": lambda value: ops.limit(cost=value),
    "meter(every)": lambda value: ops.meter(print, every=value),
    "meter(stall)": lambda value: ops.meter(print, stall=value),
    "pcm_frames": ops.pcm_frames,
    "run_tools(concurrency)": lambda value: ops.run_tools(orbit, concurrency=value),
    "run_tools(timeout)": lambda value: ops.run_tools(orbit, timeout=value),
    "wav(rate)": lambda value: ops.wav(rate=value),
}


@pytest.mark.parametrize("value", [0, -1, True, "2", math.nan, math.inf], ids=repr)
@pytest.mark.parametrize("make", NUMBERS.values(), ids=list(NUMBERS))
def test_a_number_that_makes_no_sense_is_refused_when_it_is_given(make: Callable[[Any], object], value: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"above 0|whole number"):
        make(value)


@pytest.mark.parametrize("found", [None, 5, b"Io", ["Io"]], ids=repr)
def test_until_refuses_what_it_cannot_look_for(found: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="a text, a compiled pattern or a condition"):
        ops.until(found)


def test_what_is_cut_in_the_middle_of_a_character_is_not_lost_when_the_source_breaks() -> None:
    family = "👩\u200d👩\u200d"  # the last of them never comes
    broken = rx.concat(rx.of("Io ", family[:2], family[2:]), rx.throw(LookupError()))
    for make in (ops.words, ops.sentences, ops.lines, ops.paragraphs, lambda: ops.limit(chars=9), ops.coalesce):
        found: list[Any] = []
        broken.pipe(make()).subscribe(found.append, found.append)
        *text, error = found
        assert ("".join(text), type(error)) == ("Io " + family, LookupError)
