"""The race: the first that is good enough wins, and the others are closed at once, whatever happens."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.testing import Script, chat_tool_events

from .scripts import all_closed, hangs, in_virtual_time, says


class Moon(BaseModel):
    name: str
    radius: int


def says_ro(response: sk.Response) -> bool:
    return "ro" in response.content


def look_up(moon: str) -> str:
    """Look a moon up."""
    return moon


def test_the_first_with_content_wins_and_is_read_to_its_end() -> None:
    scripts = [hangs(), says("Io", after=2), says("Euro", "pa", every=1), hangs()]
    found = in_virtual_time(lambda: _raced(scripts))
    assert (found.winner, found.ended_by, bool(found)) == (2, "accepted", True)
    assert found.response is not None
    assert (found.response.content, found.response.state) == ("Europa", "complete")
    assert all_closed(scripts)


ACCEPT: dict[str, tuple[Any, Script, object]] = {
    "a text, across the borders of chunks": ("ropa", says("Io, Eu", "ro", "pa", " and on", every=1), "ropa"),
    "a pattern": (re.compile(r"r(o\w)"), says("Eu", "ro", "pa", every=1), "rop"),
    "a pattern that looks at the end": (re.compile(r"pa$"), says("Eu", "ropa", every=1), "pa"),
    "a condition": (says_ro, says("Eu", "ro", "pa", every=1), None),
    "a model, in the text": (Moon, says('It is {"name": "Io", ', '"radius": 1821} I think', every=1), Moon),
    "a type": (list[int], says("[1, ", "2] and so on", every=1), [1, 2]),
    "a model, in a tool call": (Moon, Script(chat_tool_events(("moon", '{"name": "Io", "radius": 1}'))), Moon),
    "a tool": (sk.as_tool(look_up), Script(chat_tool_events(("look_up", '{"moon": "Io"}'))), sk.ToolCall),
}


@pytest.mark.parametrize("kind", ACCEPT)
def test_what_can_be_accepted(kind: str) -> None:
    accept, good, expected = ACCEPT[kind]
    bad = [hangs("Titan"), says("Titan, not it"), says('{"name": "Io"}', '["Io"]')]
    found = in_virtual_time(lambda: _raced([*bad, good], accept=accept))
    assert found.winner == 3
    value = getattr(found.value, "text", found.value) if isinstance(expected, str) else found.value
    assert isinstance(value, expected) if isinstance(expected, type) else value == expected


def test_an_async_condition_runs_for_each_while_the_others_continue() -> None:
    seen: list[str] = []

    async def good(response: sk.Response) -> bool:
        seen.append(response.content)
        await asyncio.sleep(10)
        return response.content == "Europa"

    found = in_virtual_time(lambda: _raced([says("Io"), says("Europa")], accept=good))
    assert (found.winner, set(seen)) == (1, {"", "Io", "Europa"})


def test_a_condition_runs_once_for_what_came_while_it_was_running() -> None:
    seen: list[str] = []

    async def good(response: sk.Response) -> bool:
        seen.append(response.content)
        await asyncio.sleep(10)
        return False

    found = in_virtual_time(lambda: _raced([says(*"Europa", every=1)], accept=good))
    assert found.ended_by == "exhausted"
    assert seen[-1] == "Europa" and len(seen) <= 4  # the first chunk, the rest, the whole


def test_what_is_accepted_is_stopped_there_unless_it_is_to_be_finished() -> None:
    def scripts() -> list[Script]:
        return [says("Eu", "ro", "pa", every=1)]

    stopped = in_virtual_time(lambda: _raced(scripts(), accept="Euro")).response
    whole = in_virtual_time(lambda: _raced(scripts(), accept="Euro", finish=True)).response
    assert stopped is not None and whole is not None
    assert (stopped.content, stopped.state, stopped.stopped_by) == ("Euro", "stopped", "race()")
    assert (whole.content, whole.state) == ("Europa", "complete")


def test_of_those_that_come_at_the_same_moment_the_first_of_the_list_wins() -> None:
    for _ in range(3):
        found = in_virtual_time(lambda: _raced([says("Io", after=3), *(says("Europa", after=2) for _ in range(9))]))
        assert found.winner == 1
        assert (found.ledger.count("accepted"), found.ledger.count("stopped")) == (1, 9)


def test_a_stream_that_somebody_else_reads_is_left_to_them() -> None:
    async def main() -> tuple[sk.SearchResult, sk.Response]:
        shared = says("Io", "Titan", every=20).stream()
        reading = asyncio.ensure_future(shared)
        await asyncio.sleep(10)
        found = await sk.race([shared, says("Europa").stream()], accept="Europa")
        await found.closed()
        assert (found.winner, found.ledger[0].verdict, found.ledger[0].close_ms) == (1, "left", None)
        return found, await reading

    found, read = in_virtual_time(main)
    assert read.content == "IoTitan"
    assert found.ledger[0].calls == 0  # it was sent for somebody else


def test_those_that_fail_do_not_matter_as_long_as_one_is_good_enough() -> None:
    scripts = [Script([sk.Overloaded("busy")]), Script([TypeError("?")]), says("Europa", after=5)]
    found = in_virtual_time(lambda: _raced(scripts))
    assert found.winner == 2
    assert [row.error for row in found.ledger] == [
        "Overloaded: busy",
        "TransportError: The script raised TypeError('?').",
        None,
    ]


def test_if_all_fail_the_first_ones_error_is_raised() -> None:
    scripts = [Script([5.0, sk.Overloaded("later")]), Script([sk.RateLimited("sooner")])]
    with pytest.raises(sk.Overloaded, match="later"):
        in_virtual_time(lambda: _raced(scripts))


def test_if_none_is_good_enough_the_result_is_empty() -> None:
    found = in_virtual_time(lambda: _raced([says("Io"), Script([sk.Overloaded("busy")])], accept="Europa"))
    assert (bool(found), found.winner, found.response, found.ended_by) == (False, None, None, "exhausted")
    assert [row.verdict for row in found.ledger] == ["rejected", "failed"]


def test_an_answer_without_content_does_not_win() -> None:
    assert in_virtual_time(lambda: _raced([says(), says("Io", after=1)])).winner == 1
    assert not in_virtual_time(lambda: _raced([says()]))


def test_a_winner_that_breaks_off_while_it_is_finished_raises_with_what_came() -> None:
    scripts = [Script([*says("Euro").steps[:4], 1.0, sk.TransportError("gone")]), hangs()]
    with pytest.raises(sk.TransportError) as caught:
        in_virtual_time(lambda: _raced(scripts))
    assert caught.value.partial is not None and caught.value.partial.content == "Euro"
    assert all_closed(scripts)


@pytest.mark.parametrize("finish", [False, True])
def test_an_exception_in_accept_closes_everything_before_it_is_raised(finish: bool) -> None:
    scripts = [hangs("Io"), hangs(), says("Euro", "pa", after=1, every=1)]

    def bad(response: sk.Response) -> bool:
        return bool("Europa" in response.content and response.tools[0])

    async def work() -> None:
        with pytest.raises(IndexError):
            await sk.race([script.stream() for script in scripts], accept=bad, finish=finish)
        assert all_closed(scripts)

    in_virtual_time(work)


def test_a_stream_error_that_accept_raises_is_no_failure_of_the_candidate() -> None:
    def bad(_: sk.Response) -> bool:
        raise sk.ConfigurationError("no judge today")

    with pytest.raises(sk.ConfigurationError, match="no judge"):
        in_virtual_time(lambda: _raced([says("Io"), says("Europa")], accept=bad))


def test_a_condition_that_is_cancelled_from_inside_is_an_error() -> None:
    async def bad(_: sk.Response) -> bool:
        raise asyncio.CancelledError

    with pytest.raises(RuntimeError, match="cancelled from inside"):
        in_virtual_time(lambda: _raced([hangs("Io")], accept=bad))


@pytest.mark.parametrize("seconds", [0, 0.5, 2.5, 3.9], ids=["at once", "waiting", "finishing", "late"])
def test_a_cancelled_race_has_closed_everything_when_the_cancellation_surfaces(seconds: float) -> None:
    scripts = [says("Eu", "ro", "pa", after=1, every=1), hangs("", ""), hangs()]

    async def work() -> None:
        race = asyncio.ensure_future(_raced(scripts))
        await asyncio.sleep(seconds)
        race.cancel()
        with pytest.raises(asyncio.CancelledError):
            await race
        assert all_closed(scripts)

    in_virtual_time(work)


async def _raced(scripts: list[Script], **options: Any) -> sk.SearchResult:
    found = await sk.race([script.stream() for script in scripts], **options)
    await found.closed()
    return found
