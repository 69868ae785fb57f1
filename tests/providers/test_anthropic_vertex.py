"""Anthropic's models on Vertex: through a client of Anthropic's SDK, async or sync."""

from __future__ import annotations

from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, anthropic_events, plan

pytestmark = pytest.mark.sdk

SET = {"region": "europe-west1", "project_id": "moons", "access_token": "a-token-of-google"}


def check(response: sk.Response, server: FaultServer) -> None:
    (request,) = server.requests
    assert (response.content, response.state) == ("Europa", "complete")
    assert request.path.startswith("/v1/projects/moons/locations/europe-west1/publishers/anthropic/models/")
    assert request.headers["authorization"] == "Bearer a-token-of-google"


async def test_an_async_client_is_taken_as_it_is() -> None:
    anthropic: Any = pytest.importorskip("anthropic")
    with FaultServer(plan("none", anthropic_events("Euro", "pa"))) as server:
        async with anthropic.AsyncAnthropicVertex(**SET, base_url=f"{server.base_url}/v1") as client:
            check(await sk.stream("anthropic/claude-haiku-4-5", "?", client=client), server)


def test_a_sync_clients_settings_are_copied_to_an_async_one() -> None:
    anthropic: Any = pytest.importorskip("anthropic")
    vertex = anthropic.AnthropicVertex
    answers = FaultServer(plan("none", anthropic_events("Euro", "pa")))
    with answers as server, vertex(**SET, base_url=f"{server.base_url}/v1") as client:
        check(sk.stream("anthropic/claude-haiku-4-5", "?", client=client).run(), server)
