"""The quorum: over as soon as enough agree, or no longer can."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script

from .scripts import all_closed, hangs, in_virtual_time, says


def number(response: sk.Response) -> str | None:
    found = re.search(r"\d+", response.content)
    return found[0] if found else None


async def quorum_of(scripts: list[Script], k: int, key: Any = number) -> sk.QuorumResult:
    found = await sk.quorum([script.stream() for script in scripts], key=key, k=k)
    await found.closed()
    return found


def test_it_is_over_as_soon_as_enough_agree() -> None:
    scripts = [says("It is 42."), says("7, I think", after=1), says("42!", after=2), says("42", after=3), hangs()]
    found = in_virtual_time(lambda: quorum_of(scripts, 2))
    assert (found.answer, found.votes, found.winner, bool(found)) == ("42", (("42", 2), ("7", 1)), 0, True)
    assert [row.verdict for row in found.ledger] == ["accepted", "rejected", "accepted", "stopped", "stopped"]
    assert [each.index for each in found.accepted] == [0, 2]
    assert all_closed(scripts)


def test_it_is_over_as_soon_as_enough_can_no_longer_agree() -> None:
    scripts = [says("1"), says("2"), says("3"), hangs(), says("4")]
    found = in_virtual_time(lambda: quorum_of(scripts, 3))
    assert (found.answer, bool(found), found.ended_by, len(found.votes)) == (None, False, "exhausted", 4)
    assert found.ledger[3].verdict == "stopped"


def test_answers_without_a_key_and_failures_are_no_votes() -> None:
    scripts = [says("who knows"), Script([sk.Overloaded("busy")]), says("42", after=1), says("42", after=2)]
    found = in_virtual_time(lambda: quorum_of(scripts, 2))
    assert (found.answer, found.votes) == ("42", (("42", 2),))
    assert [row.verdict for row in found.ledger] == ["rejected", "failed", "accepted", "accepted"]


def test_all_agree_where_all_have_to() -> None:
    assert in_virtual_time(lambda: quorum_of([says("42")] * 3, 3)).answer == "42"
    assert in_virtual_time(lambda: quorum_of([says("42"), says("42"), says("7", after=1)], 3)).answer is None


def test_an_answer_counts_whole_and_only_if_the_provider_says_that_it_is() -> None:
    cut = Script(says("42").steps[:3])
    assert in_virtual_time(lambda: quorum_of([cut, cut, says("7")], 2)).answer is None


def test_the_key_may_be_async() -> None:
    async def key(response: sk.Response) -> str:
        await asyncio.sleep(1)
        return response.content.lower()

    assert in_virtual_time(lambda: quorum_of([says("Io"), says("IO")], 2, key)).answer == "io"


def test_an_exception_in_the_key_closes_everything_before_it_is_raised() -> None:
    scripts = [says("none"), hangs("42")]

    async def work() -> None:
        with pytest.raises(ValueError, match="invalid literal"):
            await sk.quorum([script.stream() for script in scripts], key=lambda each: int(each.content), k=2)
        assert all_closed(scripts)

    in_virtual_time(work)


def test_if_all_fail_the_first_ones_error_is_raised() -> None:
    with pytest.raises(sk.Overloaded, match="busy"):
        in_virtual_time(lambda: quorum_of([Script([sk.Overloaded("busy")])] * 3, 2))


@pytest.mark.parametrize("k", [0, 3, "2", True, 1.5])
def test_a_wrong_number_raises_at_the_call(k: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="from 1 to their number"):
        sk.quorum([says("42").stream(), says("42").stream()], key=number, k=k)


async def test_it_is_typed_as_what_it_is() -> None:
    found = await sk.quorum([says("42").stream()], key=number, k=1)
    votes: tuple[tuple[Any, int], ...] = found.votes
    assert votes == (("42", 1),)
