"""What the calls that tools make have used and cost: in ``side_calls``, and in the sums of a conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import streamkit as sk
from streamkit import codec
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, chat_tool_events, run_in_virtual_time
from tests.stream.conversing import ANSWER, Ran, calls, provider

PRICED = [event.replace(b"scripted-1", b"gpt-4o-mini") for event in chat_events("Eu", "ropa")]

USED = sk.Usage(7, 2, total_tokens=9)

PRICE = (7 * 0.15 + 2 * 0.6) / 1e6


def plain(usage: sk.Usage | None) -> sk.Usage | None:
    return usage and replace(usage, raw={})


def scripted() -> sk.Stream:
    return Script(PRICED).stream()


async def awaited() -> sk.Response:
    return await scripted()


FORMS: list[Callable[[], Any]] = [
    *(scripted, lambda: scripted().pipe(ops.text()), lambda: scripted().pipe(ops.text(), ops.join())),
    *(lambda: scripted().run(), awaited, lambda: scripted().chunks()),
]


def requested(*names: str) -> sk.Stream:
    return Script(chat_tool_events(*((name, "{}") for name in names))).stream()


@pytest.mark.parametrize("form", FORMS)
async def test_a_call_that_a_tool_returns_is_a_side_call(form: Callable[[], Any]) -> None:
    stream = requested("ask")
    flow = stream.pipe(ops.run_tools(sk.as_tool(form, name="ask")))
    assert [result.output async for result in flow] in (["Europa"], [["", "Eu", "ropa", "", ""]])
    (counts,) = stream.response.side_calls
    assert (counts.name, counts.calls, counts.answered, plain(counts.usage)) == ("ask", 1, 1, USED)
    assert plain(stream.response.usage) != USED
    assert [result.output async for result in flow]
    assert stream.response.side_calls == [counts]  # the result is kept, and the call was paid for once


async def test_what_a_tool_has_used_before_it_failed_or_was_stopped_counts() -> None:
    def ask() -> sk.Stream:
        return Script(PRICED[:2]).stream()

    def wait() -> sk.Stream:
        return Script([*PRICED[:2], None]).stream()

    stream = requested("ask", "wait")
    _ = [each async for each in stream.pipe(ops.run_tools(ask, wait, timeout=0.1))]
    failed, stopped = sorted(stream.response.side_calls, key=lambda each: each.name)
    assert (failed.calls, failed.failed, stopped.calls, stopped.stopped) == (1, 1, 1, 1)
    assert failed.usage is not None and stopped.usage is not None
    assert stopped.usage.source == "estimated"


async def test_a_tool_that_has_enough_of_an_answer_is_charged_for_what_came() -> None:
    def ask() -> sk.Flow[str]:
        return Script([*PRICED[:3], None]).stream().pipe(ops.text(), ops.until("Eu"))

    stream = requested("ask")
    assert [each.output async for each in stream.pipe(ops.run_tools(ask))] == ["Eu"]
    (counts,) = stream.response.side_calls
    assert counts.answered == 1
    assert counts.usage is not None and counts.usage.output_tokens


def test_the_sums_of_a_conversation_have_the_calls_of_its_tools() -> None:
    def orbit(moon: str) -> sk.Stream:
        return Script(PRICED).stream(moon)

    model, _ = provider(calls("Io", "Titan"), calls("Io"), ANSWER)
    stream = sk.converse(model, "?", tools=[orbit])
    folded = stream.pipe(ops.to_response()).run()
    response = stream.response
    assert [[(each.name, each.calls) for each in turn.side_calls] for turn in response.turns] == [
        *([("orbit", 2)], [("orbit", 1)], [])
    ]
    assert [turn.output_tokens for turn in response.turns] == [5, 5, 2]
    assert response.usage == folded.usage == sk.Usage(3 * 7 + 3 * 7, 12 + 3 * 2, total_tokens=33 + 3 * 9)
    assert response.side_calls == []
    again: Any = codec.decode(codec.encode(response))
    assert again.turns[0].side_calls == response.turns[0].side_calls


def test_the_cost_of_a_conversation_has_that_of_its_tools_or_is_unknown() -> None:
    pytest.importorskip("genai_prices")

    def turn(*events: bytes) -> list[bytes]:
        return [event.replace(b"scripted-1", b"gpt-4o-mini") for event in events]

    def orbit(moon: str) -> sk.Stream:
        return Script(PRICED if moon == "Io" else chat_events("?")).stream(moon)

    def cost(moon: str) -> sk.Response:
        model, made = provider(turn(*calls(moon)), turn(*ANSWER))
        made.name = "openai"
        return sk.converse(model, "?", tools=[orbit]).run()

    known, unknown = cost("Io"), cost("Titan")
    turns = [each.cost or 0.0 for each in known.turns]
    assert known.turns[0].side_calls[0].cost == pytest.approx(PRICE)
    assert known.cost == pytest.approx(sum(turns) + PRICE)
    assert (unknown.cost, unknown.provider_cost) == (None, None)
    assert unknown.cost_reason == "A call of the tool 'orbit' has no price."


def test_a_stop_counts_what_a_tool_had_used() -> None:
    def orbit(moon: str) -> sk.Stream:
        return Script([chat_event({"content": "Europa is far away."}), None]).stream(moon)

    async def main() -> sk.Response:
        model, _ = provider(calls("Io"), ANSWER)
        stream = sk.converse(model, "?", tools=[orbit])
        async for chunk, _ in stream:
            if chunk.content.startswith("Europa"):
                break
        await stream.aclose()
        return stream.response

    response = run_in_virtual_time(main())
    (counts,) = response.turns[0].side_calls
    assert (counts.stopped, counts.usage is not None and counts.usage.source) == (1, "estimated")
    assert response.usage is not None and counts.usage is not None
    assert response.output_tokens == 5 + (counts.usage.output_tokens or 0)


async def test_a_conversation_inside_a_conversation_is_charged_with_its_turns() -> None:
    def orbit(moon: str) -> sk.Stream:
        inner, _ = provider(calls("Io"), ANSWER)
        return sk.converse(inner, moon, tools=[Ran().orbit])

    model, _ = provider(calls("Io"), ANSWER)
    response = await sk.converse(model, "?", tools=[orbit])
    assert response.turns[0].side_calls[0].usage == sk.Usage(14, 7, total_tokens=21)
    assert response.usage == sk.Usage(28, 14, total_tokens=42)


async def test_side_calls_of_an_inner_answer_are_charged_too() -> None:
    async def ask() -> sk.Response:
        stream = requested("deeper")
        await stream.pipe(ops.run_tools(sk.as_tool(scripted, name="deeper"))).to_list()
        return stream.response

    stream = requested("ask")
    _ = [each async for each in stream.pipe(ops.run_tools(ask))]
    (counts,) = stream.response.side_calls
    assert plain(counts.usage) == USED


def test_a_budget_counts_the_calls_of_tools_of_one_id_in_two_turns() -> None:
    def orbit(moon: str) -> sk.Stream:
        return Script(PRICED).stream(moon)

    budget = sk.Budget(tokens=1_000)
    model, _ = provider(calls("Io"), calls("Io"), ANSWER)
    list(sk.converse(model, "?", tools=[orbit]).pipe(ops.limit(budget)))
    assert budget.spent["tokens"] == 5 + 2 + 5 + 2 + 2
