"""One iterator has one reader: a second task or thread gets an error, and the first its elements."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events

DOORS: list[Callable[[sk.Stream], Any]] = [lambda stream: stream, lambda stream: stream.pipe(ops.text())]
NAMES = ["pairs", "flow"]


class Pausable:
    """A stream that waits after its first text until it is released."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.stream = sk.from_async(self._texts())

    async def _texts(self) -> AsyncIterator[str]:
        yield "Io"
        await self.go.wait()
        yield "Europa"


def texts(read: list[Any]) -> list[str]:
    return [each if isinstance(each, str) else each[0].content for each in read]


@pytest.mark.parametrize("door", DOORS, ids=NAMES)
async def test_a_second_task_gets_an_error_and_the_first_reads_on(door: Callable[[sk.Stream], Any]) -> None:
    source = Pausable()
    iterator = aiter(door(source.stream))
    read: list[Any] = []

    async def loop() -> None:
        async for each in iterator:
            read.append(each)

    first = asyncio.ensure_future(loop())
    while not read:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(sk.ConfigurationError, match="Another task or thread is waiting") as caught:
        await anext(iterator)
    source.go.set()
    async with asyncio.timeout(20):
        await first
    assert texts(read) == ["Io", "Europa"]
    assert isinstance(caught.value, RuntimeError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("door", DOORS, ids=NAMES)
@pytest.mark.parametrize("others", [False, True])
async def test_closing_an_iterator_ends_the_loop_of_whoever_waits(
    door: Callable[[sk.Stream], Any], others: bool
) -> None:
    source = Pausable()
    other = source.stream.subscribe(on_error=lambda _: None) if others else None
    iterator = aiter(door(source.stream))
    await anext(iterator)
    waiting = asyncio.ensure_future(anext(iterator, "over"))
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await iterator.aclose()
        assert await waiting == "over"
    if other is not None:
        assert source.stream.state == "streaming"
        other.dispose()
        await source.stream.aclose()


@pytest.mark.parametrize("door", DOORS, ids=NAMES)
def test_a_second_thread_gets_an_error_and_the_first_reads_on(door: Callable[[sk.Stream], Any]) -> None:
    go = threading.Event()

    async def events() -> AsyncIterator[str]:
        yield "Io"
        while not go.is_set():
            await asyncio.sleep(0.001)
        yield "Europa"

    iterator: Iterator[Any] = iter(door(sk.from_async(events())))
    read: list[Any] = [next(iterator)]
    errors: list[Exception] = []

    def loop() -> None:
        try:
            read.extend(iterator)
        except RuntimeError as error:
            errors.append(error)
            go.set()

    threads = [threading.Thread(target=loop) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=20)
    assert not any(each.is_alive() for each in threads)
    assert texts(read) == ["Io", "Europa"]
    assert [isinstance(each, sk.ConfigurationError) for each in errors] == [True]


@pytest.mark.parametrize("door", DOORS, ids=NAMES)
def test_closing_from_another_thread_ends_the_loop_of_whoever_waits(door: Callable[[sk.Stream], Any]) -> None:
    stream = Script([*chat_events("Io")[:2], None]).stream()
    keeps = stream.subscribe(on_error=lambda _: None)
    iterator: Any = iter(door(stream))
    while not next(iterator):
        pass
    threading.Timer(0.01, iterator.close).start()
    for _ in iterator:
        pass
    assert stream.state == "streaming"
    keeps.dispose()
    stream.close()
