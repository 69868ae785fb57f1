"""`response_model`: partial objects and a validated one, requested by a schema, by a tool, or in the prompt."""

from __future__ import annotations

import enum
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, field_validator

import streamkit as sk
from streamkit.testing import FaultServer, anthropic_events, chat_events, chat_tool_events, gemini_events, plan

from .scripted import either_way


class Book(BaseModel):
    """A book worth reading."""

    title: Annotated[str, Field(min_length=3)]
    year: int

    @field_validator("title")
    @classmethod
    def _no_lower_case(cls, title: str) -> str:
        assert title.istitle(), "a title is written in title case"
        return title


class Filled(BaseModel):
    genre: Annotated[str, sk.FromCallArgs()]
    title: str = "?"


class Kind(enum.Enum):
    ICE = "ice"


TEXT = chat_events('{"title": "Du', 'ne", "ye', 'ar": 1965}')


def answers(events: Sequence[bytes], model: str = "openai/m", **options: Any) -> tuple[Any, dict[str, Any]]:
    """Ask once; return what came and what was sent."""
    with FaultServer(plan("none", list(events)) if options.get("stream", True) else either_way(events)) as server:
        base = server.base_url + ("/v1" if model.startswith(("openai", "vllm", "deepseek")) else "")

        @sk.call(model, base_url=base, api_key="test-key", **options)
        def ask(genre: str = "fantasy") -> str:
            return f"Recommend a {genre} book"

        made: Any = ask()
        found = made if options.get("stream") is False else (list(made), made.stream)
        return found, server.requests[0].json()


def test_streaming_gives_partial_objects_and_last_the_validated_one() -> None:
    (found, stream), sent = answers(TEXT, response_model=Book)
    assert [type(each).__name__ for each in found] == ["PartialBook", "PartialBook", "Book"]
    assert [each.title for each in found] == ["Du", "Dune", "Dune"] and found[-1] == Book(title="Dune", year=1965)
    assert (stream.usage.output_tokens, stream.state, stream.cost) == (3, "complete", None)
    assert sent["response_format"]["json_schema"]["name"] == "Book"


def test_without_streaming_the_response_has_it_parsed() -> None:
    response, _ = answers(TEXT, response_model=Book, stream=False)
    assert response.parsed == Book(title="Dune", year=1965)
    assert (response.state, response.usage.output_tokens) == ("complete", 3)
    parsed, _ = answers(TEXT, response_model=Book, stream=False, output_parser=lambda book: book.year)  # pyright: ignore[reportUnknownLambdaType, reportUnknownMemberType]
    assert parsed == 1965


async def test_leaving_early_closes_the_call() -> None:
    with FaultServer(plan("stall", TEXT, at=2)) as server:

        @sk.call("openai/m", response_model=Book, base_url=f"{server.base_url}/v1", api_key="k")
        async def ask() -> str:
            return "?"

        flow = await ask()
        async for book in flow:
            assert book.title == "Du"
            break
        await flow.aclose()
        await server.until_closed()
        assert flow.stream.state == "stopped"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (str, '"Io"', "Io"),
        (int, "42", 42),
        (list[int], "[1, 2]", [1, 2]),
        (Kind, '"ice"', Kind.ICE),
        (Literal["a", "b"], '"a"', "a"),
        (int | str, '"x"', "x"),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (Annotated[int, Field(ge=1)], "7", 7),
        (tuple[int, str], '[1, "a"]', (1, "a")),
        (float, "1.5", 1.5),
        (bool, "true", True),
    ],
)
def test_base_types_are_requested_as_the_value_of_an_object(kind: Any, text: str, expected: Any) -> None:
    (found, _), sent = answers(chat_events('{"value": ', text, "}"), response_model=kind)
    assert found[-1] == expected
    schema = sent["response_format"]["json_schema"]["schema"]
    assert (schema["type"], schema["required"]) == ("object", ["value"])


def test_a_provider_without_schemas_on_every_model_is_made_to_call_a_tool() -> None:
    events = chat_tool_events(("answer", '{"title": "Dune", "year": 1965}'))
    (found, _), sent = answers(events, "deepseek/m", response_model=Book)
    assert found[-1] == Book(title="Dune", year=1965)
    (tool,) = sent["tools"]
    assert tool["function"]["description"] == "Give the answer. A book worth reading."
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "answer"}}


@pytest.mark.parametrize(
    ("model", "events", "name", "value"),
    [
        ("openai/m", TEXT, "response_format", {"type": "json_object"}),
        ("anthropic/m", anthropic_events('{"title": "Dune", "year": 1965}'), "response_format", None),
        ("google/m", gemini_events('{"title": "Dune", "year": 1965}'), "generationConfig", "application/json"),
    ],
)
def test_json_mode_puts_the_schema_into_the_prompt(model: str, events: list[bytes], name: str, value: Any) -> None:
    (found, _), sent = answers(events, model, response_model=Book, json_mode=True)
    assert found[-1].year == 1965
    setting: Any = sent.get(name)
    assert (setting.get("responseMimeType") if name == "generationConfig" else setting) == value
    assert "fits this JSON schema" in json.dumps(sent.get("system") or sent.get("systemInstruction") or sent)


def test_json_mode_alone_asks_for_an_object() -> None:
    response, sent = answers(TEXT, json_mode=True, stream=False)
    assert sent["messages"][0]["content"] == "Answer with one JSON object and with nothing else."
    assert response.parsed is None


def test_an_instruction_joins_the_system_message_that_there_is() -> None:
    @sk.call("openai/m", json_mode=True)
    def ask() -> list[sk.BaseMessageParam]:
        return [sk.Messages.System("Be brief."), sk.Messages.User("?")]

    first, user = ask().messages
    assert isinstance(first, sk.BaseMessageParam) and str(first.content).startswith("Be brief.\n\nAnswer with one")
    assert user == sk.Messages.User("?")


def test_with_tools_the_answer_is_either() -> None:
    def look_up(title: str) -> str:
        return title

    (found, stream), sent = answers(TEXT, response_model=Book, tools=[look_up])
    assert found[-1].year == 1965 and sent["tools"][0]["function"]["name"] == "look_up"
    called = chat_tool_events(("look_up", '{"title": "Dune"}'))
    (found, stream), _ = answers(called, response_model=Book, tools=[look_up])
    assert found == [] and [tool.args for tool in stream.tools] == [{"title": "Dune"}]
    response, _ = answers(called, response_model=Book, tools=[look_up], stream=False)
    assert response.parsed is None and response.tools[0].call() == "Dune"


def test_arguments_of_the_function_fill_fields_that_are_not_in_the_schema() -> None:
    (found, _), sent = answers(chat_events("{", '"title"', ': "Du', 'ne"}'), response_model=Filled)
    assert {each.genre for each in found} == {"fantasy"}
    assert found[-1] == Filled(genre="fantasy", title="Dune")
    assert list(sent["response_format"]["json_schema"]["schema"]["properties"]) == ["title"]
    (found, _), _ = answers(chat_events("{}"), response_model=Filled)
    assert found[-1] == Filled(genre="fantasy")


def test_an_argument_that_a_field_needs_must_be_there() -> None:
    @sk.call("openai/m", response_model=Filled)
    def ask() -> str:
        return "?"

    with pytest.raises(sk.ConfigurationError, match="no argument of the function is named genre"):
        ask()


@pytest.mark.parametrize("text", ['{"title": "dune", "year": 1965}', '{"title": "Dune"', "I cannot."])
def test_what_does_not_fit_is_an_error_that_carries_what_came(text: str) -> None:
    with pytest.raises(sk.MalformedError, match=r"response_model\(Book\)") as caught:
        answers(chat_events(text), response_model=Book)
    assert caught.value.partial is not None and caught.value.partial.content == text
