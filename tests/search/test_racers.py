"""The candidates of a race: streams and factories of streams, and the errors for anything else."""

from __future__ import annotations

import asyncio
import gc
import re
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script

from .scripts import all_closed, hangs, in_virtual_time, says


async def _wait(pending: Awaitable[sk.SearchResult]) -> sk.SearchResult:
    found = await pending
    await found.closed()
    return found


async def _later(script: Script) -> sk.Stream:
    await asyncio.sleep(1)
    return script.stream()


def _function(script: Script) -> Any:
    return script.stream


def _async_function(script: Script) -> Any:
    return lambda: _later(script)


@pytest.mark.parametrize("make", [_function, _async_function, _later])
def test_candidates_may_be_what_makes_a_stream(make: Callable[[Script], Any]) -> None:
    script = says("Europa", after=1)

    async def work() -> sk.SearchResult:
        return await sk.race([hangs().stream(), make(script)])

    found = in_virtual_time(work)
    assert (found.winner, script.opened, script.closed) == (1, 1, 1)


def test_a_coroutine_that_is_not_begun_is_closed_quietly() -> None:
    async def work() -> None:
        race = asyncio.ensure_future(_wait(sk.race([_later(hangs())])))
        await asyncio.sleep(0)
        race.cancel()
        with pytest.raises(asyncio.CancelledError):
            await race

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        in_virtual_time(work)
        gc.collect()


def test_a_factory_that_returns_no_stream_raises() -> None:
    with pytest.raises(sk.ConfigurationError, match="must give a Stream, not str"):
        in_virtual_time(lambda: _wait(sk.race([lambda: "Europa"])))  # pyright: ignore[reportArgumentType] - the test


def test_an_exception_of_what_makes_a_stream_is_raised_and_a_stream_error_is_a_failure() -> None:
    def broken() -> sk.Stream:
        raise ZeroDivisionError

    def refused() -> sk.Stream:
        raise sk.ConfigurationError("no key")

    scripts = [says("Europa", after=1)]
    with pytest.raises(ZeroDivisionError):
        in_virtual_time(lambda: _wait(sk.race([scripts[0].stream(), broken])))
    found = in_virtual_time(lambda: _wait(sk.race([refused, scripts[0].stream()])))
    assert (found.winner, found.ledger[0].error, found.ledger[0].calls) == (1, "ConfigurationError: no key", 0)


def test_nothing_is_sent_before_it_is_awaited_and_it_is_awaited_once() -> None:
    script = says("Europa")

    async def work() -> None:
        race = sk.race([script.stream])
        await asyncio.sleep(1)
        assert script.opened == 0
        await race
        with pytest.raises(sk.ConfigurationError, match="started before"):
            await race
        with pytest.raises(sk.ConfigurationError, match="await"):
            sk.race([script.stream]).run()
        assert script.opened == 1

    in_virtual_time(work)


def test_without_a_loop_it_runs_and_everything_is_closed_when_it_returns() -> None:
    scripts = [hangs("Io"), says("Europa")]
    found = sk.race([script.stream() for script in scripts], accept="Europa").run()
    assert (found.winner, all_closed(scripts)) == (1, True)
    assert all(row.close_ms is not None for row in found.ledger)


@pytest.mark.parametrize(
    ("streams", "accept", "says"),
    [
        ([], None, "at least one"),
        (["Which moons?"], None, "not a str"),
        ("Which moons?", None, "a list of streams"),
        (3, None, "a list of streams"),
        ([says("Io").stream().pipe(sk.operators.text())], None, "not a Flow"),
        ([says("Io").stream()], "", "accept='': give a text"),
        ([says("Io").stream()], re.compile("x*"), "accept='x*'.*empty text"),
        ([says("Io").stream()], 7, "give a text, a compiled pattern"),
    ],
)
def test_wrong_options_raise_at_the_call(streams: Any, accept: Any, says: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=says.replace("*'", r"\*'")):
        sk.race(streams, accept=accept)
