"""A conversation where tools and their approval go wrong: it ends, says what is known, and its history is valid."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator

import pytest

import streamkit as sk
from streamkit.testing import ScriptedProvider, chat_tool_events, run_in_virtual_time
from tests.stream.conversing import ANSWER, Ran, calls, is_valid, provider, roles


@pytest.mark.parametrize("arguments", ['{"moon": ', '{"moon": "Io"', "Io", '{"moon": NaN}'])
def test_arguments_that_are_no_json_go_back_with_what_is_wrong(arguments: str) -> None:
    ran = Ran()
    model, scripted = provider(chat_tool_events(("orbit", arguments)), ANSWER)
    response = sk.converse(model, "?", tools=[ran.orbit]).run()
    sent = scripted.requests[1].messages
    assert roles(sent) == ["user", "assistant", "user"]
    assert arguments in str(sent[1]) and "orbit" in str(sent[2]) and "JSON" in str(sent[2])
    assert (ran, response.state, is_valid(response.history)) == ([], "complete", True)


def test_a_call_that_cannot_be_read_goes_back_behind_the_results_of_the_others() -> None:
    ran = Ran()
    model, scripted = provider(chat_tool_events(("orbit", '{"moon": "Io"}'), ("orbit", '{"moon": ')), ANSWER)
    assert sk.converse(model, "?", tools=[ran.orbit]).run().state == "complete"
    assert roles(scripted.requests[1].messages) == ["user", "assistant", "tool", "user"]
    assert ran == ["Io"]


@pytest.mark.parametrize("asynchronous", [True, False])
def test_on_tool_that_raises_a_cancellation_of_its_own_ends_the_conversation(asynchronous: bool) -> None:
    async def later(call: sk.ToolCall) -> bool:
        raise asyncio.CancelledError

    def now(call: sk.ToolCall) -> bool:
        raise asyncio.CancelledError

    async def main() -> None:
        ran = Ran()
        model, _ = provider(calls("Io"), ANSWER)
        stream = sk.converse(model, "?", tools=[ran.orbit], on_tool=later if asynchronous else now)
        with pytest.raises(sk.StreamError, match="on_tool failed at 'orbit': CancelledError"):
            await asyncio.wait_for(stream.wait_response(), 1_000)
        assert ran == []

    run_in_virtual_time(main())


def test_an_error_of_on_tool_ends_the_conversation_while_other_tools_run() -> None:
    cancelled: list[str] = []

    async def orbit(moon: str) -> str:
        try:
            await asyncio.sleep(1_000)
        except asyncio.CancelledError:
            cancelled.append(moon)
            raise
        return moon

    def on_tool(call: sk.ToolCall) -> bool:
        if call.args["moon"] == "Europa":
            raise LookupError("no such user")
        return True

    async def main() -> float:
        model, _ = provider(calls("Io", "Europa"), ANSWER)
        stream = sk.converse(model, "?", tools=[orbit], on_tool=on_tool)
        with pytest.raises(sk.StreamError, match="no such user"):
            await stream
        await stream.aclose()
        assert [result.state for result in stream.response.tool_results] == ["cancelled", "not_run"]
        assert is_valid(stream.response.history)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) < 500
    assert cancelled == ["Io"]


def test_a_tool_that_fails_ends_the_conversation_while_an_earlier_one_runs() -> None:
    async def orbit(moon: str) -> str:
        if moon == "Europa":
            raise LookupError("no moon")
        await asyncio.sleep(1_000)
        return moon

    async def main() -> float:
        model, _ = provider(calls("Io", "Europa"), ANSWER)
        stream = sk.converse(model, "?", tools=[orbit], on_tool_error="raise")
        with pytest.raises(sk.StreamError, match="LookupError: no moon"):
            await stream
        await stream.aclose()
        assert [result.state for result in stream.response.tool_results] == ["cancelled", "failed"]
        assert is_valid(stream.response.history)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) < 500


@pytest.mark.parametrize("stops", [True, False])
def test_a_blocking_on_tool_that_never_answers_holds_up_neither_its_clock_nor_a_stop(stops: bool) -> None:
    began, go_on = threading.Event(), threading.Event()

    def on_tool(call: sk.ToolCall) -> bool:
        began.set()
        go_on.wait(30)
        return True

    ran = Ran()
    model, scripted = provider(calls("Io"), ANSWER)
    seconds = 30.0 if stops else 0.05
    stream = sk.converse(model, "?", tools=[ran.orbit], on_tool=on_tool, approval_timeout=seconds)
    if stops:
        threading.Thread(target=lambda: (began.wait(30), stream.stop())).start()
    response = stream.run()
    stream.close()
    assert not go_on.is_set()
    go_on.set()
    assert (ran, len(scripted.requests)) == ([], 1 if stops else 2)
    assert (response.state, response.tool_results[0].state) == ("stopped" if stops else "complete", "not_run")


def test_a_call_with_changed_arguments_is_known_to_run_when_the_conversation_stops() -> None:
    began, go_on = threading.Event(), threading.Event()

    def orbit(moon: str) -> str:
        began.set()
        go_on.wait(30)
        return moon

    model, _ = provider(calls("Io"), ANSWER)
    stream = sk.converse(model, "?", tools=[orbit], on_tool=lambda call: {"moon": "Titan"}, grace=30)

    def stop() -> None:
        began.wait(30)
        stream.stop()

    threading.Thread(target=stop).start()
    response = stream.run()  # the tool still runs
    go_on.set()
    assert response.tool_results[0].state == "unknown"
    stream.close()
    assert stream.response.tool_results[0].output == "Titan"


def _needs_screenshot() -> list[bytes]:
    """Write an answer of the Responses API that wants a screenshot, which no tool of a conversation makes."""
    item = {"type": "computer_call", "id": "cu_1", "call_id": "call_1", "action": {"type": "screenshot"}}
    answer: dict[str, object] = {"id": "resp_1", "status": "completed", "model": "m", "output": [item]}
    events: list[dict[str, object]] = [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": answer},
    ]
    return [f"data: {json.dumps(event)}\n\n".encode() for event in events]


def test_a_call_that_no_tool_can_answer_ends_the_conversation_and_its_turn_is_no_history() -> None:
    scripted = ScriptedProvider(_needs_screenshot(), name="screens", api="openai.responses")
    sk.register_provider("screens", scripted)
    stream = sk.converse("screens/m", "?", tools=[Ran().orbit])
    with pytest.raises(sk.ConfigurationError, match="computer_call is answered by a screenshot") as caught:
        stream.run()
    assert caught.value.partial is not None
    assert (caught.value.partial.history, len(scripted.requests)) == ([sk.Messages.User("?")], 1)


@pytest.mark.parametrize("stops", [True, False])
def test_an_on_tool_that_cannot_be_cancelled_holds_up_neither_its_clock_nor_a_stop(stops: bool) -> None:
    async def main() -> float:
        released = asyncio.Event()

        async def on_tool(call: sk.ToolCall) -> bool:
            while not released.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await released.wait()
            return True

        ran = Ran()
        model, _ = provider(calls("Io"), ANSWER)
        stream = sk.converse(model, "?", tools=[ran.orbit], on_tool=on_tool, approval_timeout=100)
        reading = asyncio.ensure_future(stream.wait_response())
        if stops:
            await asyncio.sleep(10)
            await stream.aclose()
        response = await reading
        time = asyncio.get_running_loop().time()
        released.set()
        await asyncio.sleep(1)
        assert (ran, response.state) == ([], "stopped" if stops else "complete")
        return time

    assert run_in_virtual_time(main()) == pytest.approx(10 if stops else 100, abs=5)


def test_the_error_of_on_tool_may_be_a_timeout_of_its_own() -> None:
    async def on_tool(call: sk.ToolCall) -> bool:
        raise TimeoutError("the form has expired")

    model, _ = provider(calls("Io"), ANSWER)
    with pytest.raises(sk.StreamError, match="on_tool failed at 'orbit': TimeoutError: the form has expired"):
        sk.converse(model, "?", tools=[Ran().orbit], on_tool=on_tool).run()


def test_an_answer_of_which_no_message_can_be_made_in_the_providers_form_goes_on_in_the_neutral_one() -> None:
    odd = b'data: {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": -1.5}\n\n'
    ran = Ran()
    first = calls("Io", text="So.")
    model, scripted = provider([first[0], odd, *first[1:]], [ANSWER[0], odd, *ANSWER[1:]])
    response = sk.converse(model, "?", tools=[ran.orbit]).run()
    assert (response.state, response.content, ran) == ("complete", "So.Io takes 1.8 days.", ["Io"])
    assert roles(scripted.requests[1].messages) == roles(response.history)[:3] == ["user", "assistant", "tool"]
    assert response.history[-1] == sk.Messages.Assistant("Io takes 1.8 days.")


def test_the_clock_of_a_tool_stands_still_while_its_reader_is_slow() -> None:
    async def orbit(moon: str) -> AsyncIterator[str]:
        for _ in range(1_000):
            yield "."

    async def main() -> tuple[str, float]:
        model, _ = provider(calls("Io"), ANSWER)
        stream = sk.converse(model, "?", tools=[orbit], tool_timeout=10)
        async for _ in stream.chunks():
            await asyncio.sleep(1)
        return stream.response.tool_results[0].text, asyncio.get_running_loop().time()

    text, seconds = run_in_virtual_time(main())
    assert (text, seconds > 1_000) == ("." * 1_000, True)
