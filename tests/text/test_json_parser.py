"""The parser: any JSON value, written and cut in any way, is parsed as it is; text that is not JSON is refused."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamkit.partial_json.builder import PlainBuilder
from streamkit.text.json_parser import NotJson, Parser, StopParsing, TooDeep
from streamkit.tool import strict_json
from tests.partial_json.texts import cut, values, written

seeds = st.integers(0, 2**32)


class Recorder(PlainBuilder):
    """A sink that records the parts of a value."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []
        self.grown = ""

    def begin(self, array: bool) -> None:
        self.events.append(array)
        super().begin(array)

    def name(self, name: str) -> bool:
        self.events.append(name)
        return super().name(name)

    def grow(self, fragment: str) -> None:
        self.grown += fragment

    def scalar(self, value: Any) -> None:
        assert not self.grown or value.startswith(self.grown)
        self.grown = ""
        self.events.append((value,))
        super().scalar(value)

    def end(self) -> None:
        self.events.append(None)
        super().end()


def read(*fragments: str) -> tuple[Recorder, Parser]:
    sink = Recorder()
    parser = Parser(sink)
    for fragment in fragments:
        parser.feed(fragment)
    if not parser.done:
        parser.flush()
    return sink, parser


@given(values, seeds)
def test_any_value_is_read_as_it_is_however_it_is_written_and_cut(value: Any, seed: int) -> None:
    rng = random.Random(seed)
    text = rng.choice(["", " \n"]) + written(value, rng)
    sink, _ = read(*cut(text, rng))
    whole, _ = read(text)
    assert sink.value == whole.value == value
    assert sink.events == whole.events
    assert repr(sink.value) == repr(value)  # 1 is not 1.0, and 0.0 is not -0.0


@given(values, seeds, st.text('{}[]":,\\0123456789.eE+-tnu ', max_size=3))
@example("1", 0, "")
def test_what_strict_json_refuses_is_refused_and_nothing_else(value: Any, seed: int, noise: str) -> None:
    rng = random.Random(seed)
    text = written(value, rng)
    start = rng.randrange(len(text))
    text = text[:start] + noise + text[start + rng.randrange(3) :]
    try:
        expected: Any = strict_json(text)
    except ValueError:
        expected = ValueError
    found = [outcome([text]), outcome(list(text))]
    assert found[0] == found[1]
    assert found[0] == (repr(expected) if expected is not ValueError else "refused")


def outcome(fragments: list[str]) -> str:
    sink = Recorder()
    parser = Parser(sink)
    rest = ""
    try:
        for fragment in fragments:
            if parser.done:
                rest += fragment
            else:
                parser.feed(fragment)
        if not parser.done:
            parser.flush()
    except NotJson:
        return "refused"
    return "refused" if (parser.unread + rest).strip(" \t\r\n") else repr(sink.value)


NO_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "01", "1.", ".5", "+1", "-", "1e", "0x1", "\u0661", "9" * 4301]
NO_WORDS = ["tru", "True", "None", "truee", "'a'"]
NO_STRINGS = ['"\t"', '"\\x"', '"\\u12g4"', '"\\ud83d"', '"\\ude90"', '"\\ud83d\\u0041"', '"\ud83d"']
NO_ARRAYS = ["[1,]", "[,1]", "[1 2]", "[1}", "]", ",", ":"]
NO_OBJECTS = ['{"a":1,}', "{a:1}", '{"a" 1}', '{"a":}', '{"a":1 "b":2}', "{1:2}", "{]", '{"a":1]', '{"a"}']
NO_OBJECTS_EITHER = ['{"a":1,"a":2}', '{"\\u0061":1,"a":2}']


@pytest.mark.parametrize("text", [*NO_ARRAYS, *NO_OBJECTS, *NO_OBJECTS_EITHER])
def test_what_is_no_strict_json_is_refused_wherever_it_is_cut(text: str) -> None:
    refused(text)


@pytest.mark.parametrize("text", [*NO_NUMBERS, *NO_WORDS, *NO_STRINGS])
def test_a_scalar_that_is_none_is_refused_wherever_it_is_cut(text: str) -> None:
    refused(f"[{text}]")


def refused(text: str) -> None:
    for fragments in ([text], list(text)):
        with pytest.raises(NotJson):
            read(*fragments)


@pytest.mark.parametrize("text", ["", " ", "[", '{"a"', '"abc', '"\\u12', "tru", "-", '{"a": 1', "[1, 2"])
def test_what_is_not_whole_is_not_whole_at_the_end(text: str) -> None:
    with pytest.raises(NotJson):
        read(text)


def test_a_number_is_whole_at_what_follows_it_or_at_the_end() -> None:
    sink = Recorder()
    parser = Parser(sink)
    parser.feed("[1")
    assert sink.events == [True]
    parser.feed("2, 3")
    assert sink.events == [True, (12,)]
    assert read("4", "2")[0].value == 42


def test_half_a_surrogate_pair_waits_for_the_other_half() -> None:
    sink = Recorder()
    parser = Parser(sink)
    for fragment in ['"Io \\ud8', "3e", "\\", "ude9", '0!"']:
        assert "\ud83e" not in sink.grown
        parser.feed(fragment)
    assert sink.value == "Io 🪐!"


def test_what_follows_the_value_is_not_read() -> None:
    _, parser = read('[1, {"a": 2}] and {prose}')
    assert parser.unread == " and {prose}"


def test_the_rest_begins_with_the_token_that_is_no_json_wherever_the_text_is_cut() -> None:
    for text, rest in {
        '{"a": 1 {"b"': '{"b"',
        '{"a": truX': "truX",
        '["\\uZ"]': '\\uZ"]',
        '{"a": 1, "a" : 2}': ": 2}",
        "[01, 2]": "01, 2]",
    }.items():
        for size in range(1, len(text) + 1):
            parser, at = Parser(Recorder()), 0
            with pytest.raises(NotJson):
                for at in range(0, len(text), size):
                    parser.feed(text[at : at + size])
            assert parser.unread + text[at + size :] == rest


def test_nesting_is_bounded() -> None:
    assert read("[" * 128 + "]" * 128)[1].done
    with pytest.raises(TooDeep, match="128"):
        read("[" * 129)


def test_a_sink_that_has_enough_ends_the_reading() -> None:
    class Short(Recorder):
        def end(self) -> None:
            raise StopParsing

    parser = Parser(Short())
    parser.feed("[[1], no JSON")
    assert parser.done


@pytest.mark.parametrize(
    "text", ['["' + "moon " * 200_000 + '"]', "[" + "1, " * 300_000 + "1]", '{"a": "' + "\\u00e9" * 170_000]
)
def test_a_long_text_in_small_fragments_costs_its_length(text: str) -> None:
    parser = Parser(Recorder())
    start = time.process_time()
    for at in range(0, len(text), 20):
        parser.feed(text[at : at + 20])
    assert time.process_time() - start < 10
