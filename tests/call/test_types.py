"""What the type checker sees of a decorated function: its parameters, and the type of its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, assert_type

from pydantic import BaseModel

import streamkit as sk

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion


class Book(BaseModel):
    title: str


@sk.call("openai/m")
def streamed(genre: str, *, year: int = 0) -> str:
    return f"{genre} {year}"


@sk.call("openai/m", stream=False)
def whole(genre: str) -> str:
    return genre


@sk.call("openai/m")
async def streamed_later(genre: str) -> list[sk.BaseMessageParam]:
    return [sk.Messages.User(genre)]


@sk.call("openai/m", stream=False, response_model=Book)
async def parsed_later(genre: str) -> str:
    return genre


@sk.call("openai/m", response_model=list[Book])
def listed(genre: str) -> str:
    return genre


@sk.call("openai/m", stream=False, output_parser=lambda response: response.content)
def text(genre: str) -> str:
    return genre


@sk.call("openai/m", stream=False, response_model=Book, output_parser=lambda book: book.title)
def title(genre: str) -> str:
    return genre


@sk.call("openai/m", partial_tools=True)
def partial_calls(genre: str) -> str:
    return genre


@sk.call("openai/m", stream={"partial_tools": True})
def partial_calls_by_options(genre: str) -> str:
    return genre


@sk.openai.call("m")
@sk.prompt_template("A {genre} book")
def templated(genre: str) -> None: ...


def test_the_checker_sees_parameters_and_results() -> None:
    if not TYPE_CHECKING:
        return  # the checker's run is the test
    assert_type(streamed("a", year=1), sk.Stream)
    assert_type(whole("a"), sk.Response)
    assert_type(listed("a"), sk.Flow[list[sk.Partial[Book] | Book], list[Book]])
    assert_type(text("a"), str)
    assert_type(title("a"), str)
    assert_type(templated("a").response.response, ChatCompletion)
    for _, tool in partial_calls("a"):
        assert_type(tool, sk.ToolCall | sk.PartialToolCall | None)
    for _, tool in partial_calls_by_options("a"):
        assert_type(tool, sk.ToolCall | sk.PartialToolCall | None)
    for chunk, tool in streamed("a"):
        assert_type(chunk.content, str)
        assert_type(tool, sk.ToolCall | None)
    sk.call("openai/m", json_mode="yes")  # pyright: ignore[reportCallIssue, reportArgumentType] - options are typed
    sk.override(streamed, temperature=1)  # pyright: ignore[reportCallIssue] - it goes into call_params
    assert_type(sk.override(streamed, output_parser=str, stream=False)("a"), Any)
    assert_type(sk.openai.call("m", temperature=1, tools=[print])(lambda: "?")().response.response, ChatCompletion)
    sk.call("openai/m", temperature="warm")  # pyright: ignore[reportCallIssue, reportArgumentType] - parameters too
    sk.stream("openai/m", "?", temperature="warm")  # pyright: ignore[reportArgumentType]
    assert_type(sk.call("openai/m", top_k=2, temperature=0.2)(lambda: "?")(), sk.Stream)
    assert_type(sk.call("openai/m", top_k=2, stream=False)(lambda: "?")(), sk.Response)
    streamed(1)  # pyright: ignore[reportArgumentType] - the parameters are the function's
    assert_type(sk.override(streamed, stream=False)("a"), sk.Response)
    assert_type(sk.override(whole, stream=True, response_model=Book)("a"), sk.Flow[sk.Partial[Book] | Book, Book])
    assert_type(sk.override(text, model="m2")("a"), str)
    kept: Callable[[str], str] = sk.retry(text)
    assert_type(sk.retry(streamed("a")), sk.Stream)
    del kept


async def awaited() -> None:  # for the checker alone
    assert_type(await streamed_later("a"), sk.Stream)
    assert_type(await sk.override(streamed_later, stream=False)("a"), sk.Response)
    assert_type(await parsed_later("a"), sk.Response[Book])
    assert_type((await parsed_later("a")).parsed, Book)
