"""The search: lazy, never wider than it may be, and over as soon as enough are good enough."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator

import streamkit as sk
from streamkit._search import AcceptedResult, Ledger
from streamkit.testing import Script

from .scripts import all_closed, hangs, says, search


class Watch:
    """Scripts that are pulled one by one, and how far that has come."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = scripts
        self.pulled = 0
        self.closed = False

    def __iter__(self) -> Iterator[sk.Stream]:
        try:
            for script in self.scripts:
                self.pulled += 1
                yield script.stream()
        finally:
            self.closed = True


def contents(found: sk.SearchResult) -> list[str]:
    return [each.response.content for each in found.accepted]


def test_it_ends_at_the_first_that_is_good_enough_and_pulls_no_more() -> None:
    watch = Watch(says("Io"), hangs(), says("Europa", after=1), *(says("Titan", after=3) for _ in range(99)))
    found = search(iter(watch), concurrency=3)
    assert (found.winner, found.ended_by, contents(found)) == (2, "accepted", ["Europa"])
    assert [row.verdict for row in found.ledger] == ["rejected", "stopped", "accepted", "stopped"]
    assert (watch.pulled, watch.closed, all_closed(watch.scripts)) == (4, True, True)


def test_no_more_are_open_at_a_time_than_may_be() -> None:
    script, most = says("Io", after=1, every=1), 0

    def look(_: sk.Response) -> bool:
        nonlocal most
        most = max(most, script.opened - script.closed)
        return False

    found = search((script.stream() for _ in range(100)), concurrency=6, accept=look)
    assert (found.ended_by, most, len(found.ledger)) == ("exhausted", 6, 100)
    assert (found.ledger.count("rejected"), found.ledger.calls) == (100, 100)


def test_so_many_as_wished_are_kept_in_the_order_in_which_they_came() -> None:
    scripts = [says(f"Europa {at}", after=at * 7 % 5) for at in range(9)]
    found = search([script.stream() for script in scripts], concurrency=9, keep=4, accept="Europa ", finish=True)
    assert [each.index for each in found.accepted] == [0, 5, 3, 8]  # after 0, 0, 1, 1 seconds
    assert contents(found) == ["Europa 0", "Europa 5", "Europa 3", "Europa 8"]
    assert found.ledger.count("accepted") == 4


def test_more_than_wished_at_the_same_moment_are_stopped() -> None:
    found = search([says("Europa").stream() for _ in range(5)], concurrency=5, keep=2)
    assert [each.index for each in found.accepted] == [0, 1]
    assert [row.verdict for row in found.ledger] == ["accepted"] * 2 + ["stopped"] * 3


def test_endless_candidates_end_with_what_is_found() -> None:
    scripts = (says("Europa" if at == 1000 else "Io") for at in itertools.count())
    assert search((script.stream() for script in scripts), concurrency=4).winner == 1000


def test_the_same_search_comes_out_the_same() -> None:
    def once() -> list[object]:
        end: list[float] = []
        scripts = [says("Io", after=at * 13 % 10) for at in range(30)]
        scripts[7:7] = [Script([sk.Overloaded("busy")]) for _ in range(5)]
        scripts.insert(25, says("Europa", after=2))

        def note(_: Ledger) -> None:
            end[:] = [asyncio.get_running_loop().time()]

        found = search([script.stream() for script in scripts], concurrency=4, progress=note)
        return [*end, *((row.index, row.verdict, row.calls, row.close_ms) for row in found.ledger)]

    assert once() == once() == once()


def test_with_finish_an_accepted_answer_is_read_on_while_others_run() -> None:
    scripts = [says("Europa", " is", " cold", every=2), says("Io", after=1), says("Europa!", after=3)]
    accepted_at: list[tuple[float, str]] = []

    def found_one(accepted: AcceptedResult) -> None:
        accepted_at.append((asyncio.get_running_loop().time(), accepted.response.content))

    found = search(
        [each.stream() for each in scripts], concurrency=2, keep=2, finish=True, on_accepted=found_one, retries=0
    )
    assert contents(found) == ["Europa is cold", "Europa!"]
    assert accepted_at == [(4.0, "Europa!"), (6.0, "Europa is cold")]
    assert {each.response.state for each in found.accepted} == {"complete"}


def test_an_accepted_answer_that_breaks_off_stays_accepted_and_says_so() -> None:
    cut = Script([*says("Europa").steps[:4], 1.0, sk.TransportError("gone")])
    found = search([cut.stream(), says("Europa", after=5).stream()], finish=True, keep=2)
    first, second = found.accepted
    assert (first.response.state, found.ledger[0].error) == ("failed", "TransportError: gone")
    assert second.response.state == "complete"


def test_callbacks_get_every_end_and_every_accepted_answer() -> None:
    ends: list[int] = []
    accepted: list[int] = []

    def note(ledger: Ledger) -> None:
        ends.append(ledger.count("rejected"))

    def found_one(each: AcceptedResult) -> None:
        accepted.append(each.index)

    streams = [says("Io", after=at).stream() for at in range(4)] + [says("Europa", after=9).stream()]
    search(streams, progress=note, on_accepted=found_one)
    assert (ends[-1], sorted(ends), accepted) == (4, ends, [4])
