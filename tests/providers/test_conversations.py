"""A conversation with every provider over a socket: three turns, of which two call two tools at once."""

from __future__ import annotations

from typing import Any

import pytest

import streamkit as sk
from streamkit.providers import PROVIDERS, compatible
from streamkit.testing import FaultServer, plan
from tests.providers.accepted import complaints
from tests.providers.conversing import EVERY, HAVE_SDK, answers, ask, look_up, ping, turns
from tests.providers.doors import DOORS, marked

pytestmark = pytest.mark.sdk


def check(response: sk.Response, server: FaultServer) -> None:
    assert (response.state, response.content, response.calls) == ("complete", "EuropaEuropaIo is hot.", 3)
    assert [result.output for result in response.tool_results] == ["Io", "pong", "Io", "pong"]
    assert [turn.content for turn in response.turns] == ["Europa", "Europa", "Io is hot."]
    assert len(response.history) == 8
    assert [complaints(request.json()) for request in server.requests] == [[], [], []]


@pytest.mark.parametrize("name", [marked(name) for name in EVERY])
async def test_three_turns_with_parallel_tools(name: str) -> None:
    with FaultServer(answers(name)) as server:
        check(await ask(name, server.base_url), server)


@pytest.mark.parametrize("name", [marked(name) for name in HAVE_SDK])
async def test_three_turns_through_the_sdk(name: str) -> None:
    with FaultServer(answers(name)) as server:
        check(await ask(name, server.base_url, transport="sdk"), server)


@pytest.mark.parametrize("fault", ["cut", "reset", "overloaded"])
@pytest.mark.parametrize("transport", ["direct", "sdk"])
@pytest.mark.parametrize(
    "name", [marked(name) for name in HAVE_SDK if name in DOORS and not name.startswith("litellm")]
)
async def test_a_second_turn_that_breaks_leaves_the_first_one_and_can_go_on(
    name: str, transport: str, fault: str
) -> None:
    first, second, last = turns(name)
    broken = plan(fault, second, at=len(second) // 2, shape=EVERY[name].shape)
    with FaultServer([plan("none", first), broken, plan("none", last)]) as server:
        with pytest.raises(sk.StreamError) as caught:
            await ask(name, server.base_url, transport=transport)
        partial = caught.value.partial
        assert partial is not None and [turn.state for turn in partial.turns] == ["complete", "failed"]
        assert [result.output for result in partial.tool_results][:2] == ["Io", "pong"]
        assert {result.state for result in partial.tool_results[2:]} <= {"not_run"}
        assert (await ask(name, server.base_url, transport=transport, prompt=partial.history)).content == "Io is hot."
        assert [complaints(request.json()) for request in server.requests] == [[], [], []]


def test_no_provider_is_left_out() -> None:
    assert {name.partition(" ")[0] for name in EVERY} == {*PROVIDERS, *compatible.PROVIDERS, "vertex"} - {"replay"}


def test_sync_code_has_the_same_conversation() -> None:
    with FaultServer(answers("anthropic")) as server:
        check(ask("anthropic", server.base_url).run(), server)


@pytest.mark.parametrize("client", ["AsyncAnthropicVertex", "AnthropicVertex"])
def test_three_turns_with_anthropics_models_on_vertex(client: str) -> None:
    made: Any = getattr(pytest.importorskip("anthropic"), client)
    with FaultServer(answers("anthropic")) as server:
        given = made(region="eu", project_id="moons", access_token="a", base_url=f"{server.base_url}/v1")
        stream = sk.converse("anthropic/claude-haiku-4-5", "a question", tools=[look_up, ping], client=given)
        check(stream.run(), server)
