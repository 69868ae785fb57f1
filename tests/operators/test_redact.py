"""`redact`: nothing that matches is seen behind it, and its callbacks, bounds and bad input."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex import operators as rxops
from reactivex.testing import ReactiveTest, TestScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit.operators import patterns
from streamkit.testing import Script, chat_events, check_chunking_invariance

on_next, on_completed, on_error = ReactiveTest.on_next, ReactiveTest.on_completed, ReactiveTest.on_error
KEY = re.compile(r"sk-\w+")


class Removed(list[tuple[str, int]]):
    """A list of what was removed."""

    def note(self, name: str, count: int) -> None:
        self.append((name, count))


def redact(*fragments: str, pattern: Any = KEY, **options: Any) -> list[str]:
    return list(sk.flow(rx.of(*fragments)).pipe(ops.redact(pattern, **options)))


def test_text_passes_as_soon_as_it_can_no_longer_match() -> None:
    scheduler = TestScheduler()
    source = scheduler.create_hot_observable(
        *(on_next(210, "my key s"), on_next(220, "o: sk-"), on_next(230, "12"), on_next(240, ". Io"), on_completed(250))
    )
    result = scheduler.start(lambda: source.pipe(ops.redact(KEY)))
    assert result.messages == [
        *(on_next(210, "my key "), on_next(220, "so: "), on_next(240, "[redacted]. Io"), on_completed(250))
    ]


def test_what_is_held_comes_before_an_error_if_it_is_no_match() -> None:
    seen: list[Any] = []
    wrong = ValueError("the source's own")
    rx.concat(rx.of("Io sk-"), rx.throw(wrong)).pipe(ops.redact(KEY)).subscribe(seen.append, seen.append)
    assert seen == ["Io ", "sk-", wrong]
    seen.clear()
    rx.concat(rx.of("Io sk-12"), rx.throw(wrong)).pipe(ops.redact(KEY)).subscribe(seen.append, seen.append)
    assert seen == ["Io ", "[redacted]", wrong]


def test_of_several_patterns_the_leftmost_counts_and_of_those_the_longest() -> None:
    named = {"one": re.compile("ab"), "two": re.compile("abc+"), "three": re.compile("bcd")}
    seen = Removed()
    assert redact("xabccd", pattern=named, on_redact=seen.note) == ["x", "[redacted]d"] or seen
    assert seen == [("two", 4)]


def test_the_replacement_may_be_made_of_the_match() -> None:
    named = re.compile(r"(?P<name>\w+)@(\w+)")

    def replace(match: sk.TextMatch) -> str:
        return f"{match.named['name']}@…"

    assert redact("io@moon", replacement=replace, pattern=named) == ["io@…"]


def test_the_callback_gets_the_name_and_the_number_of_characters() -> None:
    seen = Removed()
    redact("sk-1 sk-22", on_redact=seen.note)
    assert seen == [(r"sk-\w+", 4), (r"sk-\w+", 5)]


def test_at_the_bound_what_is_held_is_replaced_and_reported() -> None:
    seen = Removed()
    found = redact("Io sk-", *"1" * 50, " Titan", pattern={"key": KEY}, max_hold=10, on_redact=seen.note)
    assert ("".join(found), seen) == ("Io [redacted] Titan", [("key", 10)])


def test_a_sentence_beyond_the_bound_is_replaced_whole() -> None:
    def names(sentence: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer("Io", sentence)]

    text = "Io is hot. The " + "x" * 50 + " is cold. Io too."
    for size in (1, 7, 100):
        cut = [text[at : at + size] for at in range(0, len(text), size)]
        assert "".join(redact(*cut, pattern=names, max_hold=20)) == "[redacted] is hot. [redacted][redacted] too."


def test_memory_is_bounded_on_an_endless_source() -> None:
    endless = rx.from_iterable("sk-" if at == 0 else "word" for at in itertools.count())
    found = endless.pipe(ops.redact(KEY), rxops.take(1), rxops.to_list()).run()
    assert found == ["[redacted]"]


@pytest.mark.parametrize(
    ("pattern", "options", "message"),
    [
        ("", {}, "has characters"),
        (re.compile("a*"), {}, "empty text"),
        (re.compile(r"\b"), {}, "empty text"),
        (re.compile(b"a"), {}, "for bytes"),
        (None, {}, "give a text"),
        ({}, {}, "one pattern or more"),
        ({"a": 7}, {}, "give a text"),
        ("Io", {"replacement": None}, "give a text, or a function"),
        ("Io", {"fields": ()}, "give names out of"),
        ("Io", {"fields": "content"}, "give names out of"),
        ("Io", {"fields": ["contents"]}, "give names out of"),
        ("Io", {"max_hold": 0}, "1 or more"),
        ("Io", {"max_hold": True}, "1 or more"),
        ("Io", {"on_redact": 7}, "function of a name"),
    ],
)
def test_bad_input_is_refused_at_the_call(pattern: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=message):
        ops.redact(pattern, **options)


def fails(*_: Any) -> Any:
    raise LookupError("the user's own")


@pytest.mark.parametrize(
    "make",
    [
        lambda: ops.redact("Io", fails),
        lambda: ops.redact("Io", on_redact=fails),
        lambda: ops.redact(patterns.CheckedPattern(re.compile("Io"), fails)),
        lambda: ops.redact(fails),
    ],
)
def test_what_a_callback_raises_comes_unchanged_and_what_is_held_is_not_emitted(make: Callable[[], Any]) -> None:
    seen: list[Any] = []
    rx.of("My ", "Io. Then").pipe(make()).subscribe(seen.append, seen.append)
    assert [each for each in seen if each != "My "] == seen[-1:]
    assert type(seen[-1]) is LookupError


@pytest.mark.parametrize("returned", [None, 7, "Io", [1], [(0, 99)], [(2, 1)], [("a", "b")]])
def test_a_function_that_returns_no_spans_is_an_error(returned: Any) -> None:
    def find(_: str) -> Any:
        return returned

    with pytest.raises(sk.ConfigurationError, match="pairs of a start and an end"):
        redact("Io.", pattern=find)


def test_a_replacement_that_is_no_text_is_an_error() -> None:
    def replace(_: sk.TextMatch) -> Any:
        return None

    with pytest.raises(sk.ConfigurationError, match="return a text"):
        redact("sk-1", replacement=replace)


def test_an_element_that_is_no_text_and_no_chunk_is_an_error() -> None:
    with pytest.raises(sk.ConfigurationError, match="int came"):
        source: Any = rx.of(7)
        source.pipe(ops.redact("Io")).run()


def test_a_pattern_that_explodes_ends_in_an_error_that_names_it() -> None:
    exploding = re.compile(r"(?:a|a)+(?=!!)")
    with pytest.raises(sk.LimitExceeded, match=r"a\|a.* needed more than 0\.1 s"):
        redact("a" * 60 + "b", pattern=exploding)


def test_the_cut_of_a_stream_does_not_matter() -> None:
    texts = "Write to io@exa", "mple.org 👩‍🚀, or call +49 30", " 1234567."
    answer = [*(sk.Chunk(content=text, thinking=text) for text in texts), sk.Chunk(finish_reasons=["stop"])]
    check_chunking_invariance(
        lambda source: source.pipe(ops.redact(patterns.ALL), ops.text()), answers=[answer], view="".join
    )


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.redact("Io")), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.text(), ops.redact(KEY, lambda match: match.text)), sk.Flow[str])
    assert_type(stream.pipe(ops.text(), ops.redact(patterns.ALL), ops.join()), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.redact({"key": KEY})), Observable[str])
