"""``partial``: a typed object as far as it has come; the last is whole and valid."""

from __future__ import annotations

import copy
import pickle
import random
import time
from typing import Annotated, Any, Literal, assert_type, cast

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from reactivex import Observable, Subject  # noqa: TID251 - a hot source that a test can push into

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events
from tests.partial_json.texts import cut, written


class Author(BaseModel):
    name: str
    born: int | None = None


class Book(BaseModel):
    title: str = Field(min_length=3)
    genre: Literal["fantasy", "science"]
    pages: int
    authors: list[Author]
    about: str = "?"


class Shelf(BaseModel):
    name: str
    books: list[Book] = []
    best: Book | None = None


AUTHORS = [{"name": "A. Writer"}, {"name": "B", "born": 1950}]
BOOK = {"title": "Europa", "genre": "science", "pages": 120, "authors": AUTHORS}
authors = st.builds(Author, name=st.text('Io"\\é🪐', max_size=6), born=st.none() | st.integers(0, 99999))
titles = st.text("abc\n", min_size=3, max_size=9)
books = st.builds(Book, title=titles, authors=st.lists(authors, max_size=3), pages=st.integers())
shelves = st.builds(Shelf, name=st.text(max_size=4), books=st.lists(books, max_size=3), best=st.none() | books)


def collect(kind: Any, *fragments: Any) -> list[Any]:
    """Run to the end and return what came out; an error as its last element."""
    found: list[Any] = []
    operator: Any = cast("Any", ops.partial)(kind)
    rx.from_iterable(fragments).pipe(operator).subscribe(found.append, found.append)
    return found


def one_by_one(kind: Any, text: str) -> list[Any]:
    return collect(kind, *text)


def begins(part: Any, whole: Any) -> bool:
    """Whether a value is how another one begins."""
    if isinstance(part, BaseModel):
        return isinstance(whole, BaseModel) and begins(came(part), came(whole))
    if isinstance(part, dict) and isinstance(whole, dict):
        shown_fields, complete = cast("dict[str, Any]", part), cast("dict[str, Any]", whole)
        return all(name in complete and begins(each, complete[name]) for name, each in shown_fields.items())
    if isinstance(part, list) and isinstance(whole, list):
        some, every = cast("list[Any]", part), cast("list[Any]", whole)
        return len(some) <= len(every) and all(begins(a, b) for a, b in zip(some, every, strict=False))
    return whole.startswith(part) if isinstance(part, str) and isinstance(whole, str) else part == whole


def came(model: BaseModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in model.model_fields_set}


@given(shelves, st.integers(0, 2**32))
def test_each_emission_is_how_the_whole_begins_and_the_last_is_the_whole(shelf: Shelf, seed: int) -> None:
    rng = random.Random(seed)
    text = written(shelf.model_dump(), rng)
    found = collect(Shelf, *cut(text, rng))
    assert (found[-1], type(found[-1])) == (Shelf.model_validate_json(text), Shelf)
    assert all(isinstance(each, (sk.Partial, Shelf)) and begins(each, found[-1]) for each in found)


@given(shelves, st.integers(0, 2**32))
def test_what_is_shown_depends_on_what_has_come_and_not_on_how_it_was_cut(shelf: Shelf, seed: int) -> None:
    rng = random.Random(seed)
    text = written(shelf.model_dump(), rng)
    upto = rng.randrange(1, len(text) + 1)
    states = [collect(Shelf, *fragments) for fragments in (cut(text[:upto], rng), list(text[:upto]), [text[:upto]])]
    shown: list[list[Any]] = [[each for each in found if isinstance(each, sk.Partial | Shelf)][-1:] for found in states]
    assert shown[0] == shown[1] == shown[2]
    assert [repr(each) for each in shown[0]] == [repr(each) for each in shown[2]]


def test_an_emission_comes_with_each_element_that_changes_something_and_with_no_other() -> None:
    fragments = ['{"ti', 'tle": ', '"Eu', "ropa", '", "pa', 'ges": 1', "2", "0", ', "genre": "sci', 'ence", "auth']
    fragments += ['ors": []', "}"]
    found = [dict(came(each)) for each in collect(Book, *fragments)]
    europa = {"title": "Europa"}
    assert found == [
        {},
        {"title": "Eu"},
        europa,
        europa | {"pages": 120},
        europa | {"pages": 120, "genre": "science"},
        europa | {"pages": 120, "genre": "science", "authors": []},
        europa | {"pages": 120, "genre": "science", "authors": []},
    ]


def test_a_field_that_has_not_come_has_its_default_or_none() -> None:
    (first, *_) = collect(Shelf, '{"name": "s", "best": {"title": "Io"')
    assert (first.name, first.books, first.best.pages, first.best.about) == ("s", [], None, "?")
    assert repr(first) == "PartialShelf(name='s', best=PartialBook(title='Io'))"
    assert first.model_dump(exclude_unset=True) == {"name": "s", "best": {"title": "Io"}}
    assert first.model_dump()["best"]["about"] == "?"


def test_a_model_inside_is_itself_once_it_has_closed() -> None:
    found = collect(Book, '{"authors": [{"name": "A"', "}", ', {"born": "no year"', "}")
    assert [[type(author).__name__ for author in each.authors] for each in found[:-1]] == [
        ["PartialAuthor"],
        ["Author"],
        ["Author", "PartialAuthor"],
        ["Author", "PartialAuthor"],  # this one is not valid
    ]


def test_only_strings_grow_and_what_does_not_fit_alone_is_not_shown() -> None:
    text = '{"genre": "sci-fi", "pages": "many", "title": "Io", "about": "lo'
    (shown, error) = collect(Book, text)
    assert came(shown) == {"title": "Io", "about": "lo"}  # too short a title is still a text
    assert isinstance(error, sk.MalformedError)


def test_emissions_never_change() -> None:
    found: list[Any] = []
    copies: list[Any] = []

    def take(shown: sk.Partial[Shelf] | Shelf) -> None:
        found.append(shown)
        copies.append(copy.deepcopy(shown))

    text = written({"name": "s", "books": [BOOK, BOOK], "best": BOOK}, random.Random(1))
    rx.from_iterable(text).pipe(ops.partial(Shelf)).subscribe(take)
    assert found == copies
    assert [each.model_fields_set for each in found] == [each.model_fields_set for each in copies]


def test_what_is_done_to_an_emission_does_not_reach_the_whole() -> None:
    found: list[Any] = []

    def spoil(shown: Any) -> None:
        found.append(copy.deepcopy(shown))
        shown["moons"].clear()
        shown["more"] = 1

    rx.of('{"moons": ["Io"', "]", "}").pipe(ops.partial(dict[str, Any])).subscribe(spoil)
    assert found[-1] == {"moons": ["Io"]}


class Checked(BaseModel):
    low: Annotated[int, AfterValidator(lambda low: low * 2)]
    high: int
    name: str = Field(pattern="^[A-Z]+$")

    @field_validator("name")
    @classmethod
    def loud(cls, name: str) -> str:
        return name + "!"

    @model_validator(mode="after")
    def ordered(self) -> Checked:
        assert self.low < self.high, "low must be below high"
        return self


def test_validators_that_only_the_whole_satisfies_do_not_break_it() -> None:
    found = one_by_one(Checked, '{"low": 1, "name": "IO", "high": 9}')
    assert [each for each in found if isinstance(each, Exception)] == []
    assert found[-1].name == "IO!"
    assert found[-2].name == "IO"


def test_a_whole_that_is_not_valid_is_an_error_that_says_why_and_the_source_is_left() -> None:
    source, seen = Subject[str](), list[Any]()
    source.pipe(ops.partial(Checked)).subscribe(seen.append, seen.append)
    source.on_next('{"low": 5, "name": "IO", "high": 9} ...')
    error = seen[-1]
    assert isinstance(error, sk.MalformedError)
    assert str(error).startswith("partial(Checked): Assertion failed, low must be below high")
    assert isinstance(error.__cause__, ValidationError)
    assert source.observers == []


def test_the_users_own_exception_passes_unchanged() -> None:
    wrong = KeyError("mine")

    def refuse(value: int) -> int:
        raise wrong

    class Own(BaseModel):
        value: Annotated[int, AfterValidator(refuse)]

    assert one_by_one(Own, '{"value": 1}')[-1] is wrong


@pytest.mark.parametrize(
    ("fragments", "message"),
    [
        (["No, I will not."], "nothing in it is the JSON that is wanted"),
        (['{"title": "Euro'], "it ended before it was whole"),
        (['{"title": nope'], "a value should stand there"),
        (['{"title": "a", "title": "b"}'], "a name stands twice in one object"),
        (['{"pages": NaN}'], "a value should stand there"),
    ],
)
def test_what_is_no_whole_json_is_an_error(fragments: list[str], message: str) -> None:
    error = collect(Book, *fragments)[-1]
    assert isinstance(error, sk.MalformedError)
    assert str(error) == f"partial(Book): {message}."


def test_nesting_too_deep_is_an_error_of_its_own() -> None:
    error = collect(list[Any], *("[" * 200))[-1]
    assert isinstance(error, sk.LimitExceeded)


async def test_an_error_on_chunks_carries_what_arrived_and_the_call_is_stopped() -> None:
    events = [chat_event({"content": fragment}) for fragment in ('{"title": "Eu', 'ropa", oops', " and more")]
    stream = Script([*events, None]).stream()
    with pytest.raises(sk.MalformedError) as caught:
        await stream.pipe(ops.partial(Book))
    assert caught.value.partial is not None and caught.value.partial.content == '{"title": "Europa", oops'
    assert (stream.state, stream.response.stopped_by) == ("stopped", "partial(Book)")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


async def test_the_call_goes_on_to_its_end_after_the_value() -> None:
    stream = Script(chat_events('{"name": "A"}', " That", " is it.")).stream()
    assert await stream.pipe(ops.partial(Author)) == Author(name="A")
    assert (stream.state, stream.output_tokens) == ("complete", 3)


def test_a_type_that_pydantic_does_not_know_is_refused_at_once() -> None:
    class Strange:
        pass

    for wrong in (Strange, "Missing", Author(name="A"), 3):
        with pytest.raises(sk.ConfigurationError, match=r"^partial\(.*give a type"):
            ops.partial(wrong)


def test_long_structures_cost_their_length() -> None:
    text = written({"name": "s", "books": [BOOK] * 500}, random.Random(1))
    start = time.process_time()
    found = collect(Shelf, *(text[at : at + 5] for at in range(0, len(text), 5)))
    assert len(found[-1].books) == 500
    assert time.process_time() - start < 10


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.text(), ops.partial(Book)), sk.Flow[sk.Partial[Book] | Book, Book])
    assert_type(stream.pipe(ops.partial(Book)), sk.Flow[sk.Partial[Book] | Book, Book])
    assert_type(stream.pipe(ops.partial(list[Book])), sk.Flow[list[sk.Partial[Book] | Book], list[Book]])
    shown: Observable[sk.Partial[Book] | Book] = rx.of("{}").pipe(ops.partial(Book))
    assert shown


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str


def test_strict_settings_of_a_model_do_not_matter_before_it_is_whole() -> None:
    found = one_by_one(Frozen, '{"name": "Io", "more": 1}')
    assert (repr(found[-2]), type(found[-1])) == ("PartialFrozen(name='Io')", sk.MalformedError)
