"""A conversation with every provider over a socket: three turns, of which two call two tools at once."""

from __future__ import annotations

import streamkit as sk
from streamkit.testing import FaultServer, plan
from tests.providers.doors import DOORS, KEY, every_door


def look_up(moon: str) -> str:
    """Look a moon up."""
    return moon


def ping() -> str:
    """Ping."""
    return "pong"


@every_door
async def test_three_turns_with_parallel_tools(name: str) -> None:
    door = DOORS[name]
    calls = plan("none", door.everything())
    with FaultServer([calls, calls, plan("none", door.events("Io ", "is hot."))]) as server:
        response = await sk.converse(
            f"{name.partition(' ')[0]}/{door.model}",
            "a question",
            tools=[look_up, ping],
            api_key=KEY,
            base_url=server.base_url + door.base,
            timeouts=sk.Timeouts(first=30, between=30),
        )
        assert len(server.requests) == 3
    assert (response.state, response.content, response.calls) == ("complete", "EuropaEuropaIo is hot.", 3)
    assert [result.output for result in response.tool_results] == ["Io", "pong", "Io", "pong"]
    assert [turn.content for turn in response.turns] == ["Europa", "Europa", "Io is hot."]
    assert len(response.history) == 8
