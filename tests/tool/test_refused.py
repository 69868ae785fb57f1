"""What a model could not call is no tool, and says so before anything is sent."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import streamkit as sk
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
    (functools.partial(TWICE, "Io", "Europa"), "What 'private' takes cannot be read"),
]


@pytest.mark.parametrize(("target", "says"), WRONG)
def test_what_a_model_could_not_call_is_a_configuration_error(target: Any, says: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=says):
        sk.as_tool(target).fields()


def one_by_one(moon: str) -> Iterator[str]:
    return map(str, [moon])


@pytest.mark.parametrize("given", [yielding, async_yielding, one_by_one])
def test_an_output_that_is_read_once_is_an_error_and_no_text(given: Callable[[str], Any]) -> None:
    stream = Script(chat_tool_events(("look", '{"moon": "Io"}'))).stream()
    stream.run()
    with pytest.raises(sk.ConfigurationError, match=r"let ops\.run_tools run the tool, or read it to its end"):
        stream.tool_message_params([(stream.response.tool_calls[0], given("Io"))])


def test_a_name_that_no_provider_takes_is_refused_at_once() -> None:
    with pytest.raises(sk.ConfigurationError, match="'look up'"):
        sk.as_tool(Telescope.count, name="look up")
