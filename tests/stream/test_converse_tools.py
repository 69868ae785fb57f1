"""The tools of a conversation: approval, refusal, changed arguments, and what a stop does to them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, run_in_virtual_time
from tests.stream.conversing import ANSWER, Ran, calls, is_valid, provider


def _answers(on_tool: Any, *, moons: tuple[str, ...] = ("Io",), **options: Any) -> tuple[Ran, list[str]]:
    """Run a conversation of one call of a tool; return what ran, and what the model was sent."""
    ran = Ran()
    model, scripted = provider(calls(*moons), ANSWER)
    sk.converse(model, "?", tools=[ran.orbit], on_tool=on_tool, **options).run()
    return ran, [message["content"] for message in scripted.requests[1].messages[2:]]  # type: ignore[index]


def _always(answer: object) -> Callable[[sk.ToolCall], object]:
    return lambda call: answer


def test_a_call_is_approved() -> None:
    def on_tool(call: sk.ToolCall) -> bool:
        return call.args["moon"] == "Io"

    assert _answers(on_tool) == (["Io"], ["Io: 1.8 days"])


@pytest.mark.parametrize(("answer", "reason"), [(False, "refused by the user"), ("Not at night.", "Not at night.")])
def test_a_call_is_refused_and_the_model_is_sent_why(answer: object, reason: str) -> None:
    ran, sent = _answers(_always(answer))
    assert ran == []
    assert reason in sent[0]


def test_an_async_function_changes_the_arguments() -> None:
    async def on_tool(call: sk.ToolCall) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"moon": call.args["moon"].upper()}

    assert _answers(on_tool) == (["IO"], ["IO: 1.8 days"])


def test_calls_are_approved_one_after_the_other() -> None:
    seen: list[str] = []

    def on_tool(call: sk.ToolCall) -> bool:
        seen.append(call.args["moon"])
        return call.args["moon"] != "Europa"

    ran, sent = _answers(on_tool, moons=("Io", "Europa", "Titan"))
    assert seen == ["Io", "Europa", "Titan"]
    assert sorted(ran) == ["Io", "Titan"]
    assert "refused" in sent[1]


def test_one_that_never_answers_is_a_refusal_and_content_clocks_stand_still() -> None:
    async def on_tool(call: sk.ToolCall) -> bool:
        await asyncio.Event().wait()
        return True

    async def main() -> tuple[list[str], str]:
        ran = Ran()
        model, scripted = provider(calls("Io"), ANSWER)
        clocks = sk.Timeouts(first=5, between=5)
        await sk.converse(model, "?", tools=[ran.orbit], on_tool=on_tool, approval_timeout=300, timeouts=clocks)
        return ran, str(scripted.requests[1].messages[-1])

    ran, sent = run_in_virtual_time(main())
    assert ran == []
    assert "nobody approved it within 300 s" in sent


def _fails(_: sk.ToolCall) -> bool:
    raise LookupError("no such user")


_WRONG: list[tuple[Any, type[Exception], str]] = [
    (_always(None), sk.ConfigurationError, "on_tool returned None"),
    (_always({"planet": "Io"}), sk.ToolArgumentsError, "moon"),
    (_fails, sk.StreamError, "LookupError: no such user"),
]


@pytest.mark.parametrize(("on_tool", "error", "text"), _WRONG)
def test_a_wrong_answer_ends_the_conversation_and_runs_nothing(on_tool: Any, error: type[Exception], text: str) -> None:
    ran = Ran()
    model, scripted = provider(calls("Io", "Europa"), ANSWER)
    stream = sk.converse(model, "?", tools=[ran.orbit], on_tool=on_tool)
    with pytest.raises(error, match=text):
        stream.run()
    assert (ran, len(scripted.requests)) == ([], 1)
    assert is_valid(stream.response.history)


def test_a_tool_that_takes_too_long_is_an_error_for_the_model() -> None:
    async def orbit(moon: str) -> str:
        await asyncio.sleep(100)
        return moon

    async def main() -> str:
        model, scripted = provider(calls("Io"), ANSWER)
        await sk.converse(model, "?", tools=[orbit], tool_timeout=10)
        return str(scripted.requests[1].messages[-1])

    assert "took longer than 10 s" in run_in_virtual_time(main())


def test_a_pure_tool_runs_before_the_turn_has_ended() -> None:
    ran = Ran()
    tool = sk.as_tool(ran.orbit, pure=True)

    async def main() -> None:
        events = calls("Io", "Europa")
        model, _ = provider([*events[:4], 10.0, *events[4:]], ANSWER)
        async for chunk, call in sk.converse(model, "?", tools=[tool]):
            if call and call.args["moon"] == "Io":
                assert ran == []
            if chunk.finish_reasons:
                assert ran == ["Io"] or chunk.origin != sk.Origin(0)
                break

    run_in_virtual_time(main())


def test_a_stop_cancels_an_async_tool_at_once() -> None:
    cancelled: list[str] = []

    async def orbit(moon: str) -> str:
        try:
            await asyncio.sleep(1_000)
        except asyncio.CancelledError:
            cancelled.append(moon)
            raise
        return moon

    async def main() -> sk.Response:
        model, _ = provider(calls("Io"), ANSWER)
        stream = sk.converse(model, "?", tools=[orbit])
        async for _, call in stream:
            if call:
                await asyncio.sleep(1)
                break
        await stream.aclose()
        assert asyncio.get_running_loop().time() < 10
        return stream.response

    response = run_in_virtual_time(main())
    assert cancelled == ["Io"]
    assert response.state == "stopped"
    assert "was cancelled" in str(response.tool_results[0].error)
    assert is_valid(response.history)


@pytest.mark.parametrize(("grace", "says"), [(0.05, "its end is not known"), (30, "Io")])
def test_a_stop_waits_for_a_blocking_tool_as_long_as_grace_says(grace: float, says: str) -> None:
    began, go_on = threading.Event(), threading.Event()

    def orbit(moon: str) -> str:
        began.set()
        go_on.wait(30)
        return moon

    model, _ = provider(calls("Io"), ANSWER)
    stream = sk.converse(model, "?", tools=[orbit], grace=grace)

    def stop() -> None:
        began.wait(30)
        stream.stop()
        if grace > 1:
            go_on.set()

    threading.Thread(target=stop).start()
    stream.run()
    stream.close()
    result = stream.response.tool_results[0]
    assert says in str(result.error or result.output)
    assert is_valid(stream.response.history)
    go_on.set()


def test_the_idempotency_keys_are_those_of_the_answer_and_the_call() -> None:
    keys: list[str] = []

    def orbit(moon: str, context: sk.ToolContext) -> str:
        keys.append(context.key)
        return moon

    def keys_of(*turns: Any) -> list[str]:
        keys.clear()
        model, _ = provider(*turns, ANSWER)
        sk.converse(model, "?", tools=[orbit]).run()
        return sorted(keys)

    twice = keys_of(calls("Io"), calls("Io"))  # this server gives every answer the same id
    assert len(set(twice)) == 2
    assert keys_of(calls("Io"), calls("Io")) == twice
    list(Script(calls("Io")).stream().pipe(ops.run_tools(orbit)))
    assert keys[-1] in twice
    assert keys_of(calls("Europa"))[0] not in twice
