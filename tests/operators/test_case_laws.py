"""What every operator keeps, tried on every case: values, errors, end, disposal, independence, any cut."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex.disposable import Disposable
from reactivex.testing import ReactiveTest, TestScheduler
from reactivex.testing.hotobservable import HotObservable

from streamkit import operators as ops
from tests.operators.cases import Case

on_next, on_completed, on_error = ReactiveTest.on_next, ReactiveTest.on_completed, ReactiveTest.on_error
FIRST = 210


def all_cases() -> dict[str, Case]:
    found: dict[str, Case] = {}
    for path in sorted(Path(__file__).parent.glob("cases_*.py")):
        found |= importlib.import_module(f"tests.operators.{path.stem}").CASES
    return found


CASES = all_cases()
every = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
never_stopping = pytest.mark.parametrize(
    "case", [case for case in CASES.values() if not case.stops], ids=[name for name in CASES if not CASES[name].stops]
)
emitting = pytest.mark.parametrize(
    "case", [case for case in CASES.values() if case.expected], ids=[name for name in CASES if CASES[name].expected]
)
cuttable = pytest.mark.parametrize(
    "case", [case for case in CASES.values() if case.cut], ids=[name for name in CASES if CASES[name].cut]
)


def end_of(case: Case) -> int:
    return FIRST + 10 * len(case.given)


def play(case: Case, end: Any, *, disposed: int = 100_000) -> tuple[list[Any], list[tuple[int, int]]]:
    """Play the case's elements and an end; return what came out, and when the source was listened to."""
    scheduler = TestScheduler()
    signals = [on_next(FIRST + 10 * at, each) for at, each in enumerate(case.given)]
    source: HotObservable[Any] = scheduler.create_hot_observable(*signals, *end)
    result = scheduler.start(lambda: source.pipe(case.make()), disposed=disposed)
    return result.messages, [(each.subscribe, each.unsubscribe) for each in source.subscriptions]


def values(messages: list[Any]) -> list[Any]:
    return [message.value.value for message in messages if message.value.kind == "N"]


def collect(source: Observable[Any], case: Case) -> tuple[list[Any], list[str]]:
    found: list[Any] = []
    ends: list[str] = []
    source.pipe(case.make()).subscribe(found.append, lambda error: ends.append(repr(error)), lambda: ends.append("end"))
    return found, ends


@every
def test_what_must_come_out_does_and_then_the_end(case: Case) -> None:
    messages, listened = play(case, [on_completed(end_of(case))])
    assert case.view(values(messages)) == case.expected
    assert [message.value.kind for message in messages if message.value.kind != "N"] == ["C"]
    assert listened == [(200, messages[-1].time)]
    assert (messages[-1].time < end_of(case)) == case.stops
    assert not case.at_the_end or {message.time for message in messages} == {end_of(case)}


@never_stopping
def test_an_error_passes_through_unchanged_and_once(case: Case) -> None:
    wrong = ValueError("the source's own")
    messages, listened = play(case, [on_error(end_of(case), wrong)])
    assert [message.value.kind for message in messages if message.value.kind != "N"] == ["E"]
    assert (messages[-1].time, messages[-1].value.exception) == (end_of(case), wrong)
    assert listened == [(200, end_of(case))]


@every
def test_disposing_reaches_the_source_at_once(case: Case) -> None:
    messages, listened = play(case, [on_completed(end_of(case))], disposed=FIRST - 5)
    assert (messages, listened) == ([], [(200, FIRST - 5)])


@every
def test_an_empty_source_ends_without_an_error(case: Case) -> None:
    _, ends = collect(rx.empty(), case)
    assert ends == ["end"]


@every
def test_two_subscriptions_share_nothing(case: Case) -> None:
    scheduler = TestScheduler()
    signals = [on_next(10 * at, each) for at, each in enumerate(case.given, 1)]
    end = on_completed(10 * len(case.given) + 10)
    built = scheduler.create_cold_observable(*signals, end).pipe(case.make())
    first, second = scheduler.create_observer(), scheduler.create_observer()
    built.subscribe(first, scheduler=scheduler)
    scheduler.advance_to(15)
    built.subscribe(second, scheduler=scheduler)
    scheduler.start()
    assert case.view(values(first.messages)) == case.view(values(second.messages)) == case.expected


@every
def test_one_operator_serves_two_sources(case: Case) -> None:
    operator = case.make()
    for _ in range(2):
        found: list[Any] = []
        rx.from_iterable(case.given).pipe(operator).subscribe(found.append)
        assert case.view(found) == case.expected


@every
def test_nothing_is_subscribed_to_before_there_is_a_subscriber(case: Case) -> None:
    subscribed: list[object] = []
    built = Observable[Any](lambda observer, scheduler: subscribed.append(observer) or Disposable()).pipe(case.make())
    assert subscribed == []
    built.subscribe().dispose()
    assert len(subscribed) == 1


@every
def test_the_subscribers_scheduler_is_handed_up(case: Case) -> None:
    given_up: list[object] = []

    def subscribe(observer: Any, scheduler: Any) -> Any:
        given_up.append(scheduler)
        return rx.empty().subscribe(observer)

    scheduler = TestScheduler()
    Observable[Any](subscribe).pipe(case.make()).subscribe(scheduler=scheduler).dispose()
    assert given_up == [scheduler]


@emitting
@pytest.mark.parametrize("at", [0, -1], ids=["first", "last"])
def test_what_a_subscriber_raises_comes_to_its_own_on_error_and_nothing_else_does(case: Case, at: int) -> None:
    source = rx.from_iterable(case.given).pipe(ops.fan_out())
    emitted: list[Any] = []
    source.pipe(case.make()).subscribe(emitted.append)
    fatal = range(len(emitted))[at]
    found: list[Any] = []
    ends: list[Any] = []

    def raise_at(element: Any) -> None:
        found.append(element)
        if len(found) > fatal:
            raise LookupError(len(found))

    source.pipe(case.make()).subscribe(raise_at, ends.append, lambda: ends.append("completed"))
    assert [type(end) for end in ends] == [LookupError]


@cuttable
@given(st.integers(0, 2**32))
def test_the_cut_does_not_matter(case: Case, seed: int) -> None:
    assert case.cut is not None
    found, ends = collect(rx.from_iterable(case.cut(case.given, seed)), case)
    assert (case.view(found), ends) == (case.expected, ["end"])
