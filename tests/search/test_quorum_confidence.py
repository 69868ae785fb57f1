"""The quorum with a confidence: a few calls at a time, until one answer is surely the most frequent one."""

from __future__ import annotations

from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script

from .scripts import all_closed, hangs, in_virtual_time, says
from .test_quorum import number


async def confident(scripts: list[Script], confidence: float = 0.95, **options: Any) -> sk.QuorumResult[Any]:
    streams = [script.stream() for script in scripts]
    found = await sk.quorum(streams, key=number, confidence=confidence, **options)
    await found.closed()
    return found


def test_five_equal_answers_are_enough_and_the_other_calls_are_never_sent() -> None:
    scripts = [says("42", after=at % 5) for at in range(20)]
    found = in_virtual_time(lambda: confident(scripts))
    assert (found.answer, found.votes, found.ended_by) == ("42", (("42", 5),), "accepted")
    assert [script.opened for script in scripts] == [1] * 5 + [0] * 15
    assert [row.verdict for row in found.ledger][5:] == ["not sent"] * 15


def test_where_answers_differ_more_calls_are_sent() -> None:
    scripts = [says("42"), says("7"), *[says("42") for _ in range(20)]]
    found = in_virtual_time(lambda: confident(scripts))
    assert (found.answer, found.votes[1]) == ("42", ("7", 1))
    assert 7 < sum(script.opened for script in scripts) < 15
    assert all_closed([script for script in scripts if script.opened])


def test_where_two_answers_are_nearly_equal_there_is_none() -> None:
    scripts = [says("42" if at % 2 else "7") for at in range(30)]
    found = in_virtual_time(lambda: confident(scripts))
    assert (found.answer, bool(found), found.ended_by) == (None, False, "exhausted")
    assert sum(script.opened for script in scripts) < 30  # it ends once no answer can be sure any more


def test_failures_are_no_votes_and_are_made_up_for() -> None:
    scripts = [Script([sk.Overloaded("busy")]), *[says("42") for _ in range(6)]]
    found = in_virtual_time(lambda: confident(scripts))
    assert (found.answer, found.ledger[0].verdict) == ("42", "failed")


def test_concurrency_bounds_the_calls_that_are_open() -> None:
    scripts = [says("42"), hangs(), says("42"), says("42"), says("42"), says("42"), hangs()]
    found = in_virtual_time(lambda: confident(scripts, concurrency=2))
    assert found.answer == "42"
    assert [script.opened for script in scripts] == [1, 1, 1, 1, 1, 1, 0]


def test_a_coroutine_that_is_never_awaited_is_closed() -> None:
    async def make() -> sk.Stream:
        return says("42").stream()

    async def ask() -> sk.QuorumResult[Any]:
        return await sk.quorum([make() for _ in range(9)], key=number, confidence=0.9)

    assert in_virtual_time(ask).answer == "42"


@pytest.mark.parametrize(
    ("options", "says_so"),
    [
        ({}, "give k= .* or confidence="),
        ({"k": 2, "confidence": 0.9}, "one of them"),
        ({"confidence": 1}, "from 0.5 to below 1"),
        ({"confidence": "high"}, "from 0.5 to below 1"),
        ({"confidence": 0.99}, "it needs 8 equal answers or more"),
        ({"confidence": 0.5, "concurrency": 0}, "a whole number above 0"),
    ],
)
def test_wrong_options_are_refused_at_the_call(options: dict[str, Any], says_so: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=says_so):
        sk.quorum([says("42").stream() for _ in range(5)], key=number, **options)
