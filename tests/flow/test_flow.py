"""A Flow: what ``pipe`` returns, and any Observable that is given doors."""

from __future__ import annotations

import asyncio
import importlib
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import Observable, Subject  # noqa: TID251 - a foreign, hot source
from reactivex import operators as rxops
from reactivex.internal.exceptions import SequenceContainsNoElementsError
from reactivex.scheduler import NewThreadScheduler, TimeoutScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events
from tests.programs import SAFETY

SILENT = [*chat_events("Eu", "ropa")[:3], None]


def europa() -> sk.Stream:
    return Script(chat_events("Eu", "ro", "pa")).stream()


# What is a Flow -----------------------------------------------------------------------------------

MAKERS: dict[str, Callable[[Any], Any]] = {
    "pipe": lambda s: s.pipe(ops.text()),
    "pipe of nothing but a stock operator": lambda s: s.pipe(rxops.take(1)),
    "map": lambda s: s.map(str),
    "filter": lambda s: s.filter(bool),
    "slice": lambda s: s[1:3],
    "merge": lambda s: s.merge(rx.never()),
    "retry": lambda s: s.retry(2),
    "buffer": lambda s: s.buffer_with_count(2),
    "share": lambda s: s.share(),
    "as_observable": lambda s: s.as_observable(),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("of", [europa, lambda: europa().pipe(ops.text()), lambda: sk.flow(rx.of("Io"))])
def test_whatever_is_piped_is_a_flow_that_knows_its_stream(make: Callable[[Any], Any], of: Callable[[], Any]) -> None:
    source = of()
    found = make(source) if of is europa or make is not MAKERS["pipe"] else source.pipe(ops.join())
    assert type(found) is sk.Flow
    assert found.stream is source.stream


def test_nothing_is_sent_by_piping() -> None:
    script = Script(chat_events("Io"))
    script.stream().pipe(ops.text(), ops.join()).map(str.upper)
    assert script.opened == 0


async def test_a_partition_is_two_flows() -> None:
    long, short = europa().pipe(ops.text()).partition(lambda text: text in ("Eu", "pa"))
    assert (type(long), type(short)) == (sk.Flow, sk.Flow)
    assert await asyncio.gather(_all(sk.flow(long)), _all(sk.flow(short))) == [["Eu", "pa"], ["ro"]]


async def test_slices() -> None:
    text = europa().pipe(ops.text())
    slices = [text[1:], text[:2], text[1], text[-2:]]
    assert [await sk.flow(each).pipe(ops.join()) for each in slices] == ["ropa", "Euro", "ro", "ropa"]


def test_what_a_pipe_makes_that_is_no_observable_is_left_as_it_is() -> None:
    assert sk.flow(rx.of(1)).pipe(lambda source: 42) == 42


def test_a_flow_of_a_flow_is_itself_and_a_stream_is_given_doors() -> None:
    flow, stream = sk.flow(rx.of(1)), europa()
    assert sk.flow(flow) is flow
    assert sk.flow(stream).pipe(ops.text(), ops.join()).run() == "Europa"


def test_any_number_of_operators_go_in() -> None:
    assert sk.flow(rx.of(1)).pipe(*[rxops.map(add_one)] * 40).run() == 41


def add_one(number: int) -> int:
    return number + 1


def test_the_checker_knows_the_elements() -> None:
    flow = sk.flow(rx.of("Io"))
    assert_type(flow, sk.Flow[str])
    assert_type(flow.run(), str)
    assert_type(flow.pipe(rxops.map(len)), sk.Flow[int])
    assert_type(list(flow), list[str])


# Doors --------------------------------------------------------------------------------------------


async def test_every_door_gives_the_same_elements() -> None:
    flow, pushed = europa().pipe(ops.text()), list[str]()
    flow.subscribe(pushed.append)
    assert [text async for text in flow] == ["Eu", "ro", "pa"]
    assert await flow.last() == "pa"
    assert await asyncio.to_thread(lambda: list(flow)) == ["Eu", "ro", "pa"]
    assert await asyncio.to_thread(flow.last().run) == "pa"
    assert pushed == ["Eu", "ro", "pa"]


async def test_a_flow_without_elements_has_no_last_one() -> None:
    empty = europa().pipe(ops.text(), rxops.filter(lambda _: False))
    with pytest.raises(SequenceContainsNoElementsError):
        await empty
    with pytest.raises(SequenceContainsNoElementsError):
        await asyncio.to_thread(empty.run)
    assert [text async for text in empty] == []


async def test_none_is_an_element() -> None:
    assert await sk.flow(rx.of(1, None)) is None
    assert [each async for each in sk.flow(rx.of(None))] == [None]


async def test_a_loop_over_a_fluent_method_ends() -> None:
    """P14: Observable has a `__getitem__`, with which Python would count for ever."""
    assert [text async for text in sk.flow(europa().map(str))][1:4] == ["Eu", "ro", "pa"]
    assert await asyncio.to_thread(lambda: list(sk.flow(europa().map(str))))  # the same without a loop


def test_a_sync_loop_over_a_fluent_method_ends() -> None:
    texts: list[str] = []
    looped: Any = europa().map(str)
    for text in looped:
        texts.append(text)
    assert "".join(texts) == "Europa"


async def test_an_error_reaches_every_door_after_the_elements() -> None:
    flow = Script(chat_events("Eu", "ropa", finish=None)).stream().pipe(ops.text())
    for _ in range(2):
        seen: list[str] = []
        with pytest.raises(sk.TruncatedError):
            async for text in flow:
                seen.append(text)
        assert seen == ["Eu", "ropa"]
    with pytest.raises(sk.TruncatedError):
        await flow.last()
    with pytest.raises(sk.TruncatedError):
        await asyncio.to_thread(flow.last().run)


async def test_an_exhausted_loop_stays_exhausted() -> None:
    iterator = aiter(sk.flow(rx.of(1)))
    assert await anext(iterator) == 1
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await anext(iterator)


@pytest.mark.parametrize("merge", [rx.merge, rx.concat])
async def test_streams_are_merged_with_one_call_each(merge: Callable[..., Observable[sk.Chunk]]) -> None:
    scripts = [Script(chat_events(name)) for name in ("Io", "Titan")]
    merged = sk.flow(merge(*(script.stream() for script in scripts)))
    assert sorted([text async for text in merged.pipe(ops.text())]) == ["Io", "Titan"]
    assert [(script.opened, script.closed) for script in scripts] == [(1, 1)] * 2


async def test_leaving_a_merge_closes_every_stream_in_it() -> None:
    scripts = [Script(SILENT), Script(SILENT)]
    async with sk.flow(rx.merge(*(script.stream() for script in scripts))) as merged:
        async for chunk in merged:
            if chunk.content == "ropa":
                break
    assert [script.closed for script in scripts] == [1, 1]


async def test_closing_a_flow_ends_the_loops_over_it_wherever_they_wait() -> None:
    flow = Script(SILENT).stream().pipe(ops.text())
    seen: list[list[str]] = [[], []]

    async def read() -> None:
        async for text in flow:
            seen[0].append(text)

    def read_in_thread() -> None:
        for text in flow:
            seen[1].append(text)

    reading, thread = asyncio.ensure_future(read()), asyncio.ensure_future(asyncio.to_thread(read_in_thread))
    while seen != [["Eu", "ropa"]] * 2:
        await asyncio.sleep(0.001)
    await flow.aclose()
    await asyncio.wait_for(asyncio.gather(reading, thread), SAFETY)


# Foreign sources ----------------------------------------------------------------------------------


async def test_a_subject_has_doors() -> None:
    subject = Subject[str]()
    flow = sk.flow(subject)
    reading, last = asyncio.ensure_future(_all(flow)), asyncio.ensure_future(_last(flow))
    await asyncio.sleep(0)
    for name in ("Io", "Europa"):
        subject.on_next(name)
    subject.on_completed()
    assert (await reading, await last) == (["Io", "Europa"], "Europa")


async def test_leaving_a_subject_unsubscribes() -> None:
    subject = Subject[int]()
    iterator = aiter(sk.flow(subject))
    assert len(subject.observers) == 1
    await iterator.aclose()
    assert subject.observers == []


@pytest.mark.parametrize("scheduler", [TimeoutScheduler, NewThreadScheduler])
async def test_elements_of_other_threads_are_read_here(scheduler: type[Any]) -> None:
    flow = sk.flow(rx.interval(0.001, scheduler=scheduler())).pipe(rxops.take(20))
    assert [number async for number in flow] == list(range(20))
    assert await flow == 19


@pytest.mark.parametrize("late", [rxops.delay(0.01), rxops.debounce(0.01), rxops.sample(0.01)])
async def test_operators_with_timers_work_over_sources_on_other_threads(late: Any) -> None:
    flow = sk.flow(rx.timer(0.005, scheduler=NewThreadScheduler())).pipe(late)
    assert await asyncio.wait_for(_last(flow), SAFETY) == 0


class Racing(deque[Any]):
    """A deque over which another thread comes in exactly when the reader has found it empty."""

    meanwhile: Callable[[], None] | None = None

    def __len__(self) -> int:
        found = super().__len__()
        if not found and self.meanwhile is not None:
            act, self.meanwhile = self.meanwhile, None
            thread = threading.Thread(target=act)
            thread.start()
            thread.join()
        return found


@pytest.mark.parametrize("read", ["loop", "last"])
@pytest.mark.parametrize("after", range(4))
async def test_the_last_element_is_not_lost_when_another_thread_ends_the_source_just_then(
    read: str, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, buffers = Subject[str](), list[Racing]()
    module = importlib.import_module("streamkit._flow._buffer")
    monkeypatch.setattr(module, "deque", lambda: buffers.append(Racing()) or buffers[-1])

    def finish() -> None:
        subject.on_next("Europa")
        subject.on_completed()

    async def play() -> None:
        for _ in range(after):
            await asyncio.sleep(0)
        buffers[0].meanwhile = finish
        subject.on_next("Io")

    playing = asyncio.ensure_future(play())
    found = (await _all(sk.flow(subject)))[-1] if read == "loop" else await _last(sk.flow(subject))
    await playing
    assert found == "Europa"


async def test_a_reader_that_is_about_to_wait_hears_of_what_has_just_come(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, subject = asyncio.get_running_loop(), Subject[str]()
    iterator = aiter(sk.flow(subject))
    create_future = loop.create_future

    def slow() -> asyncio.Future[Any]:
        monkeypatch.undo()
        thread = threading.Thread(target=subject.on_next, args=["Io"])
        thread.start()
        thread.join()
        return create_future()

    monkeypatch.setattr(loop, "create_future", slow)
    assert await anext(iterator) == "Io"
    await iterator.aclose()


async def _all(flow: sk.Flow[Any]) -> list[Any]:
    return [each async for each in flow]


async def _last(flow: sk.Flow[Any]) -> Any:
    return await flow
