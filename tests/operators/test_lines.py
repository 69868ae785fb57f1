"""``lines``: each line as soon as it ends."""

from __future__ import annotations

from typing import assert_type

import reactivex as rx
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events
from tests.operators.units import emitted_by, units


def test_a_line_is_emitted_with_its_end() -> None:
    assert emitted_by(ops.lines(), "Io", "\nEuro", "pa\n\n") == [[], ["Io\n"], ["Europa\n", "\n"]]


def test_a_carriage_return_waits_for_its_line_feed() -> None:
    assert emitted_by(ops.lines(), "Io\r", "\n", "Titan\r", "x") == [[], ["Io\r\n"], [], ["Titan\r"]]
    assert units(ops.lines(), ["Io\r"]) == ["Io\r"]


def test_only_what_ends_lines_of_files_ends_lines() -> None:
    assert units(ops.lines(), ["a\u2028b\x0bc\x85d\x1ee\n"]) == ["a\u2028b\x0bc\x85d\x1ee\n"]


def test_stripped_lines_keep_their_indent_and_stay_lines_when_they_are_empty() -> None:
    assert units(ops.lines(strip=True), ["  Io \r\n\n\r", "\n x"]) == ["  Io ", "", "", " x"]


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script(chat_events()).stream().pipe(ops.text(), ops.lines()), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.lines(strip=True)), Observable[str])
