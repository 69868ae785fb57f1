"""Cut, stalled and refused at every event of every turn: no tool runs twice, nothing half is whole, one can go on.

Other faults, and other doors of the same formats, are tried at a few events; ``STREAMKIT_BREAKS=all`` tries all.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import run_in_virtual_time
from tests.providers.broken_turns import (
    ADDRESS,
    INSIDE,
    NO_CLOCKS,
    PURE,
    SOUND,
    TOOLS,
    Break,
    Outcome,
    Server,
    breaks,
    converse,
    is_true,
    wrong,
    wrong_anyway,
)
from tests.providers.conversing import EVERY
from tests.providers.doors import KEY, marked

pytestmark = pytest.mark.sdk

ALL = os.environ.get("STREAMKIT_BREAKS") == "all"
EACH = {
    **dict.fromkeys(("openai", "anthropic", "google", "cohere"), 1),
    "bedrock": 5,
    "openai-responses": 5,
    "ollama": 5,
}
"""Of the breaks of a door, every so manieth is tried; of a door that is not named, every 31st."""


def tried(name: str) -> list[Break]:
    step = 1 if ALL else EACH.get(name, 31)
    found = breaks(name, INSIDE if ALL or step > 1 else INSIDE[:3])[len(name) % step :: step]
    # LiteLLM waits for threads, which take no time here: its clocks are off, so that nothing of it may stall.
    return [case for case in found if case.fault != "stall" or not name.startswith("litellm ")]


async def outcomes(name: str, cases: list[Break], **options: Any) -> tuple[Server, list[Outcome]]:
    """Have a sound conversation, and then that of each case."""
    server = Server(name, [SOUND, *cases])
    clocks = {"timeouts": NO_CLOCKS} if name.startswith("litellm ") else {}
    sound = await converse(server, 0, timeouts=NO_CLOCKS)  # it waits for the thread that makes the client
    numbers = range(1, len(cases) + 1)
    found = await asyncio.gather(*(converse(server, number, **clocks, **options) for number in numbers))
    return server, [sound, *found]


@pytest.mark.parametrize("name", [marked(name) for name in EVERY])
def test_a_turn_that_breaks_runs_no_tool_and_leaves_a_history_to_go_on_with(name: str) -> None:
    cases = tried(name)
    server, (sound, *found) = run_in_virtual_time(outcomes(name, cases))
    checks = [wrong(server, case, outcome, sound) for case, outcome in zip(cases, found, strict=True)]
    assert sum(checks, server.complaints) == []


def few(name: str, faults: tuple[str, ...] = INSIDE) -> list[Break]:
    found = breaks(name, faults)
    return found if ALL else found[:: len(found) // 12]


FORMATS = ("openai", "openai-responses", "anthropic", "cohere", "bedrock", "google", "ollama")


@pytest.mark.parametrize("name", FORMATS)
def test_tools_without_side_effects_run_once_too(name: str) -> None:
    cases = few(name)
    server, (sound, *found) = run_in_virtual_time(outcomes(name, cases, tools=PURE))
    checks = [wrong_anyway(case, outcome, sound) for case, outcome in zip(cases, found, strict=True)]
    assert sum(checks, server.complaints) == []


@pytest.mark.parametrize("name", FORMATS if ALL else FORMATS[::2])
@pytest.mark.parametrize("tools", [TOOLS, PURE], ids=["", "pure"])
def test_a_reader_may_leave_at_any_chunk(name: str, tools: list[Any]) -> None:
    async def main() -> None:
        server = Server(name, [SOUND] * 60)
        await converse(server, 0, timeouts=NO_CLOCKS)
        leave = (
            converse(server, at, leave_at=at, tools=tools, timeouts=NO_CLOCKS) for at in range(1, 60, 1 if ALL else 4)
        )
        for outcome in await asyncio.gather(*leave):
            response = outcome.response
            assert outcome.error is None and response.content.startswith(outcome.seen)
            assert response.state in ("stopped", "complete")
            assert len(set(outcome.ran)) == len(outcome.ran)
            assert all(is_true(each, outcome.ran) for each in response.tool_results)
        assert server.complaints == []

    run_in_virtual_time(main())


@pytest.mark.parametrize("name", FORMATS)
def test_a_turn_that_is_retried_runs_no_tool_again(name: str) -> None:
    cases = few(name)
    server, (sound, *found) = run_in_virtual_time(outcomes(name, cases, retry={"attempts": 2, "wait": 0}))
    for case, outcome in zip(cases, found, strict=True):
        server.complaints += wrong_anyway(case, outcome, sound)
        calls = outcome.response.turns[case.turn].calls
        assert calls == 1 or outcome.error is None
        if case.fault in ("rate_limited", "server_error", "overloaded"):
            assert (calls, outcome.response.content) == (2, sound.seen)
    assert server.complaints == []


@pytest.mark.parametrize(("name", "other"), list(zip(FORMATS, [*FORMATS[1:], FORMATS[0]], strict=True)))
def test_another_format_takes_a_turn_over_and_the_history_goes_on_with_the_first(name: str, other: str) -> None:
    async def main() -> None:
        first, second = Server(name, [Break("overloaded", turn) for turn in range(3)]), Server(other, [SOUND] * 3)
        for turn in range(3):
            # A Stream gives its own key and address; those of the conversation are for the first provider alone.
            takes_over = sk.stream(second.model, "ignored", api_key=KEY, base_url=ADDRESS)
            outcome = await converse(first, turn, fallback=[takes_over], timeouts=NO_CLOCKS)
            assert (outcome.error, outcome.seen) == (None, "EuropaEuropaIo is hot.")
            assert outcome.ran == ["c00", "c01", "c10", "c11"]
            assert [each.provider for each in outcome.response.turns].index(other) == turn
            assert len(outcome.response.attempts) == 1
        assert [*first.complaints, *second.complaints] == []

    run_in_virtual_time(main())
