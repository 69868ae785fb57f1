"""`check_chunking_invariance` passes what is sound, and finds the faults that operators are known for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
import regex
from reactivex import Observable
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import check_chunking_invariance

Pipeline = Callable[[Observable[sk.Chunk]], Observable[Any]]


def each(make: Callable[[sk.Chunk], list[Any]]) -> Pipeline:
    """Make an operator that looks at one chunk at a time, as a careless one does."""
    return rxops.flat_map(lambda chunk: rx.from_iterable(make(chunk)))


def forgets_the_tail() -> Pipeline:
    """Emits whole words, and forgets what follows the last blank of a text."""
    return each(lambda chunk: chunk.content.split(" ")[:-1])


def forgets_the_end() -> Pipeline:
    """Holds the last word back and forgets it at the end: the same in every cut."""

    def operator(source: Observable[sk.Chunk]) -> Observable[str]:
        text = source.pipe(ops.text(), ops.join())
        return text.pipe(rxops.flat_map(lambda whole: rx.from_iterable(whole.split(" ")[:-1])))

    return operator


def adds_usage() -> Pipeline:
    """Adds up figures that are cumulative."""

    def operator(source: Observable[sk.Chunk]) -> Observable[int]:
        return source.pipe(rxops.map(lambda chunk: chunk.output_tokens or 0), rxops.reduce(lambda a, b: a + b, 0))

    return operator


def cuts_a_character() -> Pipeline:
    """Emits characters as people see them, of one text at a time."""
    return each(lambda chunk: regex.findall(r"\X", chunk.content))


def cuts_code_points() -> Pipeline:
    """Emits code points: the same in every cut, and never a whole flag."""
    return each(lambda chunk: list(chunk.content))


def loses_the_second_tool() -> Pipeline:
    """Looks at the first call of an event only."""

    def operator(source: Observable[sk.Chunk]) -> Observable[Any]:
        first = source.pipe(rxops.map(lambda chunk: sk.Chunk(tool_calls=chunk.tool_calls[:1])))
        return first.pipe(ops.to_response(), rxops.map(lambda response: response.tool_calls))

    return operator


def loses_half_a_sample() -> Pipeline:
    """Takes samples out of one part of the audio at a time."""
    return each(lambda chunk: [chunk.audio[at : at + 2] for at in range(0, len(chunk.audio) - 1, 2)])


MUTANTS = [forgets_the_tail, adds_usage, cuts_a_character, cuts_code_points, loses_the_second_tool, loses_half_a_sample]


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_fault_is_found(mutant: Callable[[], Pipeline]) -> None:
    with pytest.raises(AssertionError, match="cut of the chunks matters"):
        check_chunking_invariance(mutant())


def test_what_is_lost_the_same_way_in_every_cut_is_found_by_saying_what_must_come_out() -> None:
    check_chunking_invariance(forgets_the_end())
    with pytest.raises(AssertionError, match="lost"):
        check_chunking_invariance(forgets_the_end(), view="".join, whole=lambda response: response.content)


def test_a_pipeline_that_never_ends_is_found() -> None:
    with pytest.raises(AssertionError, match="did not end"):
        check_chunking_invariance(lambda source: rx.never())


SOUND: dict[str, tuple[Pipeline, Callable[[list[Any]], object]]] = {
    "to_response": (lambda source: source.pipe(ops.to_response(), rxops.map(lambda it: it.tool_calls)), list),
    "text joined": (lambda source: source.pipe(ops.text(), ops.join()), list),
    "until": (lambda source: source.pipe(ops.text(), ops.until("orbits")), "".join),
    "audio": (ops.audio(), b"".join),
    "frames": (lambda source: source.pipe(ops.audio(), ops.pcm_frames(1)), list),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_pipeline_passes(name: str) -> None:
    pipeline, view = SOUND[name]
    check_chunking_invariance(pipeline, view=view)


def test_an_error_that_comes_in_every_cut_is_the_same_outcome() -> None:
    check_chunking_invariance(lambda source: rx.concat(source.pipe(ops.text(), ops.join()), rx.throw(ValueError())))
