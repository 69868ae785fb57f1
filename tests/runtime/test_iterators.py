"""``ThreadIterator``: one element for each request, none lost by a cancellation, and a thread that always ends."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from streamkit.runtime.iterators import ThreadIterator

SAFETY = 30


class Source:
    """An iterator that counts its elements, and may block before one."""

    def __init__(self, most: int = 3) -> None:
        self.made = 0
        self.go = threading.Event()
        self.closed = threading.Event()
        self.go.set()
        self._most = most

    def elements(self) -> Iterator[int]:
        try:
            while self.made < self._most:
                assert self.go.wait(SAFETY)
                self.made += 1
                yield self.made
            return "end"
        finally:
            self.closed.set()


def read(elements: Any) -> ThreadIterator[Any]:
    return ThreadIterator(elements, daemon=False, name="test-iterator")


def alive() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "test-iterator"]


async def until_closed(source: Source) -> None:
    assert await asyncio.to_thread(source.closed.wait, SAFETY)
    for thread in alive():
        await asyncio.to_thread(thread.join, SAFETY)
    assert alive() == []


async def test_the_elements_come_in_order_and_then_the_value_of_the_generator() -> None:
    source = Source()
    iterator = read(source.elements())
    assert [each async for each in iterator] == [1, 2, 3]
    assert iterator.value == "end"
    assert await anext(iterator, "over") == "over"
    await until_closed(source)


async def test_an_element_is_made_only_when_it_is_requested() -> None:
    source = Source(most=1000)
    iterator = read(source.elements())
    for number in range(1, 20):
        assert (await anext(iterator), source.made) == (number, number)
        await asyncio.sleep(0)
    await iterator.aclose()
    await until_closed(source)
    assert source.made == 19


async def test_a_cancelled_request_loses_no_element() -> None:
    source = Source()
    source.go.clear()
    iterator = read(source.elements())
    waiting = asyncio.ensure_future(anext(iterator))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    source.go.set()
    assert [each async for each in iterator] == [1, 2, 3]


async def test_dropping_the_iterator_closes_it() -> None:
    source = Source()
    iterator = read(source.elements())
    await anext(iterator)
    del iterator
    gc.collect()
    await until_closed(source)
    assert source.made == 1


async def test_an_iterator_that_was_never_read_is_closed_too() -> None:
    class Elements:
        closed = threading.Event()

        def __iter__(self) -> Iterator[int]:
            raise AssertionError

        def close(self) -> None:
            self.closed.set()

    await read(Elements()).aclose()
    assert Elements.closed.is_set()


async def test_what_iter_raises_is_raised_to_the_reader() -> None:
    class Broken:
        def __iter__(self) -> Iterator[int]:
            raise LookupError("no elements")

    with pytest.raises(LookupError, match="no elements"):
        await anext(read(Broken()))


@pytest.mark.parametrize("wrong", [SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError(), StopAsyncIteration()])
async def test_what_would_end_the_loop_or_the_reader_is_a_runtime_error(wrong: BaseException) -> None:
    class Broken:
        def __iter__(self) -> Broken:
            return self

        def __next__(self) -> int:
            raise wrong

    with pytest.raises(RuntimeError, match="it raised") as caught:
        await anext(read(Broken()))
    assert caught.value.__cause__ is wrong
