"""The kit of stateful operators: when a machine is fed and flushed, and how its subscription ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
import reactivex
from reactivex import Observable, abc
from reactivex.disposable import Disposable

import streamkit as sk
from streamkit.operators._base.machine import from_machine
from streamkit.operators._base.take_until import take_until
from streamkit.operators._base.transform import transform
from streamkit.runtime import STOPPED_BY

Kit = Callable[[Callable[[], "Pairs"]], Callable[[Observable[str]], Observable[str]]]
KITS: dict[str, Kit] = {
    "machine": lambda make: from_machine(make, emits="many"),
    "transform": lambda make: transform(make, emits="many"),
    "take_until": lambda make: take_until(make, name="pairs()"),
}


class Pairs:
    """Joins two letters at a time; is done behind "z", fails at "!" and raises at "?"."""

    def __init__(self) -> None:
        self.done = False
        self.error: Exception | None = None
        self._buffer = ""

    def feed(self, item: str) -> Iterable[str]:
        if item == "?":
            raise ValueError("fed")
        if item == "!":
            self.done, self.error = True, KeyError("failed")
            return ()
        self.done = item == "z"
        self._buffer += item
        return self.flush() if len(self._buffer) == 2 else ()

    def flush(self) -> Iterable[str]:
        buffered, self._buffer = self._buffer, ""
        return (buffered,) if buffered else ()


class Reader:
    """A subscription to the pairs of a scripted source, and how it ended."""

    def __init__(self, kit: Kit) -> None:
        self.seen: list[object] = []
        self.stopped_by: list[str | None] = []
        kit(Pairs)(Observable(self._subscribe)).subscribe(
            self.seen.append, lambda error: self.seen.append(type(error)), lambda: self.seen.append("end")
        )

    def _subscribe(
        self, observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        self.source = observer
        return Disposable(lambda: self.stopped_by.append(STOPPED_BY.get()))

    def feed(self, letters: str) -> list[object]:
        for letter in letters:
            if not self.stopped_by:
                self.source.on_next(letter)
        return self.seen


@pytest.mark.parametrize("kit", KITS.values(), ids=KITS)
def test_buffered_values_are_emitted_before_completion(kit: Kit) -> None:
    reader = Reader(kit)
    reader.feed("abc")
    reader.source.on_completed()
    assert reader.seen == ["ab", "c", "end"]


@pytest.mark.parametrize(("kit", "buffered"), [("machine", []), ("transform", ["c"]), ("take_until", ["c"])])
def test_an_error_of_the_source_comes_behind_what_a_transformer_or_condition_buffers(
    kit: str, buffered: list[object]
) -> None:
    reader = Reader(KITS[kit])
    reader.feed("abc")
    reader.source.on_error(OSError())
    assert reader.seen == ["ab", *buffered, OSError]


@pytest.mark.parametrize(("kit", "buffered"), [("machine", []), ("transform", ["a"]), ("take_until", [])])
def test_an_exception_of_feed_stops_the_source_and_ends_in_on_error(kit: str, buffered: list[object]) -> None:
    reader = Reader(KITS[kit])
    assert reader.feed("a?bc") == [*buffered, ValueError]
    assert reader.stopped_by == [None]


@pytest.mark.parametrize("kit", KITS.values(), ids=KITS)
def test_a_machine_that_fails_stops_the_source_and_ends_in_its_error(kit: Kit) -> None:
    reader = Reader(kit)
    assert reader.feed("ab!cd") == ["ab", KeyError]
    assert len(reader.stopped_by) == 1


def test_a_machine_that_is_done_stops_the_source_by_the_name_of_its_operator() -> None:
    reader = Reader(KITS["take_until"])
    assert reader.feed("azbc") == ["az", "end"]
    assert reader.stopped_by == ["pairs()"]


def test_every_subscription_has_a_machine_of_its_own() -> None:
    flow = transform(Pairs, emits="many")(reactivex.of("a", "b", "c"))
    assert [list(sk.flow(flow)) for _ in range(2)] == [["ab", "c"]] * 2
