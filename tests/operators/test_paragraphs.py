"""``paragraphs``: each paragraph as soon as a blank line ends it."""

from __future__ import annotations

from typing import assert_type

import reactivex as rx
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events
from tests.operators.units import emitted_by, units


def test_a_paragraph_is_emitted_with_its_blank_line() -> None:
    assert emitted_by(ops.paragraphs(), "Io\nis", " hot.\n", " \nEu", "ropa") == [[], [], ["Io\nis hot.\n \n"], []]


def test_further_blank_lines_begin_the_next_and_an_indent_stays_with_its_line() -> None:
    assert units(ops.paragraphs(), ["Io\n\n\n\n    Europa"]) == ["Io\n\n", "\n\n    Europa"]
    assert units(ops.paragraphs(strip=True), ["Io \n\n\n\n    Europa\n"]) == ["Io", "    Europa"]


def test_ends_of_lines_of_every_kind_make_blank_lines() -> None:
    assert units(ops.paragraphs(), list("a\r\n\r\nb\r\rc\n\r\nd")) == ["a\r\n\r\n", "b\r\r", "c\n\r\n", "d"]
    assert units(ops.paragraphs(), list("a\r\nb")) == ["a\r\nb"]


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script(chat_events()).stream().pipe(ops.text(), ops.paragraphs()), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.paragraphs(strip=True)), Observable[str])
