"""What the type checker sees of a program whose imports name this room."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, assert_type

from pydantic import BaseModel

import streamkit as sk
from streamkit.mirascope import BaseDynamicConfig, BaseTool, Messages, llm, prompt_template
from streamkit.mirascope.core import openai


class Book(BaseModel):
    title: str


@openai.call("gpt-5-mini")
def ask(genre: str) -> str:
    return genre


@openai.call("gpt-5-mini", stream=True)
def stream(genre: str, *, year: int = 0) -> Messages.Type:
    return Messages.User(f"{genre} {year}")


@llm.call(provider="openai", model="gpt-5-mini")
async def ask_later(genre: str) -> BaseDynamicConfig:
    return {"messages": [Messages.User(genre)], "call_params": {"max_tokens": 512}}


@openai.call("gpt-5-mini", response_model=Book)
@prompt_template("Recommend a {genre} book")
def extract(genre: str) -> None: ...


@openai.call("gpt-5-mini", response_model=Book, stream=True)
@prompt_template("Recommend a {genre} book")
async def extract_in_parts(genre: str) -> None: ...


def words(response: llm.CallResponse) -> list[str]:
    return response.content.split()


@openai.call("gpt-5-mini", output_parser=words)
def parsed(genre: str) -> str:
    return genre


@prompt_template()
def messages(genre: str) -> str:
    return genre


if TYPE_CHECKING:
    assert_type(ask("fantasy"), llm.CallResponse)
    response: openai.OpenAICallResponse = ask("fantasy")
    assert_type(stream("fantasy", year=1), llm.Stream[Any])
    for chunk, tool in stream("fantasy"):
        assert_type(chunk, sk.Chunk[Any])
        assert_type(tool, BaseTool | None)
    later: Callable[[str], Coroutine[Any, Any, llm.CallResponse]] = ask_later
    assert_type(extract("fantasy"), Book)
    in_parts: Callable[[str], Coroutine[Any, Any, sk.Flow[sk.Partial[Book] | Book, Book]]] = extract_in_parts
    assert_type(parsed("fantasy"), list[str])
    assert_type(messages("fantasy"), list[Any])
    assert_type(stream("fantasy").construct_call_response(), llm.CallResponse)
    stream("fantasy", year="now")  # pyright: ignore[reportArgumentType] - parameters are kept


def test_a_decorated_function_keeps_its_name_and_its_docstring() -> None:
    assert (stream.__name__, ask_later.__name__) == ("stream", "ask_later")
