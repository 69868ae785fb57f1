"""The arguments of ``sk.stream``: by keyword, with a provider, a system message, a typed answer, and extra fields."""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.messages import Message
from streamkit.testing import FaultServer, anthropic_events, chat_events, chat_tool_events, plan


class Moon(BaseModel):
    name: str
    radius: int


MOON = '{"name": "Europa", "radius": 1560}'


async def sent(model: str = "vllm/m", prompt: Any = "?", *, events: list[bytes] | None = None, **given: Any) -> Any:
    """Send a call to a server on this machine, and return the body of the request and the Response."""
    with FaultServer(plan("none", events or chat_events("Io"))) as server:
        response = await sk.stream(model, prompt, base_url=server.base_url, **given)
        return json.loads(server.requests[-1].body), response


def asked(**given: Any) -> Any:
    arguments: dict[str, Any] = {"model": "openai/m", "prompt": "?", **given}
    return sk.stream(**arguments).request


def test_all_arguments_work_by_keyword() -> None:
    stream = sk.stream(
        model="gpt-5-mini", provider="openai", prompt="Which moons?", system="Be brief.", response_model=Moon
    )
    assert (stream.provider, stream.model) == ("openai", "gpt-5-mini")
    assert [_role(each) for each in stream.messages] == ["system", "user"]


def _role(message: Message) -> object:
    return message.get("role") if isinstance(message, dict) else message.role


def test_with_a_provider_the_first_argument_is_the_model() -> None:
    stream = sk.stream("anthropic/claude", "Which moons?", provider="openrouter")
    assert (stream.provider, stream.model) == ("openrouter", "anthropic/claude")
    with pytest.raises(sk.ConfigurationError, match="prompt"):
        sk.stream("Which moons?", provider="openai")


def test_a_system_message_stands_before_the_prompt() -> None:
    messages = [sk.Messages.User("Hi"), sk.Messages.Assistant("Yes?"), sk.Messages.User("Which?")]
    ask = asked(prompt=messages, system="Be brief.")
    assert [_role(each) for each in ask.messages] == ["system", "user", "assistant", "user"]
    assert ask.messages[0].content == "Be brief."


@pytest.mark.parametrize(
    "messages",
    [
        [sk.Messages.System("Be long."), sk.Messages.User("?")],
        [{"role": "developer", "content": "Be long."}, {"role": "user", "content": "?"}],
    ],
)
def test_two_system_messages_are_refused(messages: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="have a system message already"):
        asked(prompt=messages, system="Be brief.")


@pytest.mark.parametrize("system", ["", "  ", 5, [{"type": "text", "text": "Be brief."}]])
def test_a_system_message_is_a_text(system: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="system="):
        asked(system=system)


async def test_a_decorated_function_takes_a_system_message_and_extra_fields() -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:

        @sk.call("vllm/m", base_url=server.base_url, system="Be brief.", extra={"chat_template": "x"}, top_k=4)
        def ask() -> str:
            return "Which?"

        await ask()
        await sk.override(ask, system="Be long.")()
        bodies = [json.loads(each.body) for each in server.requests]
    assert [body["messages"][0]["content"] for body in bodies] == ["Be brief.", "Be long."]
    assert [(body["chat_template"], body["top_k"]) for body in bodies] == [("x", 4)] * 2


async def test_extra_fields_go_into_the_body_unchecked() -> None:
    body, _ = await sent(extra={"temprature": 1, "provider": {"order": ["x"]}, "max_retries": 2}, max_tokens=5)
    assert (body["temprature"], body["provider"], body["max_retries"], body["max_tokens"]) == (
        1,
        {"order": ["x"]},
        2,
        5,
    )


async def test_extra_fields_win_over_parameters() -> None:
    body, _ = await sent(extra={"max_tokens": 6}, extra_body={"seed": 1}, max_tokens=5)
    assert (body["max_tokens"], body["seed"]) == (6, 1)


@pytest.mark.parametrize("extra", ["x", [("a", 1)], {1: 2}, {"stream": False}])
def test_extra_fields_are_a_dict_and_leave_streaming_alone(extra: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="extra="):
        asked(extra=extra)


async def test_a_parameter_that_is_none_is_not_sent() -> None:
    body, _ = await sent(temperature=None, stop=None, seed=3)
    assert body.keys() == {"model", "messages", "stream", "stream_options", "seed"}


def test_the_doors_of_a_provider_take_the_same_arguments() -> None:
    both = inspect.signature(sk.stream).parameters, inspect.signature(sk.openai.stream).parameters
    assert [*both[0]] == ["model", "prompt", "provider", *[*both[1]][2:]]
    assert sk.openai.stream("m", "?", temperature=0.5, top_k=2).request.params == {"temperature": 0.5, "top_k": 2}


# Typed answers


@pytest.mark.parametrize("stream", [True, False])
async def test_a_typed_answer_is_parsed(stream: bool) -> None:
    events = chat_events(*MOON) if stream else None
    with FaultServer(plan("none", events or [_whole(MOON)])) as server:
        typed = sk.stream("vllm/m", "?", base_url=server.base_url, response_model=Moon, stream=stream)
        response = await typed
        schema = json.loads(server.requests[-1].body)["response_format"]["json_schema"]["schema"]
    assert response.parsed == Moon(name="Europa", radius=1560)
    assert typed.response.parsed is response.parsed
    assert schema["properties"].keys() == {"name", "radius"}


def _whole(text: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return json.dumps({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice]}).encode()


async def test_a_typed_answer_by_a_forced_tool_is_parsed() -> None:
    with FaultServer(plan("none", chat_tool_events(("answer", MOON)))) as server:
        response = await sk.stream("deepseek/m", "?", base_url=server.base_url, api_key="k", response_model=Moon)
    assert response.parsed == Moon(name="Europa", radius=1560)


async def test_a_type_that_is_no_object_is_parsed() -> None:
    _, response = await sent(events=chat_events('{"value": [1, 2', "]}"), response_model=list[int])
    assert response.parsed == [1, 2]


async def test_partial_answers_come_by_an_operator() -> None:
    with FaultServer(plan("none", chat_events(MOON[:12], MOON[12:]))) as server:
        stream = sk.stream("vllm/m", "?", base_url=server.base_url, response_model=Moon)
        partial = [each.name async for each in stream.pipe(ops.partial(Moon))]
    assert partial[-1] == "Europa"
    assert stream.response.parsed == Moon(name="Europa", radius=1560)


async def test_a_stream_again_and_a_retried_one_are_parsed_too() -> None:
    with FaultServer(plan("none", chat_events(MOON))) as server:
        stream = sk.stream("vllm/m", "?", base_url=server.base_url, response_model=Moon)
        responses = [await stream, await stream.again(), await sk.retry(stream.again())]
    assert [each.parsed for each in responses] == [Moon(name="Europa", radius=1560)] * 3


@pytest.mark.parametrize("text", ["no JSON", '{"name": "Europa"}', '{"name": "Eu'])
async def test_an_answer_of_another_form_raises_with_what_arrived(text: str) -> None:
    with FaultServer(plan("none", chat_events(text))) as server:
        stream = sk.stream("vllm/m", "?", base_url=server.base_url, response_model=Moon)
        with pytest.raises(sk.MalformedError, match=r"response_model\(Moon\)") as caught:
            await stream
    partial = caught.value.partial
    assert partial is not None
    assert (partial.content, partial.state, partial.parsed) == (text, "complete", None)
    assert (stream.state, stream.response.parsed) == ("complete", None)


async def test_a_loop_over_a_typed_answer_ends_as_any_other() -> None:
    with FaultServer(plan("none", chat_events("no ", "JSON"))) as server:
        stream = sk.stream("vllm/m", "?", base_url=server.base_url, response_model=Moon)
        assert "".join([chunk.content async for chunk, _ in stream]) == "no JSON"
    assert stream.response.parsed is None


async def test_a_tool_that_is_called_instead_leaves_the_answer_out() -> None:
    def look_up(moon: str) -> str:
        """Look a moon up."""
        return moon

    with FaultServer(plan("none", chat_tool_events(("look_up", '{"moon": "Io"}')))) as server:
        response = await sk.stream("vllm/m", "?", base_url=server.base_url, response_model=Moon, tools=[look_up])
    assert response.parsed is None
    assert response.tool_calls[0].name == "look_up"


async def test_a_stopped_stream_has_no_parsed_answer() -> None:
    with FaultServer(plan("stall", chat_events(*MOON), at=3)) as server:
        async with sk.stream("vllm/m", "?", base_url=server.base_url, response_model=Moon) as stream:
            async for _ in stream:
                break
    assert (stream.state, stream.response.parsed) == ("stopped", None)


def test_a_type_that_cannot_be_read_is_refused_at_the_call() -> None:
    with pytest.raises(sk.ConfigurationError, match="response_model"):
        asked(response_model=object())
    with pytest.raises(sk.ConfigurationError, match="json_mode=True"):
        asked(model="anthropic/m", response_model=Moon, tools=[Moon])


async def test_a_typed_answer_of_anthropic_is_parsed() -> None:
    with FaultServer(plan("none", anthropic_events("unused"))) as server:
        stream = sk.stream("anthropic/m", "?", base_url=server.base_url, api_key="k", response_model=Moon)
        with pytest.raises(sk.MalformedError):
            await stream
        body = json.loads(server.requests[-1].body)
    assert body["tool_choice"]["name"] == "answer"


@pytest.mark.parametrize(
    ("given", "most"), [({}, 62), ({"temperature": 0.2, "max_tokens": 50}, 68), ({"top_k": 4}, 68)]
)
def test_a_call_opens_in_few_python_calls(given: dict[str, Any], most: int) -> None:
    """A count and no time: what a call does not give costs no look, and a check that grows is seen here."""
    calls = 0

    def note(_frame: object, event: str, _what: object) -> None:
        nonlocal calls
        calls += event == "call"

    for _ in range(2):
        calls = 0
        sys.setprofile(note)
        try:
            sk.stream("openai/gpt-5-mini", "Which moons?", api_key="k", **given)
        finally:
            sys.setprofile(None)
    assert calls <= most
