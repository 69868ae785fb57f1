"""On real sockets, through the real SDK: every loser is closed at the server, and nothing is left whatever happens."""

from __future__ import annotations

import asyncio
import json
import math
import re
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import openai
import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan, assert_closed, chat_event, chat_events, plan
from streamkit.testing.faults import Forever, Send, Wait
from streamkit.testing.in_process import Request

pytestmark = pytest.mark.sdk

ENDLESS = Plan(steps=(Send(chat_event({"content": "word "})), Forever(chat_event({"content": "word "}), every=0.2)))
SILENT = Plan(steps=(Send(chat_event({"content": "word "})), Wait(math.inf)))
NOT_EVEN_A_HEAD = Plan(latency=60)
GOOD = Plan(steps=(Wait(0.3), *map(Send, chat_events("Euro", "pa"))))


def prompt_of(request: Request) -> str:
    return request.json()["messages"][-1]["content"]


def by_prompt(plans: dict[str, Plan], default: Plan) -> Callable[[Request], Plan]:
    return lambda request: plans.get(prompt_of(request), default)


class Asking:
    """Makes streams of one server, through a client whose connections are all closed with it."""

    def __init__(self, server: FaultServer) -> None:
        # Without a clock of its own: it gives up a connection that a busy machine has not made in 5 seconds.
        self.client = openai.AsyncOpenAI(api_key="test-key", base_url=f"{server.base_url}/v1", timeout=None)

    async def __aenter__(self) -> Asking:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    def __call__(self, prompt: object, **params: Any) -> sk.Stream:
        return sk.stream("openai/m", str(prompt), client=self.client, **params)


async def warmed_up(server: FaultServer) -> None:
    """Let the loop's own threads and the SDK be there before anything is counted."""
    async with Asking(server) as ask:
        await ask("good")


@pytest.mark.parametrize("others", [ENDLESS, SILENT, NOT_EVEN_A_HEAD], ids=["endless", "silent", "not begun"])
async def test_of_64_the_right_one_wins_and_every_loser_is_closed_at_the_server(others: Plan) -> None:
    prompts: list[str] = []

    def choose(request: Request) -> Plan:
        prompts.append(prompt_of(request))
        return GOOD if prompts[-1] == "good" or len(prompts) == 65 else others  # the last candidate

    with FaultServer(choose) as server:
        await warmed_up(server)
        async with assert_closed(), Asking(server) as ask:
            found = await sk.race([ask(at, max_tokens=100) for at in range(64)], accept="Europa")
            assert found and (str(found.winner), found.value.text) == (prompts[64], "Europa")
            await found.closed()
            left = await server.until_closed(64)
        losers = [row for row in found.ledger if row.index != found.winner]
        assert {prompt_of(exchange.request) for exchange in left} >= {str(row.index) for row in losers}
        assert server.open_connections == 0
        assert found.ledger.calls == len(server.exchanges) - 1 == 64
        assert {row.verdict for row in losers} == {"stopped"}
        assert all(row.close_ms is not None for row in found.ledger)
        assert all(row.saved is not None and row.usage is not None for row in losers)


async def test_a_thousand_at_32_are_never_more_than_32_at_the_server_and_every_figure_is_the_servers() -> None:
    watch = Watch(by_prompt({}, plan("none", chat_events("Io is hot, ", "Europa is not"))))
    with FaultServer(watch.choose) as server:
        watch.server = server
        async with Asking(server) as ask:
            candidates = (ask(at) for at in range(1000))
            found = await sk.search(candidates, accept="Titan", concurrency=32)
            await found.closed()
    assert 1 < watch.most <= 32  # how near it comes to 32 is the speed of the machine
    ledger = found.ledger
    assert (found.ended_by, ledger.count("rejected"), ledger.calls) == ("exhausted", 1000, len(server.exchanges))
    assert (ledger.input_tokens, ledger.output_tokens) == (7 * 1000, 2 * 1000)
    assert ledger.usage is not None and ledger.usage.source == "provider"


class Watch:
    """Counts, whenever a request comes, how many the server is answering."""

    def __init__(self, choose: Callable[[Request], Plan]) -> None:
        self.server: FaultServer | None = None
        self.most = 0
        self._choose = choose

    def choose(self, request: Request) -> Plan:
        assert self.server is not None
        open_ones = sum(not (each.finished or each.closed_by_client_at) for each in self.server.exchanges[-200:])
        self.most = max(self.most, open_ones + 1)
        return self._choose(request)


async def test_concurrency_holds_where_candidates_are_stopped_and_fail_too() -> None:
    kinds = [ENDLESS, plan("none", chat_events("Io")), plan("reset", chat_events("Io", "Titan")), plan("server_error")]
    watch = Watch(lambda request: kinds[int(prompt_of(request)) % 4])
    with FaultServer(watch.choose) as server:
        watch.server = server
        async with Asking(server) as ask:
            candidates = (ask(at) for at in range(200))
            found = await sk.search(
                candidates, accept="word", keep=50, concurrency=16, retries=0, budget=sk.Budget(seconds=60)
            )
            await found.closed()
    assert (found.ended_by, len(found.accepted), watch.most <= 16) == ("accepted", 50, True)
    assert found.ledger.calls - 16 <= len(server.exchanges) <= found.ledger.calls  # some were on their way


@pytest.mark.parametrize("how", ["cancel", "accept", "candidates", "finish"])
async def test_whatever_ends_it_nothing_is_left(how: str) -> None:
    good = Plan(steps=(Wait(0.1), *map(Send, chat_events("Europa", finish=None)[:2]), Wait(math.inf)))
    with FaultServer(by_prompt({"3": good, "good": GOOD}, SILENT)) as server:
        await warmed_up(server)
        async with assert_closed(), Asking(server) as ask:
            searching = asyncio.ensure_future(_searched(how, ask))
            if how in ("cancel", "finish"):
                await asyncio.to_thread(server.wait_for, lambda: len(server.exchanges) >= 8)
                await asyncio.sleep(0.3)
                searching.cancel()
            with pytest.raises((asyncio.CancelledError, LookupError)):
                await searching
            await server.until_closed(8)
        await asyncio.to_thread(server.wait_for, lambda: server.open_connections == 0)


async def _searched(how: str, ask: Asking) -> sk.SearchResult:
    def accept(response: sk.Response) -> bool:
        if how == "accept" and "Europa" in response.content:
            raise LookupError
        return "Europa" in response.content

    async def candidates() -> AsyncIterator[sk.Stream]:
        for at in range(100):
            if how == "candidates" and at == 8:
                await asyncio.sleep(0.3)
                raise LookupError
            yield ask(at)

    width = 9 if how == "candidates" else 8
    return await sk.search(candidates(), accept=accept, keep=2, concurrency=width, finish=how == "finish")


def test_a_race_without_a_loop_of_its_own_closes_its_losers_before_it_returns() -> None:
    with FaultServer(by_prompt({"3": GOOD}, SILENT)) as server:
        params: dict[str, Any] = {"base_url": f"{server.base_url}/v1", "api_key": "test-key"}
        found = sk.race([sk.stream("openai/m", str(at), **params) for at in range(8)], accept="Europa").run()
        assert found.winner == 3
        assert {prompt_of(each.request) for each in server.wait_closed(7)} >= {*map(str, range(8))} - {"3"}


async def test_a_hedge_over_two_servers_leaves_the_slow_one() -> None:
    with FaultServer(NOT_EVEN_A_HEAD) as slow, FaultServer(plan("none", chat_events("Europa"))) as quick:
        async with Asking(slow) as first, Asking(quick) as second:
            found = await sk.hedge([first("?"), second("?")], after=0.1)
            assert found.response is not None
            assert (found.winner, found.response.content, found.response.state) == (1, "Europa", "complete")
            await found.closed()
            await slow.until_closed()


async def test_a_first_match_closes_the_one_stream_that_is_looked_through() -> None:
    word = chat_event({"content": "word "})
    with FaultServer(Plan(steps=(Send(word), Send(word), Forever(word, every=60)))) as server:
        async with Asking(server) as ask:
            found = await sk.find(ask("?"), re.compile(r"(word ){3}"))
            assert (found.text, found.response.state) == ("word word word ", "stopped")
            assert (await server.until_closed())[0].events_sent == 3


class Storm:
    """A provider that refuses everybody for a while, whenever it has let so many in."""

    def __init__(self, allowed: int, *, brake: float) -> None:
        self.allowed = allowed
        self.refused = 0
        self._brake = brake
        self._let_in = 0
        self._until: float | None = None
        self._lock = threading.Lock()
        body = json.dumps({"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}).encode()
        headers = (("content-type", "application/json"), ("retry-after-ms", str(brake * 1000)))
        self._refusal = Plan(status=429, headers=headers, steps=(Send(body),))

    def choose(self, _: Request) -> Plan:
        with self._lock:
            now = time.monotonic()
            if self._let_in == self.allowed:
                self._let_in, self._until = 0, now + self._brake
            if self._until is not None and now < self._until:
                self.refused += 1
                return self._refusal
            self._let_in += 1
        return plan("none", chat_events("Io"))


@pytest.mark.parametrize("limits", [None, sk.Limits(concurrency=16)], ids=["by itself", "limited"])
async def test_a_storm_of_refusals_ends_and_every_request_is_in_the_ledger(limits: sk.Limits | None) -> None:
    storm = Storm(40, brake=0.5)
    with FaultServer(storm.choose) as server:
        params: dict[str, Any] = {"base_url": f"{server.base_url}/v1", "api_key": "test-key"}
        found = await sk.search(
            map(str, range(100)), accept="Europa", model="openai/m", concurrency=32, retries=8, limits=limits, **params
        )
        await found.closed()
    assert storm.refused > 0
    assert found.ledger.count("rejected") == 100
    assert found.ledger.calls == len(server.exchanges) == 100 + storm.refused
    assert found.ledger.output_tokens == 100
    assert storm.refused < 200  # one refusal brakes all of them
