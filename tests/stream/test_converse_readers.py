"""Readers of one conversation: late ones, slow ones, on several threads and loops, and in a forked process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events, rechunk
from tests.forking import run_code
from tests.providers.conversing import look_up, ping, turns
from tests.stream.conversing import ANSWER, Ran, calls, is_valid, provider

TURNS = (calls("Io", "Europa", text="Let me see. "), calls("Titan"), ANSWER)
WHOLE = "Let me see. Io takes 1.8 days."


def text_of(chunks: list[sk.Chunk]) -> str:
    return "".join(chunk.content for chunk in chunks if chunk.index == 0)


@pytest.mark.parametrize("turn", range(3))
async def test_a_late_reader_gets_what_it_missed_as_one_and_then_the_rest(turn: int) -> None:
    ran = Ran()
    model, scripted = provider(*TURNS)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    late: list[asyncio.Task[list[sk.Chunk]]] = []

    async def read(flow: Any) -> list[sk.Chunk]:
        return [chunk async for chunk, _ in flow]

    first: list[sk.Chunk] = []
    async for chunk, _ in stream:
        first.append(chunk)
        if not late and chunk.origin is not None and chunk.origin.turn == turn:
            late = [asyncio.create_task(read(stream.fan_out(late=kind))) for kind in ("fold", "replay")]
    folded, replayed = [await each for each in late]
    assert text_of(folded) == text_of(replayed) == text_of(first) == WHOLE
    assert len(folded) <= len(replayed) == len(first)
    assert (len(scripted.requests), sorted(ran)) == (3, ["Europa", "Io", "Titan"])


async def test_operators_of_two_subscribers_see_the_same_conversation() -> None:
    ran = Ran()
    model, scripted = provider(*TURNS)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    words, response, tools = await asyncio.gather(
        stream.pipe(ops.text(), ops.words(), ops.join()).last(),
        stream.pipe(ops.to_response()).last(),
        stream.pipe(ops.tool_calls(ran.orbit)).to_list(),
    )
    assert (words, response.content, len(tools)) == (WHOLE, WHOLE, 3)
    assert (len(scripted.requests), len(ran)) == (3, 3)
    assert response.history == stream.response.history[1:]


def test_sync_readers_on_many_threads_share_one_conversation() -> None:
    ran = Ran()
    model, scripted = provider(*TURNS)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    together = threading.Barrier(6)

    def read(door: int) -> str:
        together.wait(60)
        if door % 3 == 0:
            return text_of([chunk for chunk, _ in stream])
        return stream.run().content if door % 3 == 1 else "".join(stream.pipe(ops.text()))

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(read, range(6))) == {WHOLE}
    assert (len(scripted.requests), sorted(ran)) == (3, ["Europa", "Io", "Titan"])


def test_readers_on_two_event_loops_share_one_conversation() -> None:
    ran = Ran()
    model, scripted = provider(*TURNS)
    stream = sk.converse(model, "?", tools=[ran.orbit])

    async def read() -> str:
        return text_of([chunk async for chunk, _ in stream])

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(asyncio.run, (read(), read()))) == [WHOLE, WHOLE]
    assert (len(scripted.requests), len(ran)) == (3, 3)


async def quiet(counts: Any) -> int:
    """Wait until a number has stopped growing, and return it."""
    last = -1
    while counts() != last:
        last = counts()
        for _ in range(50):
            await asyncio.sleep(0)
    return last


async def test_a_slow_reader_pauses_the_answer_of_a_later_turn() -> None:
    ran = Ran()
    long = Script(chat_events(*["word "] * 5000))
    model, _ = provider(calls("Io"), long)
    caps = sk.Caps(ahead=64)
    reader = aiter(sk.converse(model, "?", tools=[ran.orbit], caps=caps))
    seen = 0
    while seen < 10:
        chunk, _ = await anext(reader)
        seen += chunk.content == "word "
    most = await quiet(lambda: long.sent)
    assert (
        10 <= most < 400
    )  # of 5,000: what the conversation and its turn hold ahead, each 64, and what is read at once
    seen += sum([chunk.content == "word " async for chunk, _ in reader])
    assert seen == 5000


async def test_a_slow_reader_pauses_a_tool_that_yields() -> None:
    made: list[int] = []

    async def survey(moon: str) -> AsyncIterator[str]:
        """Look at a moon from pole to pole."""
        for number in range(5000):
            made.append(number)
            yield "ice "

    model, _ = provider(calls("Io", name="survey"), ANSWER)
    reader = aiter(sk.converse(model, "?", tools=[survey], caps=sk.Caps(ahead=64)))
    parts = 0
    while parts < 10:
        chunk, _ = await anext(reader)
        parts += chunk.content == "ice "
    assert 10 <= await quiet(lambda: len(made)) < 400
    parts += sum([chunk.content == "ice " async for chunk, _ in reader])
    assert (parts, len(made)) == (5000, 5000)


async def test_what_tools_return_counts_for_no_budget_of_characters() -> None:
    ran = Ran()
    model, _ = provider(*TURNS)
    stream = sk.converse(model, "?", tools=[ran.orbit])
    assert await stream.pipe(ops.limit(chars=15), ops.text(), ops.join()).last() == "Let me see. Io "
    assert len(ran) == 3


async def test_conversations_share_a_budget_and_stop_with_it() -> None:
    ran, budget = Ran(), sk.Budget(tokens=20)  # each conversation has 12 output tokens
    streams = [sk.converse(provider(*TURNS)[0], "?", tools=[ran.orbit]) for _ in range(2)]
    for stream in streams:
        await stream.pipe(ops.limit(budget), ops.text(), ops.join()).last()
    assert [stream.state for stream in streams] == ["complete", "stopped"]
    assert all(is_valid(stream.response.history) for stream in streams)


FORMATS = {
    "openai": "openai.chat",
    "openai-responses": "openai.responses",
    "anthropic": "anthropic.messages",
    "cohere": "cohere.v2.chat",
    "bedrock": "bedrock.converse",
    "google": "gemini.generate_content",
    "ollama": "ollama.chat",
}


def conversation(name: str, *seeds: int) -> sk.Stream:
    """Make a conversation of a format, whose bytes come event by event, or cut anywhere."""
    bodies = turns(name)
    if seeds:
        bodies = [rechunk(b"".join(events), seed=seed) for events, seed in zip(bodies, seeds, strict=True)]
    model, _ = provider(*bodies, api=FORMATS[name], vendor=name.partition("-")[0])
    return sk.converse(model, "?", tools=[look_up, ping])


def shown(chunk: sk.Chunk) -> tuple[Any, ...]:
    """Return a chunk without the seconds that a tool has taken, and without the name of the test's model."""
    assert chunk.origin is not None
    origin = chunk.origin.turn, chunk.origin.tool_call_id, getattr(chunk.origin.result, "output", None)
    fields = ("index", "content", "thinking", "signature", "tool_calls", "finish_reasons", "usage", "payload")
    return (origin, *(getattr(chunk, name) for name in fields))


SEEDS = st.integers(0, 2**32)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=8)
@given(seeds=st.tuples(SEEDS, SEEDS, SEEDS))
def test_any_cut_of_the_bytes_of_each_turn_gives_the_same_chunks_and_response(
    name: str, seeds: tuple[int, int, int]
) -> None:
    whole, cut = conversation(name), conversation(name, *seeds)
    assert [shown(chunk) for chunk, _ in cut] == [shown(chunk) for chunk, _ in whole]
    assert cut.response == whole.response
    assert cut.response.history == whole.response.history


def test_a_conversation_of_the_parent_is_lost_in_a_forked_child_and_runs_no_tool_there() -> None:
    lines = run_code("""
    from streamkit.testing import chat_event
    from tests.stream.conversing import ANSWER, Ran, calls, is_valid, provider

    ran = Ran()
    model, scripted = provider(calls("Io"), [chat_event({"content": "Io"}), None])
    stream, unsent = (sk.converse(model, "?", tools=[ran.orbit]) for _ in range(2))
    pairs = iter(stream)
    while next(pairs)[0].content != "Io":
        pass

    def in_the_child():
        try:
            stream.run()
        except sk.ProducerLost as error:
            lost = error.retryable, is_valid(error.partial.history), len(error.partial.turns)
        scripted.scripts, scripted.requests = [*scripted.scripts[:1], type(scripted.scripts[0])(ANSWER)], []
        return ran, lost, unsent.run().content, ran, len(scripted.requests)

    in_child(in_the_child)
    print(ran, stream.state)
    stream.close()
    """)
    assert lines == [
        "(['Io', 'Io'], (False, True, 2), 'Io takes 1.8 days.', ['Io', 'Io'], 2)",
        "['Io'] streaming",
    ]
