"""What goes wrong in a search: failures are noted, exceptions and cancellations close everything."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import reactivex as rx

import streamkit as sk
from streamkit.testing import Script, anthropic_events

from .scripts import all_closed, hangs, in_virtual_time, says, search, searched


def test_a_candidate_that_fails_is_written_down_and_no_more() -> None:
    cut = Script(says("Io, Eu").steps[:4])
    bad = [cut, Script([sk.BadRequest("too long")]), Script([sk.ContentFiltered("no")])]
    found = search([script.stream() for script in [*bad, says("Europa")]], concurrency=1)
    assert found.winner == 3
    assert [row.verdict for row in found.ledger] == ["failed"] * 3 + ["accepted"]
    assert found.ledger[1].error == "BadRequest: too long"
    assert [script.opened for script in bad] == [1, 1, 1]


def test_all_failing_is_no_error_of_the_search() -> None:
    found = search([Script([sk.BadRequest("no")]).stream() for _ in range(20)])
    assert (bool(found), found.ended_by, found.ledger.count("failed")) == (False, "exhausted", 20)


def test_a_refused_call_is_sent_again_and_every_call_is_counted() -> None:
    script = Script([sk.RateLimited("slow down", retry_after=7)])
    stream = script.stream()

    async def work() -> tuple[sk.SearchResult, float]:
        found = await searched([stream], retries=2)
        return found, asyncio.get_running_loop().time()

    found, seconds = in_virtual_time(work)
    assert (found.ledger[0].verdict, found.ledger[0].calls, script.opened) == ("failed", 3, 3)
    assert 14 <= seconds < 15


def test_a_retry_after_of_a_day_is_recorded_and_not_awaited() -> None:
    script = Script([sk.RateLimited("tomorrow", retry_after=86_400)])
    found = search([script.stream(), says("Europa").stream()], concurrency=1, retries=2)
    assert (found.winner, script.opened, found.ledger[0].error) == (1, 1, "RateLimited: tomorrow")


def test_what_a_refused_call_had_used_is_added_to_what_its_next_one_did() -> None:
    started, *events = anthropic_events("Io")  # it begins with the tokens of the prompt
    script = Script([started, sk.Overloaded("busy")])
    stream = script.stream(api="anthropic.messages", vendor="anthropic")

    async def work() -> sk.SearchResult:
        searching = asyncio.ensure_future(searched([stream]))
        await asyncio.sleep(0.1)
        script.steps = (started, *events)
        return await searching

    found = in_virtual_time(work)
    row = found.ledger[0]
    assert (row.verdict, row.calls, script.opened) == ("rejected", 2, 2)
    assert row.usage is not None and row.usage.input_tokens == 14


def test_calls_that_failed_behind_their_content_are_not_sent_again() -> None:
    script = Script([*says("Io").steps[:4], sk.Overloaded("busy")])
    assert search([script.stream()]).ledger[0].verdict == "failed"
    assert script.opened == 1


@pytest.mark.parametrize("error", [sk.ConfigurationError("no key"), sk.AuthenticationFailed("wrong key")])
def test_a_search_in_which_no_candidate_can_start_raises_at_once(error: Exception) -> None:
    made = 0

    def endless() -> Iterator[sk.Stream]:
        nonlocal made
        while True:
            made += 1
            yield Script([error]).stream()

    with pytest.raises(type(error), match="key"):
        search(endless(), concurrency=5)
    assert made <= 10
    with pytest.raises(type(error)):
        search([Script([error]).stream()])


def test_a_candidate_that_cannot_start_among_others_is_a_failure() -> None:
    bad = [Script([sk.ConfigurationError("no key")]).stream() for _ in range(20)]
    found = search([says("Io").stream(), *bad, says("Europa").stream()], concurrency=2)
    assert (found.winner, found.ledger.count("failed"), found.ledger.calls) == (21, 20, 2)


@pytest.mark.parametrize("how", ["iterator", "async iterator", "observable", "accept", "progress", "on_accepted"])
def test_an_exception_of_the_users_closes_everything_before_it_is_raised(how: str) -> None:
    scripts = [hangs("Io"), hangs(), says("Europa", after=1)]

    def bad(*_: object) -> bool:
        raise LookupError(how)

    def candidates() -> Any:
        streams = [script.stream() for script in scripts]
        broken = itertools.chain(streams, (bad() for _ in "x"))
        if how == "async iterator":
            return _all_of(broken)
        if how == "observable":
            return rx.concat(rx.from_iterable(streams), rx.throw(LookupError(how)))
        return broken if how == "iterator" else streams

    options: dict[str, Any] = {how: bad} if how in ("accept", "progress", "on_accepted") else {}

    async def work() -> None:
        with pytest.raises(LookupError, match=how):
            await searched(candidates(), **options)
        assert all_closed(scripts)

    in_virtual_time(work)


async def _all_of(streams: Any) -> AsyncIterator[sk.Stream]:
    for each in streams:
        yield each


def test_a_cancellation_does_not_tear_what_is_being_closed() -> None:
    slow = Script([*says("Europa").steps[:4], 5.0, *says().steps])  # what it used comes 5 s after it was left

    async def work() -> None:
        stream = slow.stream(timeouts=sk.Timeouts(drain_for_usage=60))
        waiting = asyncio.ensure_future(searched([stream, hangs().stream()], keep=2))
        await asyncio.sleep(1)
        for _ in range(2):
            waiting.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert all_closed([slow])
        assert asyncio.get_running_loop().time() == 5.0

    in_virtual_time(work)


@pytest.mark.parametrize("seconds", [0, 0.5, 1.5, 2.5])
@pytest.mark.parametrize("finish", [False, True])
def test_a_cancelled_search_has_closed_everything_when_the_cancellation_surfaces(seconds: float, finish: bool) -> None:
    scripts = [says("Europa", " and", " so on", after=1, every=1), hangs("Io"), hangs(), says("Titan")]
    closed = False

    async def source() -> AsyncIterator[sk.Stream]:
        nonlocal closed
        try:
            for script in scripts:
                yield script.stream()
            await asyncio.sleep(1000)
        finally:
            closed = True

    async def work() -> None:
        waiting = asyncio.ensure_future(searched(source(), keep=9, finish=finish))
        await asyncio.sleep(seconds)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (all_closed(scripts), closed or seconds == 0) == (True, True)

    in_virtual_time(work)
