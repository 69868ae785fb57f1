"""``items``: the elements of an array, each validated as it closes."""

from __future__ import annotations

import time
from typing import Any, assert_type

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError
from reactivex import Observable
from reactivex.testing import ReactiveTest, TestScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, regroup

on_next, on_completed = ReactiveTest.on_next, ReactiveTest.on_completed


class Moon(BaseModel):
    name: str
    radius: float = Field(default=1, gt=0)


def collect(operator: Any, *fragments: Any) -> list[Any]:
    found: list[Any] = []
    rx.from_iterable(fragments).pipe(operator).subscribe(found.append, found.append, lambda: found.append("end"))
    return found


@pytest.mark.parametrize(
    ("kind", "at", "text", "expected"),
    [
        (
            Moon,
            None,
            '[{"name": "Io"}, {"name": "Europa", "radius": 2}]',
            [Moon(name="Io"), Moon(name="Europa", radius=2)],
        ),
        (Moon, None, '{"of": "Jupiter", "moons": [{"name": "Io"}], "more": [1]}', [Moon(name="Io")]),
        (int, None, "```json\n[1, 23]\n```", [1, 23]),
        (str, None, 'Of [1]: {"moons": ["Io", "a, b"]}', ["Io", "a, b"]),
        (list[int], None, "[[1, 2], [], [3]]", [[1, 2], [], [3]]),
        (int, "a.b", '{"b": [7], "a": {"x": [8], "b": [1, 2]}}', [1, 2]),
        (int, ["a.b", 1], '{"a.b": [[7], [1, 2]]}', [1, 2]),
        (int, [1], "[[7], [1, 2]]", [1, 2]),
        (Any, None, '[{"a": [1]}, null]', [{"a": [1]}, None]),
        (int, None, "[]", []),
    ],
)
def test_the_elements_of_the_array_come_out(kind: Any, at: Any, text: str, expected: list[Any]) -> None:
    assert collect(ops.items(kind, at=at), text) == [*expected, "end"]
    assert collect(ops.items(kind, at=at), *text) == [*expected, "end"]


def test_an_element_comes_out_in_the_tick_in_which_it_closes() -> None:
    scheduler = TestScheduler()
    source = scheduler.create_hot_observable(
        on_next(210, '{"moons": ["Io'), on_next(220, '", "Europa"'), on_next(230, "], "), on_completed(240)
    )
    result = scheduler.start(lambda: source.pipe(ops.items(str)))
    assert result.messages == [on_next(220, "Io"), on_next(220, "Europa"), on_completed(240)]


BROKEN = '[{"name": "Io"}, {"name": "Europa", "radius": -1}, {"name": "Titan"}]'


@given(st.integers(0, 2**32))
def test_an_invalid_element_ends_it_at_once_after_those_before_it(seed: int) -> None:
    io, error = collect(ops.items(Moon), *regroup([BROKEN], seed=seed))
    assert io == Moon(name="Io")
    assert isinstance(error, sk.MalformedError)
    assert str(error) == "items(Moon): element 1: radius: Input should be greater than 0"
    assert isinstance(error.__cause__, ValidationError)


async def test_an_invalid_element_stops_the_call() -> None:
    stream = Script([chat_event({"content": BROKEN[:-3]}), None]).stream()
    with pytest.raises(sk.MalformedError) as caught:
        await stream.pipe(ops.items(Moon)).last()
    assert (stream.state, stream.response.stopped_by) == ("stopped", "items(Moon)")
    assert caught.value.partial is not None and caught.value.partial.content == BROKEN[:-3]


@pytest.mark.parametrize(
    ("at", "text", "message"),
    [
        (None, '{"a": 1, "b": {"c": [1]}}', "there is no array where one should stand"),
        ("a.b", '{"a": {"c": [1]}}', "there is no array where one should stand"),
        ("a", '{"a": {"c": [1]}', "what stands at 'a' is no array"),
        ("a", '{"a": 1', "it ended before it was whole"),
        ("a", '{"a": 1,', "what stands at 'a' is no array"),
        ("a", "no JSON", "nothing in it is the JSON that is wanted"),
        (None, "[1, 2", "it ended before it was whole"),
        (None, "[1, x", "a value should stand there"),
    ],
)
def test_no_array_or_half_of_one_is_an_error(at: Any, text: str, message: str) -> None:
    for fragments in ([text], list(text)):
        assert str(collect(ops.items(int, at=at), *fragments)[-1]) == f"items(int): {message}."


@given(st.integers(0, 2**32))
def test_what_follows_the_array_is_not_looked_at_however_it_is_cut(seed: int) -> None:
    fragments = regroup(['{"moons": [1, 2], oops'], seed=seed)
    assert collect(ops.items(int), *fragments) == [1, 2, "end"]


async def test_the_call_goes_on_to_its_end_after_the_array() -> None:
    stream = Script(chat_events('["Io"]', " and", " so on")).stream()
    assert [each async for each in stream.pipe(ops.items(str))] == ["Io"]
    assert stream.state == "complete"


@pytest.mark.parametrize("at", ["", "a..b", [], [1.5], [""]])
def test_a_path_that_is_none_is_refused(at: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="names with dots"):
        ops.items(int, at=at)


def test_many_elements_cost_their_number() -> None:
    text = "[" + ", ".join('{"name": "Europa", "radius": 1560.8}' for _ in range(20_000)) + "]"
    start = time.process_time()
    assert len(collect(ops.items(Moon), *(text[at : at + 20] for at in range(0, len(text), 20)))) == 20_001
    assert time.process_time() - start < 10
    assert len(collect(ops.items(Moon), text)) == 20_001


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.items(Moon)), sk.Flow[Moon])
    assert_type(stream.pipe(ops.text(), ops.items(str, at="moons")), sk.Flow[str])
    assert_type(rx.of("[]").pipe(ops.items(list[int])), Observable[list[int]])
