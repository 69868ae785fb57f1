"""What every operator keeps: values, errors, completion, disposal, independence, any cut of the text, the scheduler.

A new operator that makes text or chunks of text or chunks joins by a row in `ROWS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex.disposable import Disposable
from reactivex.testing import ReactiveTest, TestScheduler
from reactivex.testing.hotobservable import HotObservable

import streamkit as sk
from streamkit import operators as ops

on_next, on_completed, on_error = ReactiveTest.on_next, ReactiveTest.on_completed, ReactiveTest.on_error
TEXT = "Io, Europa und 木星 🪐."
TIMES = (210, 220, 230)
END = 240


def chunk(content: str) -> sk.Chunk:
    return sk.Chunk(content=content)


@dataclass(frozen=True, slots=True)
class Row:
    """How to try an operator: what makes it, what it takes, and what text comes out.

    Args:
        make: Makes the operator.
        lift: Makes an element of a piece of text.
        expected: What of a text comes out; all of it, if not given.
        reduces: It emits once, at completion.
    """

    make: Callable[[], Callable[[Observable[Any]], Observable[Any]]]
    lift: Callable[[str], Any] = str
    expected: Callable[[str], str] = str
    reduces: bool = False


def before(found: str) -> Callable[[str], str]:
    return lambda text: text.partition(found)[0]


def through(found: str) -> Callable[[str], str]:
    return lambda text: text.partition(found)[0] + text.partition(found)[1]


ROWS = {
    "join": Row(ops.join, reduces=True),
    "text": Row(ops.text, chunk),
    "to_response": Row(ops.to_response, chunk, reduces=True),
    "until, never met": Row(lambda: ops.until("Titan")),
    "until, never met, exclusive": Row(lambda: ops.until("Titan", inclusive=False)),
    "until a text": Row(lambda: ops.until("ropa"), expected=through("ropa")),
    "until a text, exclusive": Row(lambda: ops.until("ropa", inclusive=False), expected=before("ropa")),
    "until a text in chunks": Row(lambda: ops.until("ropa"), chunk, through("ropa")),
    "until a text in chunks, exclusive": Row(lambda: ops.until("ropa", inclusive=False), chunk, before("ropa")),
    "until a pattern": Row(lambda: ops.until(re.compile(r"r.p")), expected=through("rop")),
    "until a pattern in chunks, exclusive": Row(
        lambda: ops.until(re.compile(r"r.p"), inclusive=False), chunk, before("rop")
    ),
}


def rows(kind: Callable[[Row], bool]) -> pytest.MarkDecorator:
    names = [name for name, row in ROWS.items() if kind(row)]
    return pytest.mark.parametrize("row", [ROWS[name] for name in names], ids=names)


every_operator = rows(lambda row: True)
every_text_keeping_operator = rows(lambda row: row.expected(TEXT) == TEXT)
every_reducer = rows(lambda row: row.reduces)


def fragments() -> list[str]:
    return [TEXT[:6], TEXT[6:9], TEXT[9:]]


def text_of(values: list[Any]) -> str:
    """Join what came out; a chunk and a Response as text are their content."""
    return "".join(str(value) for value in values)


def collect(source: Observable[Any], operator: Callable[[Observable[Any]], Observable[Any]]) -> list[Any]:
    found: list[Any] = []
    source.pipe(operator).subscribe(found.append)
    return found


def run(row: Row, end: Any, *, disposed: int = 1000) -> tuple[list[Any], list[tuple[int, int]]]:
    """Play the text and an end to the operator; return what came out, and when the source was listened to."""
    scheduler = TestScheduler()
    signals = [on_next(time, row.lift(fragment)) for time, fragment in zip(TIMES, fragments(), strict=True)]
    source: HotObservable[Any] = scheduler.create_hot_observable(*signals, *end)
    result = scheduler.start(lambda: source.pipe(row.make()), disposed=disposed)
    return result.messages, [(each.subscribe, each.unsubscribe) for each in source.subscriptions]


def values(messages: list[Any]) -> list[Any]:
    return [message.value.value for message in messages if message.value.kind == "N"]


@every_operator
def test_the_text_comes_out_then_the_end_and_the_source_is_left(row: Row) -> None:
    messages, listened = run(row, [on_completed(END)])
    assert text_of(values(messages)) == row.expected(TEXT)
    assert [message.value.kind for message in messages[-1:]] == ["C"]
    assert listened == [(200, messages[-1].time)]


@every_operator
def test_elements_pass_as_they_come_or_once_at_the_end(row: Row) -> None:
    messages, _ = run(row, [on_completed(END)])
    assert {message.time for message in messages[:-1]} <= ({END} if row.reduces else {*TIMES, END})
    assert not row.reduces or len(messages) == 2


@every_operator
def test_nothing_comes_of_a_source_that_is_silent_and_it_is_left_when_disposed(row: Row) -> None:
    scheduler = TestScheduler()
    source: HotObservable[Any] = scheduler.create_hot_observable()
    result = scheduler.start(lambda: source.pipe(row.make()))
    assert (result.messages, [each.unsubscribe for each in source.subscriptions]) == ([], [1000])


@every_text_keeping_operator
def test_an_error_passes_through_unchanged(row: Row) -> None:
    wrong = ValueError("the source's own")
    messages, listened = run(row, [on_error(END, wrong)])
    assert text_of(values(messages)) == ("" if row.reduces else TEXT)
    assert (messages[-1].time, messages[-1].value.exception) == (END, wrong)
    assert listened == [(200, END)]


@every_operator
def test_disposing_reaches_the_source_at_once(row: Row) -> None:
    messages, listened = run(row, [on_completed(END)], disposed=215)
    assert listened == [(200, 215)]
    assert all(message.time <= 215 for message in messages)


@every_operator
def test_an_empty_source_ends_empty(row: Row) -> None:
    found: list[Any] = []
    rx.empty().pipe(row.make()).subscribe(found.append, found.append, lambda: found.append("end"))
    assert (text_of(found), len(found)) == ("end", 2 if row.reduces else 1)


@every_reducer
def test_what_reduces_emits_nothing_before_the_end(row: Row) -> None:
    messages, _ = run(row, [], disposed=300)
    assert messages == []


@every_operator
def test_two_subscriptions_share_nothing(row: Row) -> None:
    scheduler = TestScheduler()
    signals = [on_next(10 * at, row.lift(fragment)) for at, fragment in enumerate(fragments(), 1)]
    built = scheduler.create_cold_observable(*signals, on_completed(40)).pipe(row.make())
    first, second = scheduler.create_observer(), scheduler.create_observer()
    built.subscribe(first, scheduler=scheduler)
    scheduler.advance_to(15)
    built.subscribe(second, scheduler=scheduler)
    scheduler.start()
    assert text_of(values(first.messages)) == text_of(values(second.messages)) == row.expected(TEXT)


@every_operator
def test_one_operator_serves_two_sources(row: Row) -> None:
    operator = row.make()
    sources = [rx.from_iterable(map(row.lift, text)) for text in (TEXT, "Kallisto")]
    assert [text_of(collect(source, operator)) for source in sources] == [row.expected(TEXT), row.expected("Kallisto")]


@every_operator
def test_nothing_is_subscribed_to_before_there_is_a_subscriber(row: Row) -> None:
    subscribed: list[object] = []
    built = Observable[Any](lambda observer, scheduler: subscribed.append(observer) or Disposable()).pipe(row.make())
    assert subscribed == []
    built.subscribe()
    assert len(subscribed) == 1


@every_operator
def test_the_subscribers_scheduler_is_handed_up(row: Row) -> None:
    given: list[object] = []

    def subscribe(observer: Any, scheduler: Any) -> Any:
        given.append(scheduler)
        return rx.empty().subscribe(observer)

    scheduler = TestScheduler()
    Observable[Any](subscribe).pipe(row.make()).subscribe(scheduler=scheduler)
    assert given == [scheduler]


@every_operator
@given(st.sampled_from([TEXT, TEXT * 3, "rop" * 5 + "a", ""]), st.randoms(use_true_random=False))
def test_the_cut_of_the_text_does_not_matter(row: Row, text: str, random: Random) -> None:
    inner = random.sample(range(1, len(text)), random.randrange(len(text))) if text else []
    edges = [0, *sorted(inner), len(text)]
    cut = [row.lift(text[start:stop]) for start, stop in pairwise(edges)]
    assert text_of(collect(rx.from_iterable(cut), row.make())) == row.expected(text)
