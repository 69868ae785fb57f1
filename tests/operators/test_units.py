"""Words, sentences, lines, paragraphs: nothing is lost, no character is cut, however the text came, however long."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
import reactivex as rx
import regex
from hypothesis import given
from hypothesis import strategies as st
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit.text.segments import Lines, Paragraphs, Units
from streamkit.text.sentences import Sentences
from streamkit.text.words import Words
from tests.operators.units import CUTTERS, Cutter, units

every_cutter = pytest.mark.parametrize("cutter", CUTTERS.values(), ids=list(CUTTERS))
every_class = pytest.mark.parametrize("cls", [Words, Sentences, Lines, Paragraphs])
FAMILY, FLAGS, SYLLABLE = "👩\u200d👩\u200d👧", "🇮🇹🇩🇪", "\u1112\u1161\u11ab"
TRICKY = [
    *["a", "I", "Dr", "z. B. ", "3. ", "U.S. ", ".", "!", "?", "…", '"', "“", "”", "»", "(", ")", "[1]", "*", "-"],
    *[" ", " ", "\n", "\r", "\t", "\u00a0", "\u3000", "\u2028", "木", "カ", "ー", "「", "」", "！", "、", "说", "と"],
    *["\u0301", "\u200d", "\ufe0f", "👩", "🏽", "🇮", "🇹", "가", "\u1100", "\u1161", "क\u094dष", "؟", "\u0e33"],
]
texts = st.lists(st.sampled_from(TRICKY), max_size=40).map("".join)


def cut(text: str, edges: set[int]) -> list[str]:
    inner = sorted(edge for edge in edges if 0 < edge < len(text))
    return [text[start:end] for start, end in itertools.pairwise([0, *inner, len(text)])]


def run(made: Units, fragments: list[str]) -> list[str]:
    return [unit for fragment in fragments for unit in made.feed(fragment)] + made.flush()


def capped(cls: type[Units], cap: int) -> Units:
    made = cls()
    made.cap = cap
    return made


@every_cutter
@given(texts, st.sets(st.integers(1, 80)), st.booleans())
def test_any_cut_gives_the_same_units_and_they_join_to_the_text(
    cutter: Cutter, text: str, edges: set[int], strip: bool
) -> None:
    whole = units(cutter(strip=strip), [text])
    assert units(cutter(strip=strip), cut(text, edges)) == units(cutter(strip=strip), list(text)) == whole
    if not strip:
        assert "".join(whole) == text


@every_cutter
@given(texts)
def test_no_character_as_people_see_it_is_cut(cutter: Cutter, text: str) -> None:
    found = units(cutter(), list(text))
    borders = {match.end() for match in regex.finditer(r"\X", text)}
    assert set(itertools.accumulate(map(len, found))) <= borders


@every_cutter
@pytest.mark.parametrize("whole", [FAMILY, FLAGS, SYLLABLE, "e\u0301", "\r\n", "👍🏽", "\u0301"])
def test_graphemes_stay_whole_between_texts(cutter: Cutter, whole: str) -> None:
    text = f"Io {whole} 木{whole}星。 {whole}"
    found = units(cutter(), list(text))
    assert "".join(found) == text
    assert sum(unit.count(whole) for unit in found) == 3


@every_cutter
def test_what_is_held_comes_out_before_an_error_and_before_the_end(cutter: Cutter) -> None:
    for end, expected in [(rx.throw(ValueError("wrong")), ValueError), (rx.empty(), str)]:
        seen: list[Any] = []
        rx.concat(rx.of("Io and Eu"), end).pipe(cutter()).subscribe(seen.append, seen.append)
        assert "".join(each for each in seen if isinstance(each, str)) == "Io and Eu"
        assert isinstance(seen[-1], expected)


@every_cutter
@pytest.mark.parametrize("nothing", [[], [""], ["", ""]])
def test_no_text_gives_no_units(cutter: Cutter, nothing: list[str]) -> None:
    assert units(cutter(), nothing) == units(cutter(strip=True), nothing) == []


@pytest.mark.parametrize("name", ["words", "sentences", "paragraphs"])
def test_white_space_alone_is_one_unit_and_stripped_none(name: str) -> None:
    assert units(CUTTERS[name](), [" ", "\t "]) == [" \t "]
    assert units(CUTTERS[name](strip=True), [" ", "\t "]) == []


@every_cutter
def test_a_source_without_an_end_is_left_by_who_has_enough(cutter: Cutter) -> None:
    counter = itertools.count()
    endless = rx.from_iterable(f"Line {next(counter)}.\n\n" for _ in itertools.repeat(None))
    assert endless.pipe(cutter(), rxops.take(1), rxops.to_list()).run()[0].startswith("Line")
    assert next(counter) < 4


@every_cutter
async def test_nothing_follows_the_one_with_which_a_subscriber_leaves(cutter: Cutter) -> None:
    source = rx.of("Io.\n\nEuropa.\n\nTitan.\n\n")
    assert len([unit async for unit in sk.flow(source).pipe(cutter(), rxops.take(1))]) == 1


@every_class
def test_a_unit_that_never_ends_is_cut_between_characters(cls: type[Units]) -> None:
    text = "x" * 9 + FAMILY + "x" * 25
    assert [len(unit) for unit in run(capped(cls, 10), list(text))] == [9, 10, 10, 10]
    assert run(capped(cls, 10), [text]) == run(capped(cls, 10), list(text))
    marks = "e" + "\u0301" * 25
    assert "".join(run(capped(cls, 10), [marks])) == marks  # longer than the cap as one character: cut all the same


@every_cutter
def test_an_endless_unit_is_bounded(cutter: Cutter) -> None:
    endless = rx.from_iterable(itertools.repeat("x" * 10_000))
    assert len(endless.pipe(cutter(), rxops.take(1), rxops.last()).run()) in (2**16, 2**20)


@every_class
@given(texts, st.integers(5, 30))
def test_a_cap_does_not_depend_on_the_cut_either(cls: type[Units], text: str, cap: int) -> None:
    assert run(capped(cls, cap), [text]) == run(capped(cls, cap), list(text))


@every_class
@pytest.mark.parametrize("text", ["x", "x ", "x. ", "X. ", "...", "。", "“x. ”", "\n", " ", "🪐", "e\u0301"])
def test_the_cost_of_text_in_single_characters_is_its_length(cls: type[Units], text: str) -> None:
    def cost(length: int) -> float:
        fragments = list(text * (length // len(text)))
        start = time.process_time()
        run(cls(), fragments)
        return time.process_time() - start

    cost(1000)
    assert cost(60_000) < 10 * cost(15_000) + 0.2  # quadratic would be 16 times


def test_chunks_are_refused_with_a_word_on_what_to_do() -> None:
    for cutter in (*CUTTERS.values(), ops.code_blocks):
        seen: list[Any] = []
        rx.of(sk.Chunk(content="Io")).pipe(cutter()).subscribe(seen.append, seen.append)  # pyright: ignore[reportArgumentType] - wrong on purpose
        assert [type(each) for each in seen] == [sk.ConfigurationError]
        assert "put ops.text() before" in str(seen[0])
