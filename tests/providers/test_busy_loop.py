"""A loop that was kept busy for longer than a clock allows: what has arrived meanwhile is content and no stall."""

from __future__ import annotations

import time

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, plan
from tests.providers.doors import DOORS, ask, every_door

pytestmark = pytest.mark.sdk

BETWEEN = 0.1


@every_door
async def test_what_arrived_while_the_loop_was_busy_is_read_before_the_clock_is_checked(name: str) -> None:
    words = [f"word{at} " for at in range(5)]
    answer = plan("none", DOORS[name].events(*words), every=0.01)
    with FaultServer(answer) as server:
        stream = ask(name, server, timeouts=sk.Timeouts(first=30, between=BETWEEN))
        busy: list[bool] = []

        def keep_busy(chunk: sk.Chunk) -> None:
            if chunk.content and not busy:
                busy.append(True)
                server.wait_for(lambda: server.exchanges[0].finished)
                time.sleep(2 * BETWEEN)  # noqa: TID251 - it is to block the loop

        stream.subscribe(keep_busy, on_error=lambda _: None)
        response = await stream
    assert (response.content, response.state) == ("".join(words), "complete")
