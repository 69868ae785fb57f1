"""`sentences`: a corpus of our own in eleven languages, and each sentence is emitted as soon as its end is certain."""

from __future__ import annotations

from functools import cache
from typing import assert_type

import pytest
import reactivex as rx
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events, regroup
from streamkit.text.sentences import Sentences
from tests.operators import sentence_corpus as corpus
from tests.operators.sentence_corpus import Score
from tests.operators.units import emitted_by, units


@cache
def score(language: str) -> Score:
    by_file = {path: corpus.sentences(path) for path in corpus.files() if path.name.startswith(language)}
    return sum((Score.of(units(ops.sentences(), ["".join(each)]), each) for each in by_file.values()), Score())


@pytest.mark.parametrize("language", corpus.languages())
def test_precision_recall_and_f1_of_each_language(language: str) -> None:
    found = score(language)
    assert min(found.precision, found.recall, found.f1) >= 0.98, found


def test_f1_of_all_of_them() -> None:
    total = sum(map(score, corpus.languages()), Score())
    assert total.f1 >= 0.99, total


def test_the_corpus_is_what_it_says() -> None:
    counts = {
        name: sum(len(corpus.sentences(p)) for p in corpus.files() if p.name[:2] == name) for name in corpus.languages()
    }
    assert sum(counts.values()) >= 700
    assert all(counts[name] >= 60 for name in ("de", "en", "es", "fr", "it", "ja", "ru", "zh")), counts


@pytest.mark.parametrize("path", corpus.files(), ids=lambda path: path.stem)
def test_no_cut_of_a_text_changes_its_sentences_and_no_character_is_lost(path: corpus.Path) -> None:
    text = "".join(corpus.sentences(path))
    whole = units(ops.sentences(), [text])
    assert "".join(whole) == text
    assert units(ops.sentences(), list(text)) == whole
    for seed in range(5):
        assert units(ops.sentences(), regroup([text], seed=seed)) == whole


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith met J. R. R. Tolkien.",
        "It is 3.14, e.g. this, see No. 5 and Art. II.",
        "Das ist z. B. am 3. Oktober im 19. Jahrhundert so, d. h. bald.",
        "M. Dupont vit à St. Denis, p. ex. le lundi.",
        "El Sr. García vive en EE. UU. desde 1990.",
        "В 2020 г. А. С. Пушкин и т. д. и т. п. были там.",
        "Wait... what?",
        "“Really?” she asked.",
        "“Really?” Anna asked.",
        "« Vraiment ? » demanda-t-elle.",
        "—¿Vienes? —preguntó Ana.",
        "「行くよ。」と言った。",
        "“真的吗？”她问道。",
        "1. First of all",
        "See https://a.example/x.y?z=1 for more.",
        "a line that\nis wrapped",
        "Is it?! [1]",
    ],
)
def test_one_sentence_stays_one(text: str) -> None:
    assert units(ops.sentences(), list(text)) == [text]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("He left at 9 p.m. ", "Then it rained."),
        ("Visit https://a.example/x.y?z=1. ", "Then go."),
        ("Is it?! ", "It is."),
        ("We took plan B. ", "It worked."),
        ("Io, Titan, etc. ", "Europa is not one."),
        ("She lives in the U.S. ", "He does not."),
        ("It is hot.[1] ", "Very."),
        ("(It is hot.) ", "Very."),
        ("**It is hot.** ", "Very."),
        ("Great! 🎉 ", "Go on."),
        ("¡Hola! ", "¿qué tal?"),
        ("# Io\n", "It is hot"),
        ("- one\n", "- two"),
        ("a) one\n", "b) two"),
        ("真的吗？！", "对。"),
        ("行くよ。", "「はい」"),
        ("“走吧。”", "他站了起来"),
        ("好吗?", "好"),
        ("iPhones sold. ", "iPads did not."),
    ],
)
def test_two_sentences_are_two(first: str, second: str) -> None:
    assert units(ops.sentences(), list(first + second)) == [first, second]


def test_a_sentence_is_emitted_as_soon_as_the_next_word_has_come() -> None:
    emitted = emitted_by(ops.sentences(), "It is hot", ".", " ", "The", "n", " it")
    assert emitted == [[], [], [], [], [], ["It is hot. "]]
    assert emitted_by(ops.sentences(), "Is it?", " Ye", "s, it") == [[], [], ["Is it? "]]


def test_a_blank_line_makes_it_certain_at_once() -> None:
    assert emitted_by(ops.sentences(), "Let me look.", "\n\n", "Io") == [[], ["Let me look.\n\n"], []]
    assert emitted_by(ops.sentences(), "# Io", "\n", "\n") == [[], [], ["# Io\n\n"]]


def test_a_chinese_stop_is_certain_at_once_unless_a_quote_is_open() -> None:
    assert emitted_by(ops.sentences(), "木星很大。", "土星") == [["木星很大。"], []]
    assert emitted_by(ops.sentences(), "“木星很大。", "”", "土") == [[], [], []]
    assert emitted_by(ops.sentences(), "“木星很大。", "土", "。", "”", "\n\n") == [
        [],
        ["“木星很大。"],
        [],
        [],
        ["土。”\n\n"],
    ]
    assert emitted_by(ops.sentences(), "大吗？", "！", "木") == [[], [], ["大吗？！"]]


def test_an_undecided_stop_is_not_examined_again_with_every_delta() -> None:
    positions: list[int] = []

    class CountingSentences(Sentences):
        def _stop(self, text: str, begin: int, at: int, final: bool) -> tuple[int, int]:
            positions.append(at)
            return super()._stop(text, begin, at, final)

    text, made = "It is. Europa is. “Is it?” Anna went out with them. Yes.", CountingSentences()
    assert [unit for each in text for unit in made.feed(each)] + made.flush() == units(ops.sentences(), [text])
    assert len(positions) < 40


def test_it_never_waits_for_long() -> None:
    for behind in [" " * 400, "." * 200, ")" * 100, " " + "(" * 200, " “" + "x" * 200, "[" + "x" * 200]:
        source = list("He is here" + "." + behind + " Then he left. And so on. Yes it is.\n\n")
        emitted = emitted_by(ops.sentences(), *source)
        assert any(emitted[: len("He is here.") + len(behind) + 60]), behind


def test_stripped_sentences_have_no_space_around_them() -> None:
    assert units(ops.sentences(strip=True), ["\n Io.\n\n\n  It", " is. \n"]) == ["Io.", "It is."]


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script(chat_events()).stream().pipe(ops.text(), ops.sentences()), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.sentences(strip=True)), Observable[str])
