"""Structure of answers that are asked for again: each answer is read afresh, and what was read before is void."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import pytest
import reactivex as rx
import reactivex.operators as rx_ops
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.origin import TOOL_INDEX
from streamkit.testing import chat_events
from tests.stream.conversing import calls, provider


class Moon(BaseModel):
    name: str
    radius: int


@dataclasses.dataclass
class Ring:
    width: int


VOID = sk.Void(0, "radius is no number")


def answers(*texts: tuple[str, ...], void: bool = True) -> list[sk.Chunk]:
    """Return the chunks of these answers, each asked for again."""
    found: list[sk.Chunk] = []
    for attempt, parts in enumerate(texts):
        if attempt and void:
            origin = sk.Origin(result=sk.Void(attempt - 1, VOID.error), attempt=attempt)
            found.append(sk.Chunk(index=TOOL_INDEX).with_origin(origin))
        found += [sk.Chunk(content=each).with_origin(sk.Origin(attempt=attempt)) for each in parts]
    return found


WRONG = ('{"name": "Io", ', '"radius": "large"}')
RIGHT = ('{"name": "Io", ', '"radius": 1821}')
IO = Moon(name="Io", radius=1821)


def emitted(operator: Any, chunks: list[sk.Chunk]) -> list[Any]:
    return list(sk.flow(rx.from_iterable(chunks)).pipe(operator))


def test_partial_begins_anew_with_an_empty_object() -> None:
    found = emitted(ops.partial(Moon), answers(WRONG, RIGHT))
    shown = [each.model_dump(exclude_unset=True) for each in found]
    assert shown == [{"name": "Io"}, {}, {"name": "Io"}, {"name": "Io", "radius": 1821}]
    assert found[-1] == IO


def test_partial_says_what_is_void_and_why_if_it_should() -> None:
    found = emitted(ops.partial(Moon, voids=True), answers(WRONG, RIGHT))
    assert [type(each).__name__ for each in found] == ["PartialMoon", "Void", "PartialMoon", "Moon"]
    assert found[1] == VOID


@pytest.mark.parametrize(
    ("kind", "wrong", "right", "empty", "last"),
    [
        (list[int], "[1, 2", "[3]", [], [3]),
        (dict[str, int], '{"a": 1, ', '{"b": 2}', {}, {"b": 2}),
        (Ring, '{"width": 1, ', '{"width": 2}', None, Ring(2)),
    ],
)
def test_partial_values_of_every_kind_begin_anew(kind: Any, wrong: str, right: str, empty: Any, last: Any) -> None:
    found = emitted(ops.partial(kind), answers((wrong,), (right,)))
    assert (getattr(found[1], "width", found[1]), found[-1]) == (empty, last)


def test_a_single_value_has_nothing_that_could_be_empty() -> None:
    assert emitted(ops.partial(int), answers(("1",), ("2 ",))) == [2]


def test_the_error_of_the_last_answer_ends_the_flow() -> None:
    with pytest.raises(sk.MalformedError, match="radius"):
        emitted(ops.partial(Moon), answers(RIGHT, WRONG))


def test_nothing_is_disposed_before_the_last_answer() -> None:
    chunks = answers(("[1, {}] ", *WRONG), ("[2] ", *RIGHT))
    for operator in (ops.partial(Moon), ops.items(int, voids=True), ops.fields(Moon, voids=True)):
        read: list[sk.Chunk] = []
        source: rx.Observable[sk.Chunk] = rx.from_iterable(chunks).pipe(rx_ops.do_action(read.append))
        list(sk.flow(source).pipe(cast("Any", operator)))
        assert read == chunks


def test_items_say_what_is_void_or_are_refused() -> None:
    chunks = answers(('{"moons": [{"name": "Io", "radius": 1}, {"name": ',), ("[", '{"name": "Io", "radius": 1821}]'))
    found = emitted(ops.items(Moon, voids=True), chunks)
    assert found == [Moon(name="Io", radius=1), VOID, IO]
    with pytest.raises(sk.ConfigurationError, match=r"items\(Moon\).*voids=True"):
        emitted(ops.items(Moon), chunks)


def test_fields_say_what_is_void_or_are_refused() -> None:
    found = emitted(ops.fields(Moon, voids=True), answers(WRONG, RIGHT))
    paths = [each if isinstance(each, sk.Void) else each.path for each in found]
    assert paths == [("name",), VOID, ("name",), ("radius",), ()]
    with pytest.raises(sk.ConfigurationError, match=r"fields\(\).*voids=True"):
        emitted(ops.fields(), answers(WRONG, RIGHT))


def test_until_valid_takes_the_first_valid_object_of_any_answer() -> None:
    assert emitted(ops.until_valid(Moon), answers(('{"name": "Io", ',), RIGHT)) == [IO]
    assert emitted(ops.until_valid(Moon), answers(RIGHT, WRONG)) == [IO]


def test_the_number_of_the_attempt_is_enough() -> None:
    found = emitted(ops.partial(Moon, voids=True), answers(WRONG, RIGHT, void=False))
    assert [each for each in found if isinstance(each, sk.Void)] == [sk.Void(0, "")]


def test_the_turns_of_a_conversation_are_read_afresh() -> None:
    def orbit(moon: str) -> str:
        return moon

    model, _ = provider(calls("Io", text="Let me see."), chat_events(*RIGHT))
    stream = sk.converse(model, "?", tools=[orbit])
    assert stream.pipe(ops.partial(Moon)).run() == IO
    assert stream.pipe(ops.until_valid(Moon)).run() == IO
