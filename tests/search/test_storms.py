"""Storms of refusals: they end, within the limits, and nothing is sent while the provider says to wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

import streamkit as sk
from streamkit.providers import CallSpec, Connection
from streamkit.testing import chat_events
from streamkit.wire import Decoder, open_decoder

from .scripts import in_virtual_time, searched

PAUSE = 10.0


class Answer:
    """A short answer."""

    request_id = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await asyncio.sleep(0.5)
        for event in chat_events("Io"):
            yield event

    def shut_down(self) -> None:
        """There is no socket."""

    async def aclose(self) -> None:
        """There is nothing to close."""


class Provider:
    """Lets so many requests in within a minute and refuses the others, for ten seconds each time."""

    provider: str = "strict"

    def __init__(self, allowed: int, limits: sk.Limits | None) -> None:
        self.ask = CallSpec(model="strict", messages=({"role": "user", "content": "?"},), limits=limits)
        self.allowed = allowed
        self.let_in: list[float] = []
        self.refused: list[float] = []

    def decoder(self) -> Decoder:
        return open_decoder("openai.chat")

    def load(self) -> None:
        """Nothing needs to be imported."""

    async def open(self) -> Connection:
        now = asyncio.get_running_loop().time()
        if sum(each > now - 60 for each in self.let_in) >= self.allowed:
            self.refused.append(now)
            raise sk.RateLimited("slow down", retry_after=PAUSE)
        self.let_in.append(now)
        return cast("Connection", Answer())

    def error(self, error: Exception) -> sk.StreamError:
        return error if isinstance(error, sk.StreamError) else sk.TransportError(str(error))


def storm(provider: Provider, many: int, **options: Any) -> sk.SearchResult:
    found = in_virtual_time(lambda: searched((sk.Stream(provider) for _ in range(many)), concurrency=32, **options))
    assert found.ledger.calls == len(provider.let_in) + len(provider.refused)
    return found


@pytest.mark.parametrize("rpm", [7, 60])
def test_within_the_limits_nothing_is_ever_refused(rpm: int) -> None:
    provider = Provider(rpm, sk.Limits(rpm=rpm))
    found = storm(provider, 200)
    assert (found.ledger.count("rejected"), provider.refused) == (200, [])
    assert provider.let_in[-1] <= (200 // rpm + 1) * 60


def test_one_refusal_holds_all_that_share_the_limits() -> None:
    provider = Provider(60, sk.Limits())
    found = storm(provider, 300, retries=20)
    assert (found.ledger.count("rejected"), len(provider.let_in)) == (300, 300)
    sent = sorted(provider.let_in + provider.refused)
    for refusal in provider.refused:
        assert not [each for each in sent if refusal < each < refusal + PAUSE]


def test_those_that_share_nothing_end_too_and_every_refusal_is_counted() -> None:
    provider = Provider(60, None)
    found = storm(provider, 300, retries=3)
    assert found.ledger.count("rejected") + found.ledger.count("failed") == 300
    assert all(row.calls <= 4 for row in found.ledger)
    assert len(provider.refused) <= 300 * 4


def test_a_provider_that_refuses_for_ever_is_given_up() -> None:
    provider = Provider(0, sk.Limits())
    found = storm(provider, 40, retries=2)
    assert (found.ledger.count("failed"), len(provider.refused)) == (40, 120)
    assert found.ledger.calls == 120
