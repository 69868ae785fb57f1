"""``sk.call(…, reask=2)``: the flow of a decorated function begins anew with each answer; overrides and contexts."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.testing import chat_events, chat_tool_events, whole_body
from tests.stream.conversing import provider, roles


class Moon(BaseModel):
    name: str
    radius: int


class Placed(BaseModel):
    name: str
    radius: int
    planet: Annotated[str, sk.FromCallArgs()] = ""


WRONG = chat_events('{"name": "Io", ', '"radius": "large"}')
RIGHT = chat_events('{"name": "Io", ', '"radius": 1821}')
IO = Moon(name="Io", radius=1821)


def hottest(planet: str) -> str:
    return f"Which moon of {planet} is hot?"


def test_the_flow_begins_anew_and_ends_with_the_valid_object() -> None:
    model, scripted = provider(WRONG, RIGHT)
    flow = sk.call(model, response_model=Moon, reask=2)(hottest)("Jupiter")
    shown = list(flow)
    assert [(each.name, each.radius) for each in shown] == [("Io", None), (None, None), ("Io", None), ("Io", 1821)]
    assert shown[-1] == flow.run() == IO
    response = flow.stream.response
    assert (response.parsed, response.calls, len(response.attempts)) == (IO, 2, 1)
    assert roles(scripted.requests[1].messages) == ["user", "assistant", "user"]


def test_without_streaming_the_response_has_the_parsed_answer() -> None:
    model, _ = provider([whole_body(WRONG)], [whole_body(RIGHT)])
    response = sk.call(model, response_model=Moon, reask=2, stream=False)(hottest)("Jupiter")
    assert (response.parsed, response.calls, len(response.attempts)) == (IO, 2, 1)
    parsed = sk.call(model, response_model=Moon, reask=2, stream=False, output_parser=lambda moon: moon.radius)
    assert parsed(hottest)("Jupiter") == 1821


def test_the_last_wrong_answer_ends_the_flow_with_every_attempt() -> None:
    model, _ = provider(WRONG)
    flow = sk.call(model, response_model=Moon, reask=1)(hottest)("Jupiter")
    with pytest.raises(sk.ValidationFailed) as found:
        flow.run()
    assert [each.content for each in found.value.attempts] == ['{"name": "Io", "radius": "large"}'] * 2


async def test_an_async_function() -> None:
    model, _ = provider(WRONG, RIGHT)

    @sk.call(model, response_model=Moon, reask=1)
    async def ask(planet: str) -> str:
        return f"Which moon of {planet}?"

    assert await (await ask("Jupiter")) == IO


@pytest.mark.parametrize("json_mode", [False, True])
def test_in_both_json_modes_the_error_is_a_message_of_the_user(json_mode: bool) -> None:
    model, scripted = provider(WRONG, RIGHT)
    flow = sk.call(model, response_model=Moon, reask=1, json_mode=json_mode)(hottest)("Jupiter")
    assert flow.run() == IO
    first, second = scripted.requests
    assert second.messages[: len(first.messages)] == first.messages
    assert (second.params, second.tools) == (first.params, first.tools)
    assert roles(second.messages[-2:]) == ["assistant", "user"]
    assert "Which moon of Jupiter" in str(first.messages[-1])


def test_a_field_that_an_argument_fills_is_filled_in_every_answer() -> None:
    model, _ = provider(WRONG, RIGHT)
    flow = sk.call(model, response_model=Placed, reask=1)(hottest)("Jupiter")
    assert flow.run() == Placed(name="Io", radius=1821, planet="Jupiter")


@pytest.mark.parametrize(
    ("kind", "wrong", "right", "shown"),
    [
        (list[int], '[1, "Io"]', "[2]", [[1], [], [2], [2]]),
        (dict[str, int], '{"a": 1, "b": "Io"}', '{"a": 2}', [{"a": 1}, {}, {"a": 2}, {"a": 2}]),
        (int, '"Io"', "2", [2]),
    ],
)
def test_a_type_that_is_no_object(kind: Any, wrong: str, right: str, shown: list[Any]) -> None:
    model, _ = provider(chat_events(f'{{"value": {wrong}', "}"), chat_events(f'{{"value": {right}', "}"))
    call: Any = sk.call
    assert list(call(model, response_model=kind, reask=1)(hottest)("Jupiter")) == shown


def test_tools_beside_it_may_be_called_instead() -> None:
    def look_up(moon: str) -> str:
        return moon

    model, scripted = provider([whole_body(chat_tool_events(("look_up", '{"moon": "Io"}')))])
    call = sk.call(model, response_model=Moon, reask=2, tools=[look_up], stream=False)
    response = call(hottest)("Jupiter")
    assert (response.parsed, [tool.args for tool in response.tools]) == (None, [{"moon": "Io"}])
    assert len(scripted.requests) == 1


def test_an_override_and_a_context_set_it_as_other_options() -> None:
    model, scripted = provider(WRONG)
    ask = sk.call(model, response_model=Moon)(hottest)
    with pytest.raises(sk.ValidationFailed):
        sk.override(ask, reask=1)("Jupiter").run()
    assert len(scripted.requests) == 2
    with sk.context(reask=2):
        flow = ask("Jupiter")
        never = sk.override(ask, reask=0)("Jupiter")
    with pytest.raises(sk.ValidationFailed, match="None of 3 answers fits"):
        flow.run()
    with pytest.raises(sk.MalformedError) as found:
        never.run()
    assert type(found.value) is sk.MalformedError


def test_it_needs_a_response_model_and_a_number() -> None:
    with pytest.raises(sk.ConfigurationError, match="give response_model="):
        sk.call("openai/m", reask=2)
    plain = sk.call("openai/m")(hottest)
    with pytest.raises(sk.ConfigurationError, match="give response_model="):
        sk.override(plain, reask=2)
    with sk.context(reask=2), pytest.raises(sk.ConfigurationError, match="give response_model="):
        plain("Jupiter")
    for wrong in (-1, True, 1.5, "2"):
        given: dict[str, Any] = {"reask": wrong}
        with pytest.raises(sk.ConfigurationError, match="whole number"):
            sk.call("openai/m", response_model=Moon, **given)
        with pytest.raises(sk.ConfigurationError, match="whole number"):
            sk.context(**given)


def test_retry_of_a_function_that_asks_again() -> None:
    model, scripted = provider(WRONG, [*RIGHT[:2]], WRONG, RIGHT)
    flow = sk.retry(sk.call(model, response_model=Moon, reask=1)(hottest), attempts=2, wait=0)("Jupiter")
    assert flow.stream.run().parsed == IO
    assert (len(scripted.requests), flow.stream.response.calls) == (4, 4)
