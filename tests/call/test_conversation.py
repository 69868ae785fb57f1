"""Two turns with a tool on every provider: what a stream hands out as messages makes a valid next request."""

from __future__ import annotations

import json
from typing import Any

import pytest

import streamkit as sk
from streamkit.providers import PROVIDERS, compatible
from streamkit.testing import FaultServer, Script, chat_event, chat_tool_events, plan

from .scripted import WIRES, key_of

pytestmark = [
    pytest.mark.sdk,
    # LiteLLM's own code warns about its own types and uses what its libraries have deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*"),
    pytest.mark.filterwarnings("ignore::UserWarning:pydantic.*"),
]


def look_up(moon: str) -> str:
    """Look a moon up."""
    return f"{moon} has volcanoes."


def test_every_provider_answers_a_conversation() -> None:
    assert {wire.provider for wire in WIRES.values()} == {*PROVIDERS, *compatible.PROVIDERS} - {"replay"}


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("name", WIRES)
def test_two_turns_with_a_tool(name: str) -> None:
    wire = WIRES[name]
    key = key_of(wire)
    plans = [plan("none", wire.call("look_up", '{"moon": "Io"}')), plan("none", wire.text("Io ", "is hot."))]
    with FaultServer(plans) as server:

        @sk.call(wire.model, tools=[look_up], base_url=server.base_url + wire.path, api_key=key)
        def ask(history: list[Any]) -> list[Any]:
            return history

        history: list[Any] = [sk.Messages.User("Is Io hot?")]
        first = ask(history)
        outputs = [(tool, tool.call()) for _, tool in first if tool]
        assert [output for _, output in outputs] == ["Io has volcanoes."]
        history += [first.message_param, *first.tool_message_params(outputs)]
        second = ask(history)
        assert (second.run().content, second.state) == ("Io is hot.", "complete")
        sent = json.dumps(server.requests[1].json())
    assert "look_up" in sent and wire.answered_by in sent
    assert sent.index("Is Io hot?") < sent.index("Io has volcanoes.")


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("name", WIRES)
def test_a_conversation_goes_on_with_another_provider(name: str) -> None:
    wire = WIRES[name]
    key = key_of(wire)
    first = Script([chat_event({"content": "I look."}), *chat_tool_events(("look_up", '{"moon": "Io"}'))])
    response = first.stream("Is Io hot?", tools=[look_up]).run()
    assert response.tool is not None
    assert response.common_message_param == sk.Messages.Assistant(["I look.", response.tool.tool_call])
    history = [sk.Messages.User("Is Io hot?"), response.common_message_param]
    with FaultServer(plan("none", wire.text("Io ", "is hot."))) as server:

        @sk.call(wire.model, tools=[look_up], base_url=server.base_url + wire.path, api_key=key)
        def ask(more: list[Any]) -> list[Any]:
            return [*history, *more]

        answers = response.tool_message_params([(response.tool, response.tool.call())])
        assert ask(answers).run().content == "Io is hot."
        sent = json.dumps(server.requests[0].json())
    positions = [sent.index(each) for each in ("Is Io hot?", "I look.", "Io has volcanoes.")]
    assert positions == sorted(positions) and "look_up" in sent


def test_what_was_cut_is_no_part_of_the_next_turn() -> None:
    cut = Script([chat_event({"content": "I look."}), *chat_tool_events(("look_up", '{"moon"'), finish="length")])
    response = cut.stream(tools=[look_up]).run()
    assert response.tool is None
    assert response.common_message_param == sk.Messages.Assistant("I look.")
    assert response.message_param == {"role": "assistant", "content": "I look."}
