"""``words``: each word as soon as the next one begins."""

from __future__ import annotations

from typing import assert_type

import pytest
import reactivex as rx
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events
from tests.operators.units import emitted_by, units


def test_a_word_is_emitted_when_the_next_begins_or_a_blank_line_ends() -> None:
    assert emitted_by(ops.words(), "Io ", " a", "nd\n", "\n") == [[], ["Io  "], [], ["and\n\n"]]


def test_space_before_the_first_word_belongs_to_it() -> None:
    assert units(ops.words(), ["\n ", " Io and"]) == ["\n  Io ", "and"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("don't e-mail a.b@c.example", ["don't ", "e-mail ", "a.b@c.example"]),
        ("木星有「卫星」。", ["木", "星", "有", "「卫", "星」。"]),
        ("iPhoneとデータ、きょう", ["iPhone", "と", "データ、", "きょ", "う"]),
        ("목성의 위성", ["목성의 ", "위성"]),
        ("ดาวพฤหัสบดี ใหญ่", ["ดาวพฤหัสบดี ", "ใหญ่"]),
        ("Io \u0301 is", ["Io \u0301 ", "is"]),  # the mark makes a visible character of the space
    ],
)
def test_what_a_word_is(text: str, words: list[str]) -> None:
    assert units(ops.words(), list(text)) == words


def test_an_ideograph_waits_only_for_what_may_close_it() -> None:
    assert emitted_by(ops.words(), "木", "星", "。", "有") == [[], ["木"], [], ["星。"]]


async def test_over_a_stream() -> None:
    stream = Script(chat_events("Io and Eu", "ropa")).stream()
    assert [word async for word in stream.pipe(ops.text(), ops.words())] == ["Io ", "and ", "Europa"]


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script(chat_events()).stream().pipe(ops.text(), ops.words()), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.words(strip=True)), Observable[str])
