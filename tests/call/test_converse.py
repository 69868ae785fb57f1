"""``sk.call(…, converse=True)``: a prompt function whose result is the Stream of a conversation."""

from __future__ import annotations

import inspect
import json
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit._stream import CONVERSATION
from streamkit.testing import FaultServer, chat_events, plan
from tests.stream.conversing import ANSWER, Ran, calls, is_valid, provider


class Orbit(BaseModel):
    days: float


def test_the_function_returns_the_stream_of_a_conversation() -> None:
    ran = Ran()
    model, scripted = provider(calls("Io"), ANSWER)

    @sk.call(model, tools=[ran.orbit], converse=True, max_turns=3, system="Be brief.")
    @sk.metadata({"tags": {"moons"}})
    def ask(moon: str) -> str:
        return f"How long does {moon} take?"

    stream = ask("Io")
    assert not stream.sent
    assert list(stream.text()) == ["Io takes ", "1.8 days."]
    response = stream.response
    assert (ran, len(response.turns), response.fn_args) == (["Io"], 2, {"moon": "Io"})
    assert (stream.metadata, is_valid(response.history), len(response.history)) == ({"tags": {"moons"}}, True, 5)
    assert [len(each.messages) for each in scripted.requests] == [2, 4]


async def test_async_functions_and_whole_answers() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), ANSWER)

    @sk.call(model, tools=[ran.orbit], converse=True)
    async def ask(moon: str) -> str:
        return moon

    assert (await (await ask("Io"))).content == "Io takes 1.8 days."
    assert ran == ["Io"]


def test_without_streaming_the_result_is_the_response_or_what_the_parser_makes_of_it() -> None:
    def orbit(moon: str) -> str:
        return moon

    def whole(message: dict[str, Any], reason: str) -> bytes:
        body = {"id": "a", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": reason}]}
        return json.dumps(body).encode()

    call = {"id": "call_0", "type": "function", "function": {"name": "orbit", "arguments": '{"moon": "Io"}'}}
    turns = [
        plan("none", [whole({"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls")]),
        plan("none", [whole({"role": "assistant", "content": '{"days": 1.8}'}, "stop")]),
    ]
    with FaultServer(turns * 2) as server:
        given: Any = {"base_url": f"{server.base_url}/v1", "api_key": "k", "tools": [orbit], "response_model": Orbit}

        @sk.call("openai/m", converse=True, stream=False, **given)
        def ask(moon: str) -> str:
            return moon

        @sk.call("openai/m", converse=True, stream=False, output_parser=lambda found: found.days, **given)
        def days(moon: str) -> str:
            return moon

        response = ask("Io")
        assert (response.parsed, len(response.turns), response.state) == (Orbit(days=1.8), 2, "complete")
        assert days("Io") == 1.8


def test_a_response_model_is_the_type_of_the_last_turn() -> None:
    ran = Ran()
    model, scripted = provider(calls("Io"), chat_events('{"days": ', "1.8}"))

    @sk.call(model, tools=[ran.orbit], converse=True, response_model=Orbit, json_mode=True)
    def ask(moon: str) -> str:
        return moon

    stream = ask("Io")
    assert isinstance(stream, sk.Stream)
    assert stream.run().parsed == Orbit(days=1.8)
    assert all('"days"' in str(each.messages[0]) for each in scripted.requests)  # the schema, in the prompt
    assert [str(each) for each in stream.response.messages] == [str(sk.Messages.User("Io"))]


def test_arguments_fill_fields_of_the_answer() -> None:
    class Named(BaseModel):
        moon: Annotated[str, sk.FromCallArgs()]
        days: float

    model, _ = provider(chat_events('{"days": 1.8}'))

    @sk.call(model, converse=True, response_model=Named)
    def ask(moon: str) -> str:
        return moon

    assert ask("Io").run().parsed == Named(moon="Io", days=1.8)


@pytest.mark.parametrize("provider_name", ["anthropic", "groq", "bedrock"])
def test_where_a_typed_answer_excludes_tools_json_mode_allows_both(provider_name: str) -> None:
    tools = [Ran().orbit]
    with pytest.raises(sk.ConfigurationError, match="json_mode=True"):
        sk.converse(f"{provider_name}/m", "?", tools=tools, response_model=Orbit, api_key="k")
    stream = sk.converse(f"{provider_name}/m", "?", tools=tools, response_model=Orbit, api_key="k", json_mode=True)
    assert stream.state == "streaming"


def test_overrides_and_contexts_change_conversations() -> None:
    ran = Ran()
    model, scripted = provider(calls("Io"))

    @sk.call(model, tools=[ran.orbit], converse=True, max_turns=5)
    def ask(moon: str) -> str:
        return moon

    def turns_of(function: Any) -> int:
        scripted.requests.clear()
        with pytest.raises(sk.LimitExceeded, match="max_turns"):
            function("Io").run()
        return len(scripted.requests)

    assert turns_of(ask) == 5
    assert turns_of(sk.override(ask, max_turns=2)) == 2
    with sk.context(max_turns=3):
        assert turns_of(ask) == 3
        assert turns_of(sk.override(ask, max_turns=2)) == 2
    assert [len(each.tools) for each in scripted.requests] == [1, 1]
    single = sk.override(ask, converse=False, tools=[])
    assert single("Io").run().turns == []


def test_a_context_of_conversations_leaves_single_calls_as_they_are() -> None:
    model, _ = provider(ANSWER)

    @sk.call(model)
    def ask(moon: str) -> str:
        return moon

    with sk.context(max_turns=3):
        assert ask("Io").run().turns == []
    with sk.context(converse=True, max_turns=3):
        assert len(ask("Io").run().turns) == 1
    assert sk.override(ask, converse=True, on_tool=lambda call: True)("Io").run().state == "complete"


def test_retries_and_fallbacks_of_turns_and_of_functions() -> None:
    ran = Ran()
    busy = [sk.Overloaded("busy")]
    model, scripted = provider(busy, calls("Io"), busy, ANSWER)

    @sk.call(model, tools=[ran.orbit], converse=True, retry={"attempts": 2, "wait": 0})
    def ask(moon: str) -> str:
        return moon

    assert (ask("Io").run().calls, len(scripted.requests)) == (4, 4)
    broken, _ = provider(busy)
    other, _ = provider(ANSWER)

    @sk.call(broken, converse=True, fallback=[other])
    def ask_others(moon: str) -> str:
        return moon

    assert ask_others("Io").run().content == "Io takes 1.8 days."
    retried = sk.fallback(sk.override(ask_others, fallback=[]), sk.override(ask_others, model=other, fallback=[]))
    assert retried("Io").run().content == "Io takes 1.8 days."


def test_partial_tools_come_in_the_loop_of_a_conversation() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), calls("Titan"), ANSWER)

    @sk.call(model, tools=[ran.orbit], converse=True, partial_tools=True)
    def ask(moon: str) -> str:
        return moon

    tools = [tool for _, tool in ask("Io") if tool]
    assert [type(tool).__name__ for tool in tools].count("PartialToolCall") == 4
    assert [tool.arguments for tool in tools if isinstance(tool, sk.ToolCall)] == [{"moon": "Io"}, {"moon": "Titan"}]


_IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"max_turns": 3}, "max_turns= is an option of a conversation: give converse=True too"),
    ({"retry": 3}, r"sk\.retry\(function\)"),
    ({"on_tool": print, "grace": 1}, "grace=, on_tool= are options of a conversation"),
    ({"converse": "yes"}, "give True or False"),
    ({"converse": True, "max_turns": 0}, "max_turns=0"),
    ({"converse": True, "on_tool_error": "ask"}, "'send' or 'raise'"),
    ({"converse": True, "retry": "3"}, "retry='3'"),
    ({"converse": True, "fallback": "openai/m"}, "give a list"),
    ({"converse": True, "max_turn": 3}, "max_turns="),
    ({"converse": True, "output_parser": str}, "Cannot use output_parser with stream=True"),
    ({"call_params": {"max_turns": 3}}, r"converse=True, max_turns=…"),
]


@pytest.mark.parametrize(("options", "message"), _IMPOSSIBLE)
def test_what_makes_no_sense_raises_at_the_decorator(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=message):
        sk.call("openai/m", **options)


def test_an_override_and_a_context_are_checked_too() -> None:
    @sk.call("openai/m")
    def ask(moon: str) -> str:
        return moon

    with pytest.raises(sk.ConfigurationError, match="give converse=True too"):
        sk.override(ask, max_turns=3)
    with pytest.raises(sk.ConfigurationError, match="max_turns=0"), sk.context(max_turns=0):
        pass


_OF_CALLS = {"response_model", "reask", "timeouts", "limits", "keep"}


def test_all_options_of_converse_are_options_of_call() -> None:
    own = set(inspect.signature(sk.converse).parameters) - {"model", "prompt", "keywords"}
    assert own >= CONVERSATION


def test_the_key_of_one_provider_is_not_given_to_another() -> None:
    other, scripted = provider(ANSWER)
    broken, first = provider([sk.Overloaded("busy")])
    again, second = provider([sk.Overloaded("busy")])
    stream = sk.converse(broken, "?", fallback=[again, other], api_key="secret", base_url="http://127.0.0.1:9")
    assert stream.run().state == "complete"
    assert [each.requests[0].api_key for each in (first, second, scripted)] == ["secret", None, None]
    assert [each.requests[0].base_url for each in (second, scripted)] == [None, None]
