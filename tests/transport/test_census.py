"""What a thousand requests leave behind, over each HTTP library: nothing."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest

from streamkit.testing import FaultServer, Plan, assert_closed, plan
from streamkit.testing.faults import Send, Wait
from streamkit.testing.in_process import Request
from streamkit.transport import attempt
from tests.transport.clients import fetch, library, send

__all__ = ["library"]

pytestmark = pytest.mark.usefixtures("library")

EVENTS = [b"data: %d\n\n" % at for at in range(20)]
PLANS = {
    "sound": plan("none", EVENTS),
    "slow": plan("none", EVENTS, every=0.001),
    "refused": Plan(429, (), (Send(b"{}"),)),
    "cut": plan("cut", EVENTS),
    "reset": plan("reset", EVENTS, at=5),
    "lost": plan("no_answer"),
    "silent": Plan(steps=(Send(EVENTS[0]), Wait(3600))),
}


def choose(request: Request) -> Plan:
    return PLANS[request.path.rpartition("/")[2]]


async def request(url: str, rng: random.Random) -> None:
    """Send one request and leave it in one of several ways; whatever fails is allowed to."""
    name = rng.choice(list(PLANS))
    with attempt(), contextlib.suppress(Exception):
        if name not in ("slow", "silent"):
            await fetch(f"{url}/{name}")
            return
        sending = asyncio.create_task(send(f"{url}/{name}"))
        if rng.random() < 0.3:
            await asyncio.sleep(rng.random() / 500)
            sending.cancel()
        answer = await sending
        await anext(aiter(answer))
        if rng.random() < 0.5:
            await asyncio.to_thread(answer.shut_down)
        await answer.aclose()


async def test_a_thousand_requests_leave_no_socket_no_task_and_no_thread() -> None:
    rng = random.Random(7)

    async def thousand(url: str) -> None:
        for _ in range(25):
            await asyncio.gather(*(request(url, rng) for _ in range(40)), return_exceptions=True)
        assert await fetch(f"{url}/sound") == b"".join(EVENTS)

    with FaultServer(choose) as server:
        async with assert_closed():
            await asyncio.to_thread(lambda: asyncio.run(thousand(server.base_url)))
        await asyncio.to_thread(server.wait_for, lambda: server.open_connections == 0)
