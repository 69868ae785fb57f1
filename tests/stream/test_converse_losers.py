"""Conversations in a race, a hedge or a search: the tools of a loser are cancelled, and none of them begins later."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import chat_event, run_in_virtual_time
from tests.stream.conversing import ANSWER, calls, is_valid, provider

Search = Callable[[list[sk.Stream], Any], Any]

WAYS: dict[str, Search] = {
    "race": lambda streams, accept: sk.race(streams, accept=accept),
    "hedge": lambda streams, accept: sk.hedge(streams, after=0.001, accept=accept),
    "search": lambda streams, accept: sk.search(streams, accept=accept),
}

every_way = pytest.mark.parametrize("way", WAYS)


def is_whole(response: sk.Response) -> bool:
    return response.content.endswith("1.8 days.")


class Quick(list[str]):
    """The moons that a tool was run for; no thread runs it, for which virtual time would not wait."""

    async def orbit(self, moon: str) -> str:
        """Look up how long a moon takes."""
        self.append(moon)
        return f"{moon}: 1.8 days"


class Slow(list[str]):
    """What a tool that takes a hundred seconds has done."""

    async def orbit(self, moon: str) -> str:
        """Look up how long a moon takes."""
        self.append(f"{moon} began")
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            self.append(f"{moon} cancelled")
            raise
        self.append(f"{moon} done")
        return moon


async def decided(way: str, loser: sk.Stream, winner: sk.Stream) -> None:
    """Wait for the decision, and until the loser is closed."""
    found = await WAYS[way]([loser, winner], is_whole)
    assert found.winner == 1
    assert loser.state == "stopped"
    await loser.aclose()


@every_way
def test_the_running_tool_of_a_loser_is_cancelled_and_the_next_one_never_runs(way: str) -> None:
    async def main() -> None:
        slow, ran = Slow(), Quick()
        losing, asked = provider(calls("Io", "Europa"), ANSWER)
        winning, _ = provider([1.0, *calls("Titan")], [1.0, *ANSWER])
        loser = sk.converse(losing, "?", tools=[slow.orbit], tool_concurrency=1)
        await decided(way, loser, sk.converse(winning, "?", tools=[ran.orbit]))
        assert slow == ["Io began", "Io cancelled"]
        await asyncio.sleep(1000)
        assert (slow, len(asked.requests)) == (["Io began", "Io cancelled"], 1)
        assert [result.state for result in loser.response.tool_results] == ["cancelled", "not_run"]
        assert is_valid(loser.response.history)

    run_in_virtual_time(main())


@every_way
def test_a_loser_that_still_answers_runs_none_of_its_tools(way: str) -> None:
    async def main() -> None:
        slow, ran = Slow(), Quick()
        losing, _ = provider([*calls("Io")[:-3], None])  # behind the call, and before the end that is its proof
        winning, _ = provider([1.0, *calls("Titan")], [1.0, *ANSWER])
        loser = sk.converse(losing, "?", tools=[slow.orbit])
        await decided(way, loser, sk.converse(winning, "?", tools=[ran.orbit]))
        await asyncio.sleep(1000)
        assert slow == []

    run_in_virtual_time(main())


@every_way
def test_a_loser_that_waits_for_an_approval_runs_none_of_its_tools(way: str) -> None:
    asked: list[str] = []

    async def on_tool(call: sk.ToolCall) -> bool:
        asked.append(call.name)
        await asyncio.sleep(50)
        return True

    async def main() -> None:
        slow, ran = Slow(), Quick()
        losing, _ = provider(calls("Io"), ANSWER)
        winning, _ = provider([1.0, *calls("Titan")], [1.0, *ANSWER])
        loser = sk.converse(losing, "?", tools=[slow.orbit], on_tool=on_tool)
        await decided(way, loser, sk.converse(winning, "?", tools=[ran.orbit]))
        await asyncio.sleep(1000)
        assert (asked, slow) == (["orbit"], [])

    run_in_virtual_time(main())


@every_way
def test_a_blocking_tool_of_a_loser_sees_that_nobody_waits(way: str) -> None:
    began, states = threading.Event(), list[bool]()

    def orbit(moon: str, context: sk.ToolContext) -> str:
        """Look up how long a moon takes."""
        began.set()
        states.append(context.wait(60))
        return moon

    async def go_on(moon: str) -> str:
        """Wait until the other one's tool runs."""
        await asyncio.to_thread(began.wait, 60)
        return moon

    async def main() -> None:
        losing, asked = provider(calls("Io"), ANSWER)
        winning, _ = provider(calls("Titan", name="go_on"), ANSWER)
        winner = sk.converse(winning, "?", tools=[go_on])
        loser = sk.converse(losing, "?", tools=[orbit])
        await decided(way, loser, winner)
        assert (states, len(asked.requests)) == ([True], 1)

    asyncio.run(main())


@every_way
def test_what_a_tool_has_returned_is_no_answer_of_the_model(way: str) -> None:
    async def main() -> None:
        ran = Quick()
        first, _ = provider(calls("Io"), [chat_event({"content": "I do not know."}), *ANSWER[-2:]])
        second, _ = provider([1.0, *calls("Titan")], [1.0, *ANSWER])
        streams = [sk.converse(each, "?", tools=[ran.orbit]) for each in (first, second)]
        found = await WAYS[way](streams, "1.8 days")
        assert (found.winner, found.value.text) == (1, "1.8 days")

    run_in_virtual_time(main())


def test_a_call_of_a_tool_is_accepted_before_the_tool_has_run() -> None:
    async def main() -> None:
        slow = Slow()
        models = [provider([delay, *calls(moon)], ANSWER)[0] for moon, delay in (("Io", 2.0), ("Titan", 1.0))]
        streams = [sk.converse(model, "?", tools=[slow.orbit]) for model in models]
        found = await sk.race(streams, accept=sk.as_tool(slow.orbit))
        await asyncio.sleep(1000)
        assert found.value is not None
        assert (found.winner, found.value.args, slow) == (1, {"moon": "Titan"}, [])

    run_in_virtual_time(main())


def test_a_winner_that_is_read_to_its_end_runs_its_tools() -> None:
    async def main() -> list[str]:
        ran = Quick()
        models = [provider([delay, *calls(moon)], ANSWER)[0] for moon, delay in (("Io", 2.0), ("Titan", 1.0))]
        found = await sk.race([sk.converse(model, "?", tools=[ran.orbit]) for model in models])
        assert found.response is not None and found.response.content == "Io takes 1.8 days."
        return ran

    assert run_in_virtual_time(main()) == ["Titan"]


def test_a_search_sends_a_conversation_again_only_before_a_tool_has_run() -> None:
    async def main() -> None:
        ran = Quick()
        busy = [sk.Overloaded("busy")]
        model, asked = provider(busy, calls("Io"), busy)
        found = await sk.search([sk.converse(model, "?", tools=[ran.orbit])], accept=is_whole, retries=3)
        assert (found.winner, len(asked.requests), ran) == (None, 3, ["Io"])
        assert found.ledger[0].error == "Overloaded: busy"

    run_in_virtual_time(main())


@every_way
@pytest.mark.parametrize("turns", range(12))
def test_a_tool_that_ends_with_the_decision_lets_no_other_begin(way: str, turns: int) -> None:
    async def main() -> None:
        began, quick = list[str](), Quick()
        over = asyncio.Event()

        async def orbit(moon: str) -> str:
            """Look up how long a moon takes."""
            began.append(moon)
            await over.wait()
            for _ in range(turns):
                await asyncio.sleep(0)
            return moon

        def accept(response: sk.Response) -> bool:
            if is_whole(response):
                over.set()
            return is_whole(response)

        losing, asked = provider(calls("Io", "Europa"), ANSWER)
        winning, _ = provider([1.0, *calls("Titan")], ANSWER)
        loser = sk.converse(losing, "?", tools=[orbit], tool_concurrency=1)
        found = await WAYS[way]([loser, sk.converse(winning, "?", tools=[quick.orbit])], accept)
        at_decision = list(began)
        await asyncio.sleep(10)
        assert (found.winner, began, len(asked.requests)) == (1, at_decision, 1)

    run_in_virtual_time(main())
