"""What a model could not call is no tool, and says so before anything is sent."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_tool_events


class Telescope:
    """No type that pydantic knows."""

    @staticmethod
    def count(moons: list[str]) -> int:
        return len(moons)


def unnamed(**anything: int) -> None: ...


def many(*moons: str) -> None: ...


def untyped(moon) -> None: ...  # pyright: ignore[reportMissingParameterType, reportUnknownParameterType] # noqa: ANN001


def private(_moon: str) -> None: ...


def unknown(moon: Nowhere) -> None: ...  # pyright: ignore[reportUndefinedVariable, reportUnknownParameterType] # noqa: F821


def unreadable(moon: Telescope) -> None: ...


def uncallable(moon: Callable[[], int]) -> None: ...


def yielding(moon: str) -> Iterator[str]:
    yield moon


async def async_yielding(moon: str) -> AsyncIterator[str]:
    yield moon


class Yielding(BaseModel):
    def call(self) -> Iterator[str]:
        yield "Io"


TWICE: Any = private  # a checker would know better
WRONG: list[tuple[Any, str]] = [
    (unnamed, r"takes \*\*anything"),
    (many, r"takes \*moons"),
    (untyped, "'moon' of the tool 'untyped' has no type"),
    (private, "'_moon' of the tool 'private' is private"),
    (unknown, "name 'Nowhere' is not defined"),
    (unreadable, "cannot be described to a model.*Telescope"),
    (uncallable, "cannot be described to a model.*CallableSchema"),
    (lambda: 1, "cannot be named '<lambda>'"),
    (dict, "not of <class 'dict'>"),
    ({}, "a dict, which is given as it is"),
    ("look", "not of 'look'"),
    (yielding, "'yielding' yields its result in pieces"),
    (async_yielding, "'async_yielding' yields its result in pieces"),
    (functools.partial(yielding, moon="Io"), "'yielding' yields its result in pieces"),
    (Yielding, "'Yielding' yields its result in pieces"),
    (functools.partial(TWICE, "Io", "Europa"), "What 'private' takes cannot be read"),
]


@pytest.mark.parametrize(("target", "says"), WRONG)
def test_what_a_model_could_not_call_is_a_configuration_error(target: Any, says: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=says):
        sk.as_tool(target).fields()


def called_with(tool: Any) -> object:
    return sk.stream("replay/openai", "?", tools=[tool])


@pytest.mark.parametrize("declare", [ops.run_tools, ops.tool_calls, sk.as_tool, called_with])
@pytest.mark.parametrize("target", [yielding, async_yielding, Yielding])
def test_a_tool_that_yields_is_refused_where_it_is_declared(target: Any, declare: Callable[[Any], object]) -> None:
    with pytest.raises(sk.ConfigurationError, match="yields its result in pieces"):
        declare(target)


def one_by_one(moon: str) -> Iterator[str]:
    return map(str, [moon])


def collected(moons: str) -> list[str]:
    return [*yielding(moons)]


@pytest.mark.parametrize("given", [yielding, async_yielding, one_by_one])
async def test_an_output_that_is_read_once_is_an_error_and_no_text(given: Callable[[str], Any]) -> None:
    def look(moon: str) -> Any:
        return given(moon)

    stream = Script(chat_tool_events(("look", '{"moon": "Io"}'), ("collected", '{"moons": "Io"}'))).stream()
    one, other = [result async for result in stream.pipe(ops.run_tools(look, collected))]
    assert "let it return the whole of its result" in one.text
    assert other.text == '["Io"]'
    with pytest.raises(sk.ConfigurationError, match="the whole of its result"):
        stream.tool_message_params([(one.call, given("Io"))])


def test_a_name_that_no_provider_takes_is_refused_at_once() -> None:
    with pytest.raises(sk.ConfigurationError, match="'look up'"):
        sk.as_tool(Telescope.count, name="look up")
