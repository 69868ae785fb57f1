"""The room of Mirascope's names: thin, light, quiet, and a stream in it is a stream."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
import streamkit.mirascope
from streamkit.mirascope import (
    BaseDynamicConfig,
    BaseMessageParam,
    BaseTool,
    ToolCallPart,
    ToolResultPart,
    llm,
    prompt_template,
)
from streamkit.mirascope.core import openai
from streamkit.mirascope.retries.tenacity import collect_errors
from streamkit.testing import FaultServer, Plan, chat_event, chat_events, chat_tool_events, plan, whole_body
from streamkit.testing.faults import Forever
from tests.providers.canaries import PROMPT, finds, shown

ROOM = Path(streamkit.mirascope.__file__).parent


def at(server: FaultServer) -> Any:
    return sk.context(base_url=f"{server.base_url}/v1", api_key="a-key")


def test_importing_streamkit_does_not_load_it() -> None:
    code = "import streamkit, sys; assert not [name for name in sys.modules if 'mirascope' in name]"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_is_thin_and_builds_on_the_public_api() -> None:
    files = list(ROOM.rglob("*.py"))
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) <= 800
    outside = {
        node.module
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == len(file.relative_to(ROOM).parts) + 1
    }
    assert outside == {"traces"}  # which keeps prompts out of tracebacks


def test_a_break_closes_the_connection() -> None:
    endless = Plan(steps=(Forever(chat_event({"content": "Io "}), every=0.001),))

    @openai.call("m", stream=True)
    def ask(what: str) -> str:
        return what

    with FaultServer(endless) as server, at(server):
        stream = ask("life")
        for _ in stream:
            break
        server.wait_closed()
        stream.wait()
        assert stream.state == "stopped"
        assert stream.construct_call_response().state == "stopped"


async def test_an_async_break_does_too() -> None:
    endless = Plan(steps=(Forever(chat_event({"content": "Io "}), every=0.001),))

    @openai.call("m", stream=True)
    async def ask(what: str) -> str:
        return what

    with FaultServer(endless) as server, at(server):
        async for _ in await ask("life"):
            break
        await server.until_closed()


def test_operators_still_take_its_streams() -> None:
    from streamkit import operators as ops

    @openai.call("m", stream=True)
    def ask(what: str) -> str:
        return what

    with FaultServer(plan("none", chat_events("Euro", "pa"))) as server, at(server):
        assert ask("life").pipe(ops.text(), ops.join()).run() == "Europa"


def test_a_wrong_call_of_a_tool_in_a_loop_is_pydantics_error() -> None:
    class LookUp(BaseTool):
        moon: int

        def call(self) -> str:
            return str(self.moon)

    @openai.call("m", stream=True, tools=[LookUp])
    def ask(what: str) -> str:
        return what

    from pydantic import ValidationError

    with FaultServer(plan("none", chat_tool_events(("LookUp", '{"moon": "Io"}')))) as server, at(server):
        stream = ask("life")
        with pytest.raises(ValidationError) as caught:
            list(stream)
    assert vars(caught.value)["_response"].tool_calls[0].name == "LookUp"


@prompt_template("{what}")
def templated(prompt: str) -> Any:
    """Has no value for its placeholder."""


@pytest.mark.parametrize("prompt", [None, templated])
async def test_no_prompt_is_in_the_frames_of_an_error(prompt: Any) -> None:
    @openai.call("m")
    async def ask(what: str) -> Any:
        return what

    with FaultServer(plan("rate_limited")) as server, at(server), pytest.raises(sk.StreamError) as caught:
        await ask(PROMPT) if prompt is None else openai.call("m", stream=True)(prompt)(PROMPT)
    assert not [way for way, text in shown(caught.value).items() if finds(text)]


def test_errors_reach_the_next_attempt() -> None:
    from tenacity import retry, stop_after_attempt

    given: list[Any] = []

    @retry(stop=stop_after_attempt(2), after=collect_errors(ValueError), reraise=True)
    def attempt(*, errors: list[ValueError] | None = None) -> None:
        given.append(errors)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        attempt()
    assert given[0] is None
    assert [str(error) for error in given[1]] == ["no"]


def test_a_docstring_is_the_template_of_a_dynamic_configuration_too() -> None:
    @llm.call("openai", "m")
    @prompt_template()
    def ask(planet: str) -> BaseDynamicConfig:
        """
        SYSTEM: Be brief. USER: Which moons of {planet} may hold {what}?
        ASSISTANT: {nothing}
        """
        return {"computed_fields": {"what": "life", "nothing": None}}

    with FaultServer(plan("none", [whole_body(chat_events("Europa"))])) as server, at(server):
        response = ask("Jupiter")
    assert [message.role for message in response.messages] == ["system", "user"]
    assert response.messages[1].content == "Which moons of Jupiter may hold life?"
    assert response.computed_fields == {"what": "life", "nothing": None}


def test_tool_calls_and_results_of_earlier_turns_are_parts() -> None:
    call = ToolCallPart(type="tool_call", name="look_up", args={"moon": "Io"}, id="t")
    result = ToolResultPart(type="tool_result", name="look_up", content="far", id="t", is_error=False)

    @openai.call("m")
    def ask() -> list[BaseMessageParam]:
        return [
            BaseMessageParam(role="user", content="Where is Io?"),
            BaseMessageParam(role="assistant", content=[call]),
            BaseMessageParam(role="tool", content=[result]),
        ]

    with FaultServer(plan("none", [whole_body(chat_events("Far."))])) as server, at(server):
        assert ask().content == "Far."
    _, made, answered = server.requests[0].json()["messages"]
    assert made["tool_calls"][0]["function"] == {"name": "look_up", "arguments": '{"moon": "Io"}'}
    assert (answered["tool_call_id"], answered["content"]) == ("t", "far")
