"""``fields``: each value inside a JSON text, as it grows and closes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, assert_type, cast

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events
from tests.partial_json.texts import containers, cut, written


class Moon(BaseModel):
    name: str = Field(max_length=8)
    radius: float | None = None


class Planet(BaseModel):
    name: str
    seen: date | None = None
    moons: list[Moon] = Field(default_factory=list[Moon], max_length=2)


def collect(kind: Any, *fragments: Any) -> list[Any]:
    found: list[Any] = []
    rx.from_iterable(fragments).pipe(ops.fields(kind)).subscribe(found.append, found.append)
    return found


def events(fields: list[Any]) -> list[Any]:
    return [(field.path, field.value, field.closed, field.delta) for field in fields]


def test_a_string_grows_and_everything_closes_in_the_order_of_the_text() -> None:
    assert events(collect(None, '{"name": "Eu', "ro", 'pa", "of": {"a": [1', '2, true], "b": ""}}')) == [
        (("name",), "Eu", False, "Eu"),
        (("name",), "Euro", False, "ro"),
        (("name",), "Europa", True, "pa"),
        (("of", "a", 0), 12, True, ""),
        (("of", "a", 1), True, True, ""),
        (("of", "a"), [12, True], True, ""),
        (("of", "b"), "", True, ""),
        (("of",), {"a": [12, True], "b": ""}, True, ""),
        ((), {"name": "Europa", "of": {"a": [12, True], "b": ""}}, True, ""),
    ]


def values_in(value: Any, path: tuple[str | int, ...] = ()) -> list[Any]:
    inner: list[Any] = []
    if isinstance(value, dict | list):
        held = cast("dict[str, Any] | list[Any]", value)
        members: Iterable[tuple[Any, Any]] = held.items() if isinstance(held, dict) else enumerate(held)
        inner = [each for name, part in members for each in values_in(part, (*path, name))]
    return [*inner, (path, value)]


@given(containers, st.integers(0, 2**32))
def test_what_closes_is_every_value_and_the_deltas_of_a_string_are_its_text(value: Any, seed: int) -> None:
    rng = random.Random(seed)
    found: list[sk.Field] = collect(None, *cut(written(value, rng), rng))
    assert [(field.path, field.value) for field in found if field.closed] == values_in(value)
    deltas: dict[Any, str] = {}
    for field in found:
        deltas[field.path] = deltas.get(field.path, "") + field.delta
        assert not isinstance(field.value, str) or field.value == deltas[field.path]


def test_with_a_model_values_are_validated_and_typed() -> None:
    text = '{"name": "Jupiter", "seen": "1610-01-07", "more": {"a": 1}, "moons": [{"name": "Io", "radius": 1821}]}'
    io = Moon(name="Io", radius=1821)
    assert [(field.path, field.value) for field in collect(Planet, text)] == [
        (("name",), "Jupiter"),
        (("seen",), date(1610, 1, 7)),
        (("more", "a"), 1),
        (("more",), {"a": 1}),
        (("moons", 0, "name"), "Io"),
        (("moons", 0, "radius"), 1821.0),
        (("moons", 0), io),
        (("moons",), [io]),
        ((), Planet(name="Jupiter", seen=date(1610, 1, 7), moons=[io])),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": 3,', "name: Input should be a valid string"),
        ('{"name": "a", "seen": "soon"', "seen: Input should be a valid date or datetime"),
        ('{"moons": [{"name": "Io"}, {"name": "Enceladus"', "moons.1.name: String should have at most 8 characters"),
        ('{"moons": [{"radius": 1}', "moons.0.name: Field required"),
        ('{"moons": [{"name": "a"}, {"name": "b"}, {"name": "c"}]', "moons: List should have at most 2 items"),
        ('{"moons": {"a": 1}', "moons: Input should be a valid"),
        ('{"seen": null}', "name: Field required"),
    ],
)
def test_the_first_value_that_can_never_fit_is_an_error_as_it_closes(text: str, message: str) -> None:
    for fragments in ([text], list(text)):
        error = collect(Planet, *fragments)[-1]
        assert isinstance(error, sk.MalformedError)
        assert str(error).startswith(f"fields(Planet): {message}")
        assert isinstance(error.__cause__, ValidationError)


async def test_an_invalid_value_stops_the_call() -> None:
    stream = Script([chat_event({"content": '{"name": "Io", "radius": "huge", "na'}), None]).stream()
    with pytest.raises(sk.MalformedError, match="radius"):
        await stream.pipe(ops.fields(Moon)).last()
    assert (stream.state, stream.response.stopped_by) == ("stopped", "fields(Moon)")


class Rock(BaseModel):
    kind: Literal["rock"]
    mass: int


class Dust(BaseModel):
    kind: str
    mass: str


class Repaired(BaseModel):
    mass: int
    parts: Annotated[list[int], BeforeValidator(lambda values: [len(each) for each in values])] = []

    @model_validator(mode="before")
    @classmethod
    def repair(cls, members: dict[str, Any]) -> dict[str, Any]:
        return members | {"mass": members["mass"].removesuffix(" kg")}


@pytest.mark.parametrize(
    ("kind", "text", "last"),
    [
        (Rock | Dust, '{"kind": "rock", "mass": "light"}', Dust(kind="rock", mass="light")),
        (Repaired, '{"mass": "3 kg", "parts": ["ab", "c"]}', Repaired.model_construct(mass=3, parts=[2, 1])),
        (list[Repaired], '[{"mass": "3 kg", "parts": ["ab"]}]', [Repaired.model_construct(mass=3, parts=[2])]),
    ],
)
def test_a_value_that_may_still_become_valid_is_validated_when_whole(kind: Any, text: str, last: Any) -> None:
    assert collect(kind, text)[-1] == sk.Field((), last)


def test_chunks_of_a_tool_call_are_read_too() -> None:
    fragments = ['{"name": "I', 'o"}']
    deltas = [sk.ToolCallDelta(id="1", name="moon"), *(sk.ToolCallDelta(arguments=fragment) for fragment in fragments)]
    found = collect(None, *(sk.Chunk(tool_calls=(delta,)) for delta in deltas))
    assert [(field.path, field.value) for field in found] == [(("name",), "I"), (("name",), "Io"), ((), {"name": "Io"})]


def test_a_field_is_a_plain_value() -> None:
    growing, closed = collect(None, '["I', 'o"]')[:2]
    assert growing == sk.Field((0,), "I", closed=False) != closed
    assert repr(growing) == "Field(path=(0,), value='I', closed=False)"
    assert len({growing, closed, sk.Field((0,), "Io")}) == 2
    assert closed != "Io"


def test_a_long_string_costs_its_length_where_nobody_asks_for_what_has_come() -> None:
    fragments = ['["', *["moons of Jupiter, all"] * 50_000, '"]']
    start = time.process_time()
    assert len(collect(None, *fragments)[-1].value[0]) == 1_050_000
    assert time.process_time() - start < 10


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.fields()), sk.Flow[sk.Field])
    assert_type(stream.pipe(ops.text(), ops.fields(Moon)), sk.Flow[sk.Field])
