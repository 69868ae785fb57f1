"""A decorated function: its prompt is sent, the answer is its result, and errors name it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, chat_events, chat_tool_events, plan

from .scripted import either_way


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(either_way(chat_events("Du", "ne"))) as running:
        yield running


def where(server: FaultServer) -> dict[str, Any]:
    return {"base_url": f"{server.base_url}/v1", "api_key": "test-key"}


def test_it_streams_by_default_and_sends_nothing_before_it_is_read(server: FaultServer) -> None:
    @sk.call("openai/m", call_params={"top_p": 0.5}, temperature=0.1, **where(server))
    def recommend(genre: str, /, *, mood: str = "light") -> str:
        """Recommend a book."""
        return f"Recommend a {mood} {genre} book"

    stream = recommend("fantasy")
    assert (recommend.__name__, recommend.__doc__) == ("recommend", "Recommend a book.")
    assert not server.requests
    assert [chunk.content for chunk, tool in stream if chunk.content and tool is None] == ["Du", "ne"]
    sent = server.requests[0].json()
    assert (sent["temperature"], sent["top_p"]) == (0.1, 0.5)
    assert sent["messages"] == [{"role": "user", "content": "Recommend a light fantasy book"}]
    assert stream.fn_args == {"genre": "fantasy", "mood": "light"}


def test_without_streaming_it_waits_for_the_response(server: FaultServer) -> None:
    @sk.call(provider="openai", model="m", stream=False, **where(server))
    def recommend() -> str:
        return "?"

    response = recommend()
    assert (response.content, response.state, str(response)) == ("Dune", "complete", "Dune")
    assert response.messages == (sk.Messages.User("?"),)
    assert response.user_message_param == sk.Messages.User("?")
    assert (response.start_time or 0) <= (response.end_time or 0) and response.end_time


async def test_an_async_function_gives_a_coroutine_of_the_same(server: FaultServer) -> None:
    @sk.call("openai/m", **where(server))
    async def recommend(genre: str) -> str:
        return f"Recommend a {genre} book"

    stream = await recommend("fantasy")
    assert [chunk.content async for chunk, _ in stream if chunk.content] == ["Du", "ne"]
    response = await sk.override(recommend, stream=False)("fantasy")
    assert response.content == "Dune"


@pytest.mark.skipif(not hasattr(inspect, "markcoroutinefunction"), reason="needs Python 3.12")
def test_it_is_known_as_a_coroutine_function() -> None:
    @sk.call("openai/m")
    async def recommend() -> str:
        return "?"

    assert inspect.iscoroutinefunction(recommend)


async def test_a_sync_function_that_would_wait_says_so_on_a_loop() -> None:
    @sk.call("openai/m", stream=False)
    def recommend() -> str:
        return "?"

    with pytest.raises(sk.ConfigurationError, match=r"recommend would block the event loop.*'async def'"):
        recommend()


def test_a_method_is_bound_as_any_other(server: FaultServer) -> None:
    class Librarian:
        genre = "fantasy"

        @sk.call("openai/m", **where(server))
        def recommend(self, mood: str) -> str:
            return f"Recommend a {mood} {self.genre} book"

    assert Librarian().recommend("light").messages == (sk.Messages.User("Recommend a light fantasy book"),)


def test_a_providers_own_door_takes_its_models_by_their_own_names(server: FaultServer) -> None:
    @sk.openai.call("m", **where(server))
    def recommend() -> str:
        return "?"

    assert recommend().run().content == "Dune"
    with pytest.raises(sk.ConfigurationError, match=r"sk.openai.call\(\"model\"\)"):
        sk.openai.call()


def test_an_output_parser_makes_the_result(server: FaultServer) -> None:
    def shout(response: sk.Response) -> str:
        return response.content.upper()

    @sk.call("openai/m", stream=False, output_parser=shout, base_url=f"{server.base_url}/v1", api_key="test-key")
    def recommend() -> str:
        return "?"

    assert recommend() == "DUNE"


def test_tools_come_typed_once_they_are_whole() -> None:
    def orbit(moon: str) -> str:
        """Look up an orbit."""
        return f"{moon}: 1.8 days"

    with FaultServer(plan("none", chat_tool_events(("orbit", '{"moon": "Io"}')))) as server:

        @sk.call("openai/m", tools=[orbit], base_url=f"{server.base_url}/v1", api_key="test-key")
        def ask() -> str:
            return "?"

        stream = ask()
        (tool,) = [tool for _, tool in stream if tool]
        assert (tool.args, tool.call(), tool.delta) == ({"moon": "Io"}, "Io: 1.8 days", None)
        assert [each.name for each in stream.tool_types] == ["orbit"]
        assert [each["role"] for each in stream.tool_message_params([(tool, tool.call())])] == ["tool"]


@pytest.mark.parametrize("options", [{"partial_tools": True}, {"stream": {"partial_tools": True}}])
def test_partial_tools_come_while_they_arrive_and_then_whole(options: dict[str, Any]) -> None:
    def orbit(moon: str) -> str:
        return moon

    with FaultServer(plan("none", chat_tool_events(("orbit", '{"moon": "Io"}')))) as server:
        decorate: Any = sk.call("openai/m", tools=[orbit], **options, **where(server))
        stream = decorate(lambda: "?")()
        found = [tool for _, tool in stream if tool]
    assert [type(each).__name__ for each in found] == ["PartialToolCall", "PartialToolCall", "TypedToolCall"]
    assert "".join(each.delta for each in found[:2]) == '{"moon": "Io"}'
    assert found[2].args == {"moon": "Io"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "gpt"}, "not of the form 'provider/model'"),
        ({}, "Name a model"),
        ({"provider": "openai"}, "Name a model"),
        ({"model": "opnai/x"}, "near it: openai"),
        ({"model": "openai/x", "output_parser": str}, "Cannot use output_parser with stream=True"),
        ({"model": "openai/x", "stream": "yes"}, "stream='yes'"),
        ({"model": "openai/x", "stream": {"tools": True}}, "partial_tools"),
        ({"model": "openai/x", "keep": "some"}, "keep='some'"),
        ({"model": "openai/x", "timeouts": 5}, "sk.Timeouts"),
        ({"model": "openai/x", "limits": 5}, "sk.Limits"),
        ({"model": "openai/x", "tools": "lookup"}, "tools= takes a list"),
        ({"model": "openai/x", "response_model": "Book"}, "give a type that pydantic can validate"),
        ({"model": "anthropic/x", "response_model": int, "tools": [{"name": "a"}]}, "json_mode=True"),
    ],
)
def test_wrong_options_raise_at_the_declaration(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=message):
        sk.call(**options)


def test_what_is_no_function_or_decorated_already_is_refused() -> None:
    with pytest.raises(sk.ConfigurationError, match="decorates a function"):
        sk.call("openai/m")(int)

    @sk.call("openai/m")
    def ask() -> str:
        return "?"

    with pytest.raises(sk.ConfigurationError, match="decorated already"):
        sk.call("openai/m")(ask)
    with pytest.raises(sk.ConfigurationError, match=r"sk\.call has decorated"):
        sk.override(len, model="openai/m")
