"""A conversation: turns in order, tools in between, the sums, the history, and its use as any other Stream."""

from __future__ import annotations

import asyncio
import pickle
import threading
from typing import Any

import pytest
import reactivex.operators as rx_ops
from pydantic import BaseModel

import streamkit as sk
from streamkit import codec
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, chat_event, chat_events, chat_tool_events, plan, run_in_virtual_time
from tests.stream.conversing import ANSWER, Ran, calls, is_valid, provider, roles


def test_turns_come_in_order_with_the_results_of_tools_between_them() -> None:
    ran = Ran()
    model, scripted = provider(calls("Io", "Europa", text="Let me see."), calls("Titan"), ANSWER)
    pairs = list(sk.converse(model, "How long?", tools=[ran.orbit]))
    shown = [(chunk.origin.turn, chunk.content) for chunk, _ in pairs if chunk.origin and chunk.content]
    assert shown == [
        *((0, "Let me see."), (0, "Io: 1.8 days"), (0, "Europa: 1.8 days")),
        *((1, "Titan: 1.8 days"), (2, "Io takes "), (2, "1.8 days.")),
    ]
    assert [tool.args["moon"] for _, tool in pairs if tool] == ["Io", "Europa", "Titan"]
    assert ran == ["Io", "Europa", "Titan"]
    assert [len(ask.messages) for ask in scripted.requests] == [1, 4, 6]


def test_the_response_is_the_fold_of_all_turns() -> None:
    ran = Ran()
    model, _ = provider(calls("Io", "Europa", text="Let me see. "), ANSWER)
    response = sk.converse(model, "How long?", tools=[ran.orbit]).run()
    assert response.content == "Let me see. Io takes 1.8 days."
    assert (response.state, response.finish_reasons, response.calls) == ("complete", ["stop"], 2)
    assert [turn.content for turn in response.turns] == ["Let me see. ", "Io takes 1.8 days."]
    assert response.usage == sk.Usage(14, 7, total_tokens=21)
    assert [turn.output_tokens for turn in response.turns] == [5, 2]
    assert [call.index for call in response.tool_calls] == [0, 1]
    assert [call.args for call in response.tools] == [{"moon": "Io"}, {"moon": "Europa"}]
    assert response.message_param == {"role": "assistant", "content": "Io takes 1.8 days."}
    assert [result.output for result in response.tool_results] == ["Io: 1.8 days", "Europa: 1.8 days"]
    assert response.messages == (sk.Messages.User("How long?"),)


def test_the_history_goes_into_the_next_conversation() -> None:
    ran = Ran()
    model, scripted = provider(calls("Io"), ANSWER)
    history = sk.converse(model, "How long?", tools=[ran.orbit]).run().history
    assert roles(history) == ["user", "assistant", "tool", "assistant"]
    assert is_valid(history)
    following = sk.converse(model, [*history, sk.Messages.User("And Io?")], tools=[ran.orbit]).run()
    assert roles(following.history) == ["user", "assistant", "tool", "assistant", "user", "assistant"]
    assert len(scripted.requests[-1].messages) == 5


def test_a_single_call_has_a_history_too() -> None:
    response = Script(ANSWER).stream("How long?").run()
    assert roles(response.history) == ["user", "assistant"]
    assert response.turns == []


def test_parallel_calls_run_at_the_same_time_and_keep_their_order() -> None:
    both = asyncio.Barrier(2)

    async def orbit(moon: str) -> str:
        await both.wait()
        await asyncio.sleep(2 if moon == "Io" else 1)
        return moon

    async def main() -> list[str]:
        model, _ = provider(calls("Io", "Europa"), ANSWER)
        response = await sk.converse(model, "?", tools=[orbit])
        return [result.output for result in response.tool_results]

    assert run_in_virtual_time(main()) == ["Io", "Europa"]


def test_text_operators_skip_the_results_of_tools_unless_chosen() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), ANSWER)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    assert stream.pipe(ops.text(), ops.join()).run() == "Io takes 1.8 days."
    assert stream.pipe(ops.text(tools=True), ops.join()).run() == "Io: 1.8 daysIo takes 1.8 days."
    assert "".join(stream.pipe(ops.text(), ops.words())) == "Io takes 1.8 days."
    assert ran == ["Io"]


def test_all_readers_share_one_conversation() -> None:
    ran = Ran()
    model, scripted = provider(calls("Io"), ANSWER)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    first, second = list(stream), list(stream)
    assert [chunk for chunk, _ in first] == [chunk for chunk, _ in second]
    late = [chunk for chunk, _ in stream.fan_out(late="fold")]
    assert "".join(chunk.content for chunk in late) == "Io takes 1.8 days."
    assert (len(scripted.requests), len(ran)) == (2, 1)


def test_the_fold_of_the_chunks_has_the_sum_of_the_usage() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), calls("Titan"), ANSWER)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    folded = stream.pipe(ops.to_response()).run()
    assert folded.usage == stream.response.usage == sk.Usage(21, 12, total_tokens=33)
    assert folded.content == stream.response.content
    assert [call.arguments for call in folded.tool_calls] == [{"moon": "Io"}, {"moon": "Titan"}]


def test_events_end_the_blocks_of_each_turn_and_sum_up_the_usage() -> None:
    ran = Ran()
    model, _ = provider(calls("Io", text="So: "), ANSWER)
    events = list(sk.converse(model, "?", tools=[ran.orbit]).pipe(ops.events()))
    kinds = [event.kind for event in events]
    assert kinds.count("text_start") == kinds.count("text_end") == 2
    assert kinds.count("tool_input_start") == kinds.count("tool_input_end") == 1
    assert kinds[-2:] == ["usage", "finish"]
    usage = events[-2]
    assert isinstance(usage, sk.events.UsageReport)
    assert usage.usage.output_tokens == 7


def test_one_budget_counts_all_turns() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), calls("Titan"), ANSWER)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    texts = list(stream.pipe(ops.limit(13), ops.text()))  # 5 and 5 tokens in the first two turns
    assert 0 < len("".join(texts)) < len("Io takes 1.8 days.")
    assert stream.response.state == "stopped"
    assert ran == ["Io", "Titan"]


def test_run_tools_would_run_them_again_and_refuses() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), ANSWER)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    with pytest.raises(sk.ConfigurationError, match=r"chunk\.origin\.result"):
        list(stream.pipe(ops.run_tools(ran.orbit)))
    assert ran in ([], ["Io"])


def test_again_is_a_new_conversation_and_runs_the_tools_anew() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), ANSWER, calls("Io"), ANSWER)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    assert stream.run().content == stream.again().run().content
    assert ran == ["Io", "Io"]


def test_the_last_turn_has_the_answer_of_the_response_model() -> None:
    class Orbit(BaseModel):
        days: float

    ran = Ran()
    model, _ = provider(calls("Io", text="Let me see."), chat_events('{"days": ', "1.8}"))
    response = sk.converse(model, "?", tools=[ran.orbit], response_model=Orbit).run()
    assert response.parsed == Orbit(days=1.8)
    model, _ = provider(calls("Io"), chat_events("no JSON"))
    with pytest.raises(sk.MalformedError):
        sk.converse(model, "?", tools=[ran.orbit], response_model=Orbit).run()


def test_an_answer_that_a_provider_gives_by_a_tool_is_no_tool_to_run() -> None:
    class Orbit(BaseModel):
        days: float

    with FaultServer([plan("none", chat_tool_events(("answer", '{"days": 1.8}')))]) as server:
        stream = sk.converse("groq/m", "?", response_model=Orbit, api_key="k", base_url=f"{server.base_url}/v1")
        response = stream.run()
        assert len(server.requests) == 1
    assert (response.parsed, response.state) == (Orbit(days=1.8), "complete")
    assert is_valid(response.history)


def test_a_demanded_tool_is_demanded_in_the_first_turn_only() -> None:
    ran = Ran()
    model, scripted = provider(calls("Io"), ANSWER)
    sk.converse(model, "?", tools=[ran.orbit], tool_choice="required", temperature=0.5).run()
    assert [ask.params for ask in scripted.requests] == [
        {"tool_choice": "required", "temperature": 0.5},
        {"temperature": 0.5},
    ]


def test_chunks_and_responses_of_conversations_survive_json_and_pickle() -> None:
    ran = Ran()
    model, _ = provider(calls("Io"), ANSWER)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    chunks = [chunk for chunk, _ in stream]
    read: list[Any] = [codec.decode(codec.encode(chunk)) for chunk in chunks]
    assert [chunk.content for chunk in read] == [chunk.content for chunk in chunks]
    assert [chunk.origin.turn for chunk in read] == [chunk.origin.turn for chunk in chunks if chunk.origin]
    result = next(chunk for chunk in read if chunk.index < 0).origin.result
    assert (result.output, result.call.arguments, result.error) == ("Io: 1.8 days", {"moon": "Io"}, None)
    copied = pickle.loads(pickle.dumps(chunks[0]))
    assert copied == chunks[0]
    response: Any = codec.decode(codec.encode(stream.response))
    assert [turn.content for turn in response.turns] == ["", "Io takes 1.8 days."]
    assert pickle.loads(pickle.dumps(stream.response)).usage == stream.response.usage


def test_keeping_few_chunks_keeps_what_the_next_turn_needs() -> None:
    ran = Ran()
    model, scripted = provider(calls("Io", "Europa"), ANSWER)
    response = sk.converse(model, "?", tools=[ran.orbit], keep=1).run()
    assert is_valid(response.history)
    assert len(scripted.requests[-1].messages) == 4


def test_a_conversation_may_be_stopped_from_another_thread() -> None:
    began = threading.Event()

    async def orbit(moon: str) -> str:
        began.set()
        await asyncio.Event().wait()
        return moon

    model, _ = provider(calls("Io"), ANSWER)
    stream = sk.converse(model, "?", tools=[orbit])
    threading.Thread(target=lambda: (began.wait(30), stream.stop())).start()
    response = stream.run()
    assert (response.state, response.stopped_by) == ("stopped", "stop()")
    assert is_valid(response.history)
    stream.close()
    assert "cancelled" in str(stream.response.history[-1])


def test_the_reader_that_leaves_stops_the_turn() -> None:
    ran = Ran()
    second = Script([chat_event({"content": "Io"}), None])
    model, _ = provider(calls("Io"), second)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    for chunk, _ in stream:
        if chunk.content == "Io":
            break
    stream.close()
    assert second.closed == 1
    assert [turn.state for turn in stream.response.turns] == ["complete", "stopped"]


def test_a_stock_retry_sends_nothing_once_a_tool_has_run() -> None:
    ran = Ran()
    model, scripted = provider(calls("Io"), [sk.Overloaded("busy")])
    stream = sk.converse(model, "?", tools=[ran.orbit])
    with pytest.raises(sk.Overloaded):
        list(sk.flow(stream.pipe(rx_ops.retry(3))))
    assert (len(scripted.requests), len(ran)) == (2, 1)


def test_retry_begins_a_conversation_anew_only_before_a_tool_has_run() -> None:
    ran = Ran()
    model, scripted = provider([sk.Overloaded("busy")], calls("Io"), ANSWER)
    response = sk.retry(sk.converse(model, "?", tools=[ran.orbit]), wait=0).run()
    assert (response.content, response.calls, len(scripted.requests)) == ("Io takes 1.8 days.", 3, 3)
    model, scripted = provider(calls("Io"), [sk.Overloaded("busy")])
    with pytest.raises(sk.Overloaded):
        sk.retry(sk.converse(model, "?", tools=[ran.orbit]), wait=0).run()
    assert (len(scripted.requests), len(ran)) == (2, 2)


def test_a_race_takes_the_first_conversation_and_closes_the_other() -> None:
    ran = Ran()

    async def main() -> str:
        fast, _ = provider(calls("Io"), ANSWER)
        slow, _ = provider(calls("Titan"), Script([chat_event({"content": "Ti"}), None]))
        streams = [sk.converse(model, "?", tools=[ran.orbit]) for model in (fast, slow)]
        won = await sk.race(streams)
        assert streams[1].state == "stopped"
        assert won.response is not None
        return won.response.content

    assert run_in_virtual_time(main()) == "Io takes 1.8 days."


_IMPOSSIBLE: list[dict[str, Any]] = [
    *({"max_turns": 0}, {"tool_concurrency": 0}, {"approval_timeout": 0}, {"tool_timeout": -1}, {"grace": -1}),
    *({"on_tool": 3}, {"on_tool_error": "ask"}, {"retry": "3"}, {"retry": {"times": 3}}, {"fallback": [3]}),
    *({"n": 2}, {"tools": [{"name": "look_up", "parameters": {}}]}, {"max_turn": 3}),
    {"timeouts": sk.Timeouts(drain_for_usage=1)},
]


@pytest.mark.parametrize("given", _IMPOSSIBLE)
def test_what_a_conversation_cannot_do_raises_at_once(given: dict[str, Any]) -> None:
    with pytest.raises(sk.ConfigurationError):
        sk.converse("openai/gpt-5-mini", "?", **given)
