"""JSON inside an answer: no cut of the text changes what an operator emits, and valid JSON is read as pydantic does."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Literal, cast

import pytest
import reactivex as rx
import reactivex.operators as rxops
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

import streamkit as sk
from streamkit import operators as ops
from tests.partial_json.texts import cut, scalars, values, written


class Moon(BaseModel):
    name: str
    born: int | None = None


class Shelf(BaseModel):
    title: str
    score: float
    kind: Literal["ice", "fire", 1]
    moons: list[Moon]
    more: dict[str, Any] = {}


# Nothing here begins as a shelf, or as a list of them, does.
PROSE = [
    "",
    "Here {it} is: ",
    "Use {name}, {1, 2}, [x](y), [1] and [ ] then\n",
    'He said "{" and "[". The set {"a", "b"}, \\{x\\}, {"q" then ',
    "Sure!\n```json\n",
    "```python\nd = {x: 1}; print()\n```\nso:\n~~~\n",
    "\ufeff```\n",
]
AFTER = ["", "\n```", "\n```\nHope {this} helps [1].", ' and {"x": 1}', "}", "]", "```", "\\"]
names = st.sampled_from(["", "}", "```", "[x", '{"a": 1}', "木星 🪐", "e\u0301\\", '"', "a\nb", "~~~\n}", "/\x7f"])
moons = st.fixed_dictionaries({"name": names}, optional={"born": st.none() | st.integers()})
shelves = st.fixed_dictionaries(
    {
        "title": names,
        "score": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-3, 3),
        "kind": st.sampled_from(["ice", "fire", 1]),
        "moons": st.lists(moons, max_size=2),
    },
    optional={"more": st.dictionaries(names, values, max_size=2)},
)
surroundings = st.tuples(st.sampled_from(PROSE), st.sampled_from(AFTER))
seeds = st.integers(0, 2**32)
Operator = Callable[[rx.Observable[str]], rx.Observable[Any]]
OPERATORS: dict[str, Operator] = {
    "fields": ops.fields(),
    "fields of a model": ops.fields(Shelf),
    "items": ops.items(Moon),
    "items at a path": ops.items(Any, at="moons"),
    "partial": ops.partial(Shelf),
    "partial, several": ops.partial(Shelf | list[Shelf]),
    "until_valid": ops.until_valid(Shelf),
    "until_valid, several": ops.until_valid(list[Shelf] | Shelf),
}


def read(operator: Operator, fragments: list[str]) -> tuple[list[Any], str]:
    """Return what came out, and how it ended."""
    found: list[Any] = []
    ends: list[str] = []
    output = rx.from_iterable(fragments).pipe(operator)
    output.subscribe(found.append, lambda error: ends.append(repr(error)), lambda: ends.append("completed"))
    (end,) = ends
    return found, end


def seen(name: str, result: tuple[list[Any], str]) -> tuple[list[str], str]:
    """See what no cut may change: how a value grows before it is whole depends on the fragments."""
    found, end = result
    if name.startswith("fields"):
        found = [each for each in found if each.closed]
    elif name.startswith("partial"):
        found = found[-1:] if end == "completed" else []
    return [repr(each) for each in found], end


def damaged(text: str, rng: random.Random) -> str:
    """Leave out a character, or put one in."""
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(["", '"', "}", "]", "x", ",", "\\", "\\ud83d", "{"]) + text[at + rng.randrange(2) :]


@pytest.mark.parametrize("name", OPERATORS)
@settings(max_examples=40)
@given(shelves, surroundings, seeds)
def test_no_cut_changes_what_comes_out_also_of_a_text_that_is_damaged(
    name: str, shelf: dict[str, Any], around: tuple[str, str], seed: int
) -> None:
    rng = random.Random(seed)
    text = written(shelf if rng.random() < 0.7 else [shelf, shelf], rng).join(around)
    for _ in range(rng.randrange(4)):
        text = damaged(text, rng)
    whole = seen(name, read(OPERATORS[name], [text]))
    for fragments in (list(text), cut(text, rng)):
        assert seen(name, read(OPERATORS[name], fragments)) == whole


@settings(max_examples=60)
@given(st.lists(shelves, min_size=1, max_size=2), surroundings, seeds)
@example([{"title": "🪐", "score": 1, "kind": 1, "moons": []}], ("", ""), 0)
def test_a_document_in_prose_is_what_pydantic_makes_of_it(
    documents: list[dict[str, Any]], around: tuple[str, str], seed: int
) -> None:
    rng = random.Random(seed)
    for kind, value in ((list[Shelf], documents), (Shelf, documents[0])):
        text = written(value, rng)
        expected = TypeAdapter[Any](kind).validate_json(text)
        fragments = cut(text.join(around), rng)
        assert read(ops.until_valid(kind), fragments) == ([expected], "completed")
        parts, end = read(ops.partial(kind), fragments)
        assert (parts[-1], repr(parts[-1]), end) == (expected, repr(expected), "completed")
        fields, end = read(ops.fields(kind), fragments)
        assert (fields[-1].path, fields[-1].value, end) == ((), expected, "completed")
        of, elements = (Moon, expected.moons) if kind is Shelf else (Shelf, expected)
        assert read(ops.items(of), fragments) == (elements, "completed")


@settings(max_examples=60)
@given(shelves, st.sampled_from(PROSE), seeds)
def test_a_partial_object_depends_on_the_text_so_far_and_not_on_its_cut(
    shelf: dict[str, Any], before: str, seed: int
) -> None:
    rng = random.Random(seed)
    text = before + written(shelf, rng)
    single = after_each(list(text))
    for size, shown in after_each(cut(text, rng)).items():
        assert shown == single[size]


def after_each(fragments: list[str]) -> dict[int, str | None]:
    """Return what is shown after so many characters."""
    shown: dict[int, str | None] = {}
    last: str | None = None
    for at, found in enumerate(emitted(fragments), 1):
        last = repr(found[-1]) if found else last
        shown[sum(map(len, fragments[:at]))] = last
    return shown


def emitted(fragments: list[str]) -> list[list[Any]]:
    """Return what comes out at each fragment."""
    out: list[list[Any]] = []

    def note(fragment: str) -> str:
        out.append([])
        return fragment

    found = rx.from_iterable(fragments).pipe(rxops.map(note), ops.partial(Shelf))
    found.subscribe(lambda value: out[-1].append(value), lambda _: None)  # noqa: PLW0108 - the last of then
    return out


@given(scalars, seeds)
def test_a_scalar_at_the_very_end_is_whole_there(value: Any, seed: int) -> None:
    rng = random.Random(seed)
    kind: Any = type(cast("object", value))
    for fence in ("", "```json\n"):
        fragments = cut(fence + written(value, rng), rng)
        assert [repr(each) for each in read(ops.until_valid(kind), fragments)[0]] == [repr(value)]
        partial: Any = cast("Any", ops.partial)(kind)
        assert repr(read(partial, fragments)[0][-1]) == repr(value)


def test_a_number_is_not_whole_where_its_source_breaks() -> None:
    for operator in (ops.partial(int), ops.until_valid(int), ops.fields(int)):
        found: list[Any] = []
        broken = rx.concat(rx.of("4", "2"), rx.throw(sk.TruncatedError("cut")))
        broken.pipe(operator).subscribe(found.append, found.append)
        assert [type(each) for each in found] == [sk.TruncatedError]


def test_a_name_that_stands_twice_is_refused_and_passed_over_by_until_valid() -> None:
    text = '{"name": "Io", "name": "Io"} I mean {"name": "Titan"}'
    for fragments in ([text], list(text)):
        assert "twice" in read(ops.partial(Moon), fragments)[1]
        assert "twice" in read(ops.fields(), fragments)[1]
        assert read(ops.until_valid(Moon), fragments) == ([Moon(name="Titan")], "completed")
