"""The readers that a log calls directly: who is called while readers come, go and raise, and what that costs."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest

from streamkit.log.live_readers import LiveReaders

Readers = LiveReaders[str]


def do_nothing(_reader: Reader, _text: str) -> None:
    """Take an element, and do nothing."""


class Reader:
    """A reader that notes what it gets, and then acts."""

    position = 0

    def __init__(self, readers: Readers, act: Callable[[Reader, str], object] = do_nothing) -> None:
        self.readers = readers
        self.seen = ""
        self.errors: list[BaseException] = []
        self.act = act
        readers.add(self, self.on_next)

    def on_next(self, text: str) -> None:
        self.seen += text
        self.act(self, text)

    def fail(self, error: BaseException) -> None:
        self.readers.remove(self)
        self.errors.append(error)

    def finish(self) -> None:
        self.readers.remove(self)


def leave(reader: Reader, _: str) -> None:
    reader.readers.remove(reader)


def leave_and_raise(reader: Reader, _: str) -> None:
    reader.readers.remove(reader)
    raise RuntimeError("mine")


def test_one_that_comes_during_a_batch_is_called_from_the_next_on() -> None:
    readers, late = Readers(), list[Reader]()
    first = Reader(readers, lambda _, text: late.append(Reader(readers)) if text == "a" else None)
    readers.push(["a", "b"])
    readers.push(["c"])
    assert (first.seen, [each.seen for each in late]) == ("abc", ["c"])


def test_one_that_comes_is_called_with_what_a_subscriber_appends_inside_the_batch() -> None:
    readers, late = Readers(), list[Reader]()

    def append(_: Reader, text: str) -> None:
        if text == "a":
            late.append(Reader(readers))
            readers.push(["inner"])

    first = Reader(readers, append)
    readers.push(["a", "b"])
    assert (first.seen, late[0].seen) == ("ainnerb", "inner")


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_one_that_goes_during_a_batch_is_called_no_more(gone: int) -> None:
    readers = Readers()
    found: list[Reader] = [Reader(readers) for _ in range(3)]

    def remove(_reader: Reader, _text: str) -> None:
        readers.remove(found[gone])

    found[1].act = remove
    readers.push(["a", "b"])
    readers.push(["c"])
    expected = ["abc"] * 3
    expected[gone] = "" if gone == 2 else "a"
    assert [each.seen for each in found] == expected


def test_one_that_goes_inside_an_inner_batch_is_not_called_by_the_outer_one() -> None:
    readers = Readers()
    found: list[Reader] = [Reader(readers) for _ in range(3)]

    def act(_: Reader, text: str) -> None:
        if text == "a":
            readers.push(["inner"])
        else:
            readers.remove(found[2])

    found[0].act = act
    readers.push(["a", "b"])
    assert [each.seen for each in found] == ["ainnerb", "innerab", ""]


def test_each_that_raises_gets_its_own_error_and_the_others_go_on() -> None:
    readers = Readers()
    acts = [leave_and_raise, None, leave_and_raise, leave, None, leave_and_raise]
    found = [Reader(readers, act) if act else Reader(readers) for act in acts]
    readers.push(["a", "b"])
    assert [each.seen for each in found] == ["a", "ab", "a", "a", "ab", "a"]
    assert [len(each.errors) for each in found] == [1, 0, 1, 0, 0, 1]


def test_all_leave_at_the_end_even_while_one_is_called() -> None:
    readers = Readers()

    def end(*_: object) -> None:
        for each in readers.clear():
            each.finish()

    found = [Reader(readers), Reader(readers, end), Reader(readers)]
    readers.push(["a", "b"])
    assert ([each.seen for each in found], readers.clear()) == (["a", "a", ""], ())


def test_one_that_has_left_is_not_kept() -> None:
    readers = Readers()
    stays = [Reader(readers) for _ in range(9)]
    gone = [weakref.ref(Reader(readers)), weakref.ref(Reader(readers, leave))]
    first = gone[0]()
    assert first is not None
    readers.remove(first)
    del first
    readers.push(["a"])
    gc.collect()
    assert ([each() for each in gone], {each.seen for each in stays}) == ([None, None], {"a"})


@pytest.mark.parametrize("oldest_first", [True, False])
def test_readers_that_go_one_after_the_other_are_moved_twice_each_at_most(
    monkeypatch: pytest.MonkeyPatch, oldest_first: bool
) -> None:
    readers, moved = Readers(), list[int]()
    close_up: Callable[[Readers], None] = Readers._close_up  # pyright: ignore[reportPrivateUsage]

    def counted(self: Readers) -> None:
        moved.append(len(self.indices))
        close_up(self)

    monkeypatch.setattr(LiveReaders, "_close_up", counted)
    found = [Reader(readers) for _ in range(1000)]
    for each in found if oldest_first else found[::-1]:
        readers.remove(each)
    assert 0 < sum(moved) <= 2000
