"""Law 2 on a wire that nothing terminates: Gemini gives a reason in the middle of an answer and may go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import BaseModel
from reactivex import operators as stock

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, gemini_event, run_in_virtual_time

PAUSE = gemini_event("Euro", finish="STOP")
LAST = gemini_event("pa", finish="STOP")
WAIT_FOR_EVER = None


def stream(*steps: Any, **given: Any) -> sk.Stream:
    return Script(steps).stream(api="gemini.generate_content", vendor="google", **given)


def orbit_call(**fields: Any) -> dict[str, Any]:
    return {"functionCall": fields}


WHOLE = orbit_call(name="orbit", args={"moon": "Io"}, id="c1")
BEGUN = orbit_call(name="orbit", id="c1", willContinue=True, partialArgs=[{"jsonPath": "$.moon", "stringValue": "I"}])
MORE = orbit_call(partialArgs=[{"jsonPath": "$.moon", "stringValue": "o"}])


@pytest.mark.parametrize("seconds", [0.5, 3.0, 100.0])
def test_silence_behind_a_reason_ends_nothing(seconds: float) -> None:
    async def answered() -> sk.Response:
        return await stream(PAUSE, seconds, LAST)

    response = run_in_virtual_time(answered())
    assert (response.content, response.state, response.finish_reasons) == ("Europa", "complete", ["STOP"])


def test_a_body_that_neither_goes_on_nor_ends_is_stalled_with_all_that_came() -> None:
    async def ended_after(timeouts: sk.Timeouts) -> tuple[str, str, float]:
        with pytest.raises(sk.StalledError) as caught:
            await stream(PAUSE, 3.0, LAST, WAIT_FOR_EVER, timeouts=timeouts)
        assert caught.value.partial is not None
        return caught.value.message, caught.value.partial.content, asyncio.get_running_loop().time()

    message, content, seconds = run_in_virtual_time(ended_after(sk.Timeouts(between=50)))
    assert ("timeouts.between" in message, content, seconds) == (True, "Europa", 53.0)
    message, content, seconds = run_in_virtual_time(ended_after(sk.Timeouts(between=None, total=900)))
    assert ("timeouts.total" in message, content, seconds) == (True, "Europa", 900.0)


async def test_a_body_that_breaks_behind_its_reason_is_an_error() -> None:
    with pytest.raises(sk.TransportError) as caught:
        await stream(PAUSE, LAST, ConnectionResetError())
    assert caught.value.partial is not None and caught.value.partial.content == "Europa"


async def test_a_body_that_ends_where_the_server_works_is_cut() -> None:
    with pytest.raises(sk.TruncatedError):
        await stream(gemini_event("Euro", {"executableCode": {"code": "1"}}, finish="STOP"))


async def test_the_state_is_complete_only_when_the_body_has_ended() -> None:
    states = [response.state async for response in stream(PAUSE, LAST).pipe(ops.responses())]
    assert states == ["streaming", "streaming", "complete"]
    cut = stream(PAUSE, 0.01, LAST).pipe(ops.until("Euro"), ops.to_response())
    assert ((await cut).content, (await cut).state) == ("Euro", "unknown")
    assert (await stream(PAUSE, LAST).pipe(ops.to_response())).state == "complete"


async def test_a_match_may_begin_before_a_reason_and_end_behind_it() -> None:
    flow = stream(PAUSE, LAST, gemini_event("!", finish="STOP")).pipe(ops.until("op"), ops.text(), ops.join())
    assert await flow == "Europ"


async def test_a_finish_reason_closes_no_call_that_is_still_arriving() -> None:
    tool = {"name": "orbit", "description": "Where.", "parameters": {"type": "object"}}
    parts = [gemini_event(BEGUN, finish="STOP"), gemini_event(MORE, finish="STOP")]
    handed = [(chunk.finish_reasons, call.arguments) async for chunk, call in stream(*parts, tools=[tool]) if call]
    assert handed == [(None, {"moon": "Io"})]
    with pytest.raises(sk.TransportError) as caught:
        await stream(gemini_event(BEGUN, finish="STOP"), ConnectionResetError())
    assert caught.value.partial is not None
    assert [(call.arguments, call.complete) for call in caught.value.partial.tool_calls] == [(None, False)]
    (call,) = (await stream(gemini_event(BEGUN, finish="STOP"))).tool_calls
    assert (call.arguments, call.complete) == ({"moon": "I"}, True)


class Moon(BaseModel):
    moon: str


async def test_what_stops_at_a_values_own_end_waits_for_no_body() -> None:
    text = gemini_event('{"moon": "Io"}', finish="STOP")
    assert await stream(text, WAIT_FOR_EVER).pipe(ops.until_valid(Moon)) == Moon(moon="Io")
    call = await stream(gemini_event(WHOLE, finish="STOP"), WAIT_FOR_EVER).pipe(
        ops.until_tool("orbit"), ops.tool_calls(), stock.last()
    )
    assert call.arguments == {"moon": "Io"}


class Orbits:
    """A tool that keeps the moons that it was called with."""

    def __init__(self) -> None:
        self.moons: list[str] = []

    def orbit(self, moon: str) -> str:
        """Say where a moon is."""
        self.moons.append(moon)
        return "near"


@pytest.mark.parametrize(
    ("steps", "ran"),
    [
        pytest.param([gemini_event(WHOLE, finish="STOP")], ["Io"], id="an end"),
        pytest.param([gemini_event(WHOLE, finish="STOP"), gemini_event("Wait."), LAST], ["Io"], id="a late end"),
        pytest.param([gemini_event(WHOLE, finish="STOP"), ConnectionResetError()], [], id="a break"),
        pytest.param([gemini_event(WHOLE, finish="STOP"), gemini_event("Wait.")], [], id="a cut"),
    ],
)
async def test_a_tool_runs_only_when_the_body_has_ended(steps: Sequence[Any], ran: list[str]) -> None:
    orbits = Orbits()
    flow = stream(*steps).pipe(ops.run_tools(orbits.orbit)).last()
    if ran:
        assert (await flow).output == "near"
    else:
        with pytest.raises(sk.StreamError):
            await flow
    assert orbits.moons == ran


async def test_a_whole_call_is_handed_out_before_the_end() -> None:
    steps: list[str] = []
    tool = sk.as_tool(Orbits().orbit)
    async for chunk, call in stream(gemini_event(WHOLE, finish="STOP"), 0.01, LAST, tools=[tool]):
        steps.append("call" if call else chunk.content or "end")
    assert steps == ["call", "pa", "end"]
