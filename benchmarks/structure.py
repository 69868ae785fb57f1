"""CPU of a typed object at every fragment of JSON, beside parsing all of the text again each time."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any

import jiter
import reactivex as rx
from pydantic import BaseModel
from reactivex import Observable

from streamkit import operators as ops

from .measure import Cpu, Measured, in_turns
from .table import Figure, Report

_SHORT, _MEDIUM, _LONG = 100, 400, 4_000  # fragments
_FRAGMENT = 4  # characters, as of a token
_MIB, _DELTA = 2**20, 20
Operator = Callable[[Observable[Any]], Observable[Any]]


class Author(BaseModel):
    """An author of a book."""

    name: str
    born: int


class Book(BaseModel):
    """A book on a shelf."""

    title: str
    pages: int
    author: Author
    tags: list[str]


class Shelf(BaseModel):
    """The type of the answer."""

    name: str
    books: list[Book]


class _SomeAuthor(BaseModel):
    name: str | None = None
    born: int | None = None


class _SomeBook(BaseModel):
    title: str | None = None
    pages: int | None = None
    author: _SomeAuthor | None = None
    tags: list[str] | None = None


class _SomeShelf(BaseModel):
    """The same type, as one writes it by hand for partial answers."""

    name: str | None = None
    books: list[_SomeBook] | None = None


def main(*, quick: bool) -> list[Report]:
    """Measure partial objects, and 1 MiB of JSON."""
    rounds = 3 if quick else 9
    return [asyncio.run(_partial(rounds)), asyncio.run(_whole(1 if quick else 3))]


def _shelf(size: int) -> str:
    """Write as many books as make a JSON text of this length, or a little more."""
    book = {"title": "Moons of Jupiter", "pages": 312, "author": {"name": "A. Writer", "born": 1950}, "tags": ["ice"]}
    return json.dumps({"name": "a shelf", "books": [book] * (size // len(json.dumps(book)) + 1)})


def _essay(size: int) -> str:
    return json.dumps({"name": "word " * (size // 5), "books": []})


def _cut(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


async def _partial(rounds: int) -> Report:
    ways: dict[str, Measured] = {}
    for count in (_SHORT, _MEDIUM, _LONG):
        shelf, essay = (_cut(text, _FRAGMENT)[:count] for text in (_shelf(count * 4), _essay(count * 4)))
        ways[f"ops.partial, {count}"] = _per_fragment(shelf, _operated)
        ways[f"ops.partial of one long string, {count}"] = _per_fragment(essay, _operated)
        if count < _LONG:
            ways[f"by hand, typed throughout, {count}"] = _per_fragment(shelf, _validated)
            ways[f"by hand, dicts inside, {count}"] = _per_fragment(shelf, _constructed)
    series = await in_turns(ways, rounds)
    report = Report("A partial object at each fragment: CPU", ("way, fragments", "us a fragment"))
    report.rows = [(name, series.median(name)) for name in ways]
    for name in ("ops.partial", "ops.partial of one long string"):
        growth = 1 + math.log(series.ratio(f"{name}, {_LONG}", f"{name}, {_MEDIUM}")) / math.log(_LONG / _MEDIUM)
        report.figures.append(Figure(f"{name}: growth exponent", growth, 1.1, ""))
    typed, dicts = (f"by hand, {how}, {_SHORT}" for how in ("typed throughout", "dicts inside"))
    ratio = series.ratio(f"ops.partial, {_SHORT}", typed)
    report.figures.append(Figure(f"{_SHORT} fragments: x jiter by hand", ratio, 1.2))
    report.notes.append("by hand: jiter over all of the text so far, then a model all of whose fields are optional;")
    report.notes.append(f"x {series.ratio(f'ops.partial, {_SHORT}', dicts):.2f} of jiter and model_construct")
    return report


def _per_fragment(fragments: list[str], way: Callable[[list[str]], None]) -> Measured:
    repeat = _LONG // len(fragments)

    async def measured() -> float:
        with Cpu() as cpu:
            for _ in range(repeat):
                way(fragments)
        return cpu.seconds / repeat / len(fragments) * 1e6

    return measured


def _operated(fragments: list[str]) -> None:
    rx.from_iterable(fragments).pipe(ops.partial(Shelf)).subscribe(_ignore, _ignore)


def _validated(fragments: list[str]) -> None:
    text = ""
    for fragment in fragments:
        text += fragment
        _ignore(_SomeShelf.model_validate(jiter.from_json(text.encode(), partial_mode="trailing-strings")))


def _constructed(fragments: list[str]) -> None:
    text = ""
    for fragment in fragments:
        text += fragment
        _ignore(Shelf.model_construct(**jiter.from_json(text.encode(), partial_mode="trailing-strings")))


async def _whole(rounds: int) -> Report:
    fragments = _cut(_shelf(_MIB), _DELTA)
    operators: dict[str, Operator] = {
        "items(Book)": ops.items(Book),
        "fields()": ops.fields(),
        "fields(Shelf)": ops.fields(Shelf),
        "until_valid(Shelf)": ops.until_valid(Shelf),
        "partial(Shelf)": ops.partial(Shelf),
    }
    series = await in_turns({name: _seconds(fragments, each) for name, each in operators.items()}, rounds)
    report = Report(f"1 MiB of JSON in deltas of {_DELTA} bytes: CPU", ("operator", "s"))
    for name in operators:
        report.rows.append((name, series.median(name)))
        if name != "partial(Shelf)":
            report.figures.append(Figure(f"1 MiB of JSON, {name}", series.median(name), 2, "s"))
    return report


def _seconds(fragments: list[str], operator: Operator) -> Measured:
    async def measured() -> float:
        with Cpu() as cpu:
            rx.from_iterable(fragments).pipe(operator).subscribe(_ignore)
        return cpu.seconds

    return measured


def _ignore(_: Any) -> None:
    pass
