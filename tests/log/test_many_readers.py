"""One request serves readers on any loop and thread, whatever each of them does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, chat_events, plan, run_in_virtual_time

WORDS = [f"w{at} " for at in range(200)]
TEXT = "".join(WORDS)
SLOWLY = [step for event in chat_events(*WORDS) for step in (0.0002, event)]


class Subscriber:
    """A push subscriber that does something of its own with a chunk, and what it got."""

    def __init__(self, stream: sk.Stream, act: Callable[[Subscriber, sk.Chunk], object] = lambda _, __: None) -> None:
        self.text = ""
        self.ends: list[Any] = []
        self.stream = stream
        self._act = act
        self.subscription = stream.subscribe(self.on_next, self.ends.append, lambda: self.ends.append("end"))

    def on_next(self, chunk: sk.Chunk) -> None:
        self.text += chunk.content
        self._act(self, chunk)


def fail_in_the_middle(_: Subscriber, chunk: sk.Chunk) -> None:
    if chunk.content == "w50 ":
        raise RuntimeError("mine")


def leave_in_the_middle(me: Subscriber, chunk: sk.Chunk) -> None:
    if chunk.content == "w50 ":
        me.subscription.dispose()


def bring_another(me: Subscriber, chunk: sk.Chunk) -> None:
    if chunk.content == "w50 ":
        others.append(Subscriber(me.stream))


others: list[Subscriber] = []


@pytest.mark.sdk
async def test_a_hundred_subscribers_are_one_request_whatever_they_do() -> None:
    acts = {10: fail_in_the_middle, 20: leave_in_the_middle, 30: bring_another}
    others.clear()
    with FaultServer(plan("none", chat_events(*WORDS), delay=0.0005)) as server:
        stream = sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="k")
        found = [Subscriber(stream, acts.get(at, lambda _, __: None)) for at in range(100)]
        await stream
        while not all(each.ends for each in [*found, *others] if each is not found[20]):
            await asyncio.sleep(0)
        assert len(server.requests) == 1
    assert [str(end) for end in found.pop(10).ends] == ["mine"]
    assert found.pop(19).text.endswith("w50 ")
    assert {(each.text, *each.ends) for each in [*found, *others]} == {(TEXT, "end")}
    assert len(others) == 1


async def test_one_that_blocks_delays_the_others_but_loses_them_nothing() -> None:
    stream = Script(chat_events(*WORDS)).stream()
    blocked = threading.Event()

    def block(_: Subscriber, chunk: sk.Chunk) -> None:
        if chunk.content == "w50 ":
            blocked.wait(0.05)

    found = [Subscriber(stream, block), Subscriber(stream), Subscriber(stream)]
    await stream
    assert [each.text for each in found] == [TEXT] * 3


@pytest.mark.parametrize("many", [1, 3])
def test_who_is_disposed_of_by_another_does_not_even_get_the_chunk_of_that_moment(many: int) -> None:
    found: list[Subscriber] = []

    def dispose_of_the_later(_: Subscriber, chunk: sk.Chunk) -> None:
        if chunk.content == "w50 ":
            for each in found[2 : 2 + many]:
                each.subscription.dispose()

    async def main() -> None:
        stream = Script(SLOWLY).stream()
        found.extend([Subscriber(stream), Subscriber(stream, dispose_of_the_later)])
        found.extend(Subscriber(stream) for _ in range(4))
        await stream

    run_in_virtual_time(main())  # nobody lags
    before = TEXT.partition("w50 ")[0]
    assert [each.text for each in found] == [TEXT] * 2 + [before] * many + [TEXT] * (4 - many)
    assert [bool(each.ends) for each in found] == [True] * 2 + [False] * many + [True] * (4 - many)


def test_one_function_may_subscribe_twice_and_leave_once() -> None:
    seen: list[str] = []

    async def main() -> None:
        def take(chunk: sk.Chunk) -> None:
            seen.append(chunk.content)
            if seen.count("w50 ") == 2:
                first.dispose()

        stream = Script(SLOWLY).stream()
        first, _ = stream.subscribe(take), stream.subscribe(take)
        await stream

    run_in_virtual_time(main())
    assert [seen.count(word) for word in WORDS] == [2] * 51 + [1] * 149


def test_subscribers_on_other_loops_and_threads_read_the_same_call() -> None:
    script = Script(SLOWLY)
    stream = script.stream()
    found: dict[str, str] = {}

    async def loop_over() -> str:
        return "".join([chunk.content async for chunk, _ in stream])

    def in_a_loop_of_its_own() -> None:
        found["another loop"] = asyncio.run(loop_over())

    def in_a_thread() -> None:
        found["a thread"] = "".join(chunk.content for chunk, _ in stream)

    def as_a_flow() -> None:
        found["a flow"] = stream.pipe(ops.text(), ops.join()).run()

    threads = [threading.Thread(target=each) for each in (in_a_loop_of_its_own, in_a_thread, as_a_flow)]
    first = iter(stream)
    begun = next(first)[0].content
    for thread in threads:
        thread.start()
    begun += "".join(chunk.content for chunk, _ in first)
    for thread in threads:
        thread.join()
    assert (found, begun) == ({"another loop": TEXT, "a thread": TEXT, "a flow": TEXT}, TEXT)
    assert script.opened == 1


async def test_a_merge_of_the_same_stream_with_itself_is_one_call() -> None:
    script = Script(chat_events("Io", "Europa"))
    stream = script.stream()
    merged = sk.flow(rx.merge(stream.pipe(ops.text()), stream.pipe(ops.text(), rxops.map(str.upper))))
    texts = [text async for text in merged]
    assert sorted(texts) == sorted(["Io", "Europa", "IO", "EUROPA"])
    assert script.opened == 1


async def test_views_of_a_stream_are_the_same_call() -> None:
    script = Script(chat_events("Io"))
    stream = script.stream()
    view = stream.fan_out(late="live").fan_out(overflow="coalesce")
    assert (await view).content == stream.content == view.content == "Io"
    assert (view.again().fan_out().state, script.opened) == ("streaming", 1)
