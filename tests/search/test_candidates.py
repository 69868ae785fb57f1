"""Candidates: whatever they come in, pulled as there is room, and their source closed at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events

from .scripts import hangs, in_virtual_time, says, search, searched


def _later(stream: sk.Stream) -> Callable[[], Any]:
    async def make() -> sk.Stream:
        await asyncio.sleep(1)
        return stream

    return make


async def _one_by_one(streams: list[sk.Stream]) -> AsyncIterator[sk.Stream]:
    for each in streams:
        await asyncio.sleep(1)
        yield each


KINDS: dict[str, Callable[[list[sk.Stream]], Any]] = {
    "a list": lambda streams: streams,
    "a generator": lambda streams: (each for each in streams),
    "functions": lambda streams: [lambda each=each: each for each in streams],
    "async functions": lambda streams: [_later(each) for each in streams],
    "coroutines": lambda streams: [_later(each)() for each in streams],
    "an async generator": _one_by_one,
    "an Observable": rx.from_iterable,
    "an Observable with a clock": lambda streams: rx.interval(1).pipe(rxops.map(lambda at: streams[at])),
}


@pytest.mark.parametrize("kind", KINDS)
def test_candidates_may_come_in(kind: str) -> None:
    streams = [says(text).stream() for text in ("Io", "Titan", "Europa")]

    async def work() -> sk.SearchResult:
        return await searched(KINDS[kind](streams), concurrency=2)

    assert in_virtual_time(work).winner == 2


def test_candidates_that_a_model_writes_hold_that_model_back_while_there_is_no_room() -> None:
    names = Script(chat_events(*(f"{at} " for at in range(2000))))

    async def work() -> int:
        ideas = names.stream()
        prompts = ideas.pipe(ops.text())
        streams = prompts.pipe(rxops.map(lambda name: says(f"moon {name}", after=1).stream()))
        found = await searched(streams, accept="moon 7 ", concurrency=2)
        assert (found.winner, ideas.state) == (7, "stopped")
        return names.sent

    assert in_virtual_time(work) < 600


def test_a_slow_source_does_not_hold_up_what_is_found() -> None:
    closed: list[float] = []

    async def source() -> AsyncIterator[sk.Stream]:
        try:
            yield hangs("Io").stream()
            yield says("Europa", after=1).stream()
            await asyncio.sleep(1000)
        finally:
            closed.append(asyncio.get_running_loop().time())

    assert search(source(), concurrency=8).winner == 1
    assert closed == [1.0]


async def test_an_observable_is_left_when_the_search_is_over() -> None:
    left: list[bool] = []
    streams = [says("Europa").stream()]
    source = rx.concat(rx.from_iterable(streams), rx.never()).pipe(rxops.finally_action(lambda: left.append(True)))
    assert (await searched(source)).winner == 0
    assert left == [True]


def test_prompts_are_sent_to_the_model_that_is_named() -> None:
    prompts = ["Which moons may hold life?", "Which moons?"]
    result = sk.search(prompts, accept="Titan", model="replay/openai", concurrency=1, speed=50).run()
    assert (result.winner, result.accepted[0].candidate) == (0, "Which moons may hold life?")
    assert (result.ledger[0].model, result.ledger[0].prompt_tokens > 0) == ("replay/openai", True)


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    ([], {"concurrency": 0}, r"concurrency=0\): give a whole number, 1 or more"),
    ([], {"keep": 1.5}, "keep=1.5"),
    ([], {"calls": True}, "calls=True"),
    ([], {"retries": -1}, "0 or more"),
    ("Which moons?", {}, "not a single str"),
    (says("Io").stream(), {}, "not a single Stream"),
    ({"role": "user", "content": "?"}, {}, "not a single dict"),
    (7, {}, "not a single int"),
    ([], {"temperature": 1}, "temperature=…. goes with prompts"),
    ([], {"limits": sk.Limits(rpm=1)}, "limits=…. goes with prompts"),
    ([], {"model": "opnai/x"}, "near it: openai"),
]


@pytest.mark.parametrize(("candidates", "options", "says"), WRONG, ids=[each[2] for each in WRONG])
def test_wrong_options_raise_at_the_call(candidates: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=says):
        sk.search(candidates, accept="Europa", **options)


def test_prompts_without_a_model_raise_when_they_are_taken() -> None:
    with pytest.raises(sk.ConfigurationError, match="say whom to ask by model="):
        search(["Which moons?"])
