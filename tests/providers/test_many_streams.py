"""More streams at once than an HTTP library would open by itself."""

from __future__ import annotations

import asyncio

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, chat_events, plan

STREAMS = 120  # more than aiohttp's default limit of 100 connections
EVENTS = chat_events("Io")


@pytest.mark.sdk
async def test_every_one_of_many_streams_is_open_at_the_same_time() -> None:
    with FaultServer(plan("stall", EVENTS, at=2)) as server:
        address = server.base_url + "/v1"
        streams = [sk.stream("openai/m", "?", base_url=address, api_key="many") for _ in range(STREAMS)]
        for stream in streams:
            stream.subscribe(on_error=lambda _: None)
        try:
            await asyncio.to_thread(server.wait_for, lambda: server.open_connections == STREAMS, 60)
        finally:
            await asyncio.wait_for(asyncio.gather(*(stream.aclose() for stream in streams)), 60)


@pytest.mark.sdk
@pytest.mark.parametrize("turns", [0, 1, 3, 10, 30, 100, 300])
async def test_streams_that_are_left_while_they_are_opened_end_at_once(turns: int) -> None:
    with FaultServer(plan("stall", EVENTS, at=2)) as server:
        streams = [sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="many") for _ in range(40)]
        for stream in streams:
            stream.subscribe(on_error=lambda _: None)
        for _ in range(turns):
            await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(*(stream.aclose() for stream in streams)), 60)
        assert {stream.state for stream in streams} == {"stopped"}
        await asyncio.to_thread(server.wait_for, lambda: server.open_connections == 0)
