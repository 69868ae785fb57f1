"""More streams at once than an HTTP library would open by itself."""

from __future__ import annotations

import asyncio

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, chat_events, plan

STREAMS = 120  # aiohttp stops at 100 connections unless it is told otherwise
EVENTS = chat_events("Io")


@pytest.mark.sdk
async def test_every_one_of_many_streams_is_open_at_the_same_time() -> None:
    with FaultServer(plan("stall", EVENTS, at=2)) as server:
        address = server.base_url + "/v1"
        streams = [sk.stream("openai/m", "?", base_url=address, api_key="many") for _ in range(STREAMS)]
        for stream in streams:
            stream.subscribe(on_error=lambda _: None)
        await asyncio.to_thread(server.wait_for, lambda: server.open_connections == STREAMS, 20)
        await asyncio.gather(*(stream.aclose() for stream in streams))
