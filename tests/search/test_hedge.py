"""The hedge: a second call when the first is slow, and the loser closed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script

from .scripts import all_closed, hangs, in_virtual_time, says


async def hedged(scripts: list[Script], **options: Any) -> sk.SearchResult:
    found = await sk.hedge([script.stream() for script in scripts], **options)
    await found.closed()
    return found


def sent(scripts: list[Script]) -> list[int]:
    return [script.opened for script in scripts]


def test_a_first_call_that_answers_in_time_is_the_only_one() -> None:
    scripts = [says("Io", "Europa", after=0.9, every=5), says("Titan")]
    found = in_virtual_time(lambda: hedged(scripts, after=6))
    assert (found.winner, sent(scripts)) == (0, [1, 0])
    assert found.response is not None and found.response.content == "IoEuropa"
    assert [row.verdict for row in found.ledger] == ["accepted", "not sent"]


@pytest.mark.parametrize(("first", "winner"), [(30.0, 1), (2.5, 0)])
def test_a_slow_first_call_gets_a_second_and_the_first_with_content_wins(first: float, winner: int) -> None:
    scripts = [says("Io", after=first), says("Europa", after=1)]
    found = in_virtual_time(lambda: hedged(scripts, after=2))
    assert (found.winner, sent(scripts), all_closed(scripts)) == (winner, [1, 1], True)
    assert found.ledger[1 - winner].verdict == "stopped"


def test_a_first_call_that_fails_has_the_second_sent_at_once() -> None:
    async def work() -> tuple[sk.SearchResult, float]:
        found = await hedged([Script([sk.Overloaded("busy")]), says("Europa")], after=100)
        return found, asyncio.get_running_loop().time()

    found, seconds = in_virtual_time(work)
    assert found.winner == 1
    assert seconds < 1


def test_those_behind_are_sent_one_after_the_other_each_in_its_time() -> None:
    scripts = [hangs(), Script([1.0, sk.Overloaded("busy")]), hangs(), says("Europa"), says("Io")]

    async def work() -> tuple[sk.SearchResult, float]:
        found = await hedged(scripts, after=2)
        return found, asyncio.get_running_loop().time()

    found, seconds = in_virtual_time(work)
    assert (found.winner, sent(scripts), round(seconds, 3)) == (3, [1, 1, 1, 1, 0], 5.0)


def test_a_last_call_is_waited_for_however_long_it_takes() -> None:
    assert in_virtual_time(lambda: hedged([hangs(), says("Io", after=500)], after=1)).winner == 1


def test_one_stream_is_hedged_with_its_own_copy() -> None:
    script = Script([5.0, *says("Io").steps])

    async def work() -> sk.SearchResult:
        found = await sk.hedge(script.stream(), after=1)
        await found.closed()
        return found

    assert in_virtual_time(work).winner == 0
    assert (script.opened, script.closed) == (2, 2)


def test_a_function_is_called_once_more_only_if_it_has_to() -> None:
    scripts = iter([hangs(), says("Io"), says("Europa")])

    async def work() -> sk.SearchResult:
        found = await sk.hedge(lambda: next(scripts).stream(), after=1)
        await found.closed()
        return found

    assert in_virtual_time(work).winner == 1
    assert len(list(scripts)) == 1


def test_what_is_waited_for_may_be_more_than_content() -> None:
    scripts = [says("Io ", "is hot", every=1.5), says("Europa")]
    found = in_virtual_time(lambda: hedged(scripts, after=2, accept="Europa"))
    assert found.value and (found.winner, found.value.text) == (1, "Europa")


def test_if_all_fail_the_first_ones_error_is_raised() -> None:
    scripts = [Script([sk.Overloaded("one")]), Script([sk.Overloaded("two")])]
    with pytest.raises(sk.Overloaded, match="one"):
        in_virtual_time(lambda: hedged(scripts, after=1))


def test_a_cancelled_hedge_has_closed_both() -> None:
    scripts = [hangs(), hangs()]

    async def work() -> None:
        waiting = asyncio.ensure_future(hedged(scripts, after=1))
        await asyncio.sleep(2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (sent(scripts), all_closed(scripts)) == ([1, 1], True)

    in_virtual_time(work)


@pytest.mark.parametrize("after", [0, -1, float("inf"), float("nan"), "soon", True])
def test_a_wrong_delay_raises_at_the_call(after: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="seconds above 0"):
        sk.hedge([hangs().stream()], after=after)


def test_no_candidates_raise_at_the_call() -> None:
    with pytest.raises(sk.ConfigurationError, match="at least one"):
        sk.hedge([], after=1)
