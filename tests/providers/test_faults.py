"""Every fault, with every provider, through its real SDK, in async and in sync code."""

from __future__ import annotations

import pytest

import streamkit as sk
from streamkit.testing import FAULTS, FaultServer, Plan, plan
from tests.providers.doors import DOORS, Door, ask, every_door

pytestmark = pytest.mark.sdk

WORDS = [f"wörd{n} " for n in range(20)]
SOUND = {"none", "latency", "slow_bytes", "drip", "duplicate", "after_done", "bad_utf8", "idle_fin", "idle_reset"}
STATUS: dict[str, type[sk.StreamError]] = {
    "redirect": sk.ProviderError,
    "unauthorized": sk.AuthenticationFailed,
    "rate_limited": sk.RateLimited,
    "server_error": sk.ProviderError,
    "overloaded": sk.Overloaded,
}
BEFORE: dict[str, type[sk.StreamError]] = {
    **STATUS,
    "html": sk.MalformedError,
    "empty": sk.TruncatedError,
    "no_answer": sk.TransportError,
}
KINDS: dict[str, type[sk.StreamError]] = {
    **BEFORE,
    "keep_alives": sk.StalledError,
    "stall": sk.StalledError,
    "reset": sk.TransportError,
    "fin": sk.TransportError,
    "cut": sk.TruncatedError,
    "cut_inside": sk.TruncatedError,
    "no_finish": sk.TruncatedError,
    "garbage": sk.MalformedError,
    "bad_json": sk.MalformedError,
    "error_event": sk.ProviderError,
    "huge_line": sk.LimitExceeded,
    "gzip_bomb": sk.LimitExceeded,
}


AT = 12


def faulty(door: Door, fault: str) -> Plan:
    return plan(
        fault,
        door.events(*WORDS),
        at=AT,
        delay=0.001,
        size=16 * 2**20,
        error=door.error,
        is_end=lambda event: door.end in event,
        shape=door.shape,
    )


def opened(name: str, fault: str, server: FaultServer) -> sk.Stream:
    """Send a request, with short timeouts if nothing more will come."""
    between = 1 if KINDS.get(fault) is sk.StalledError else 30
    return ask(name, server, timeouts=sk.Timeouts(first=30, between=between))


def check(door: Door, fault: str, outcome: sk.Response | sk.StreamError) -> None:
    """Compare what a call ended in with what the fault must lead to, to the last character."""
    if fault == "after_done" and not door.terminated:  # no end has come behind what came last
        assert isinstance(outcome, sk.TruncatedError) and outcome.partial is not None, repr(outcome)
        assert outcome.partial.content == "".join([*WORDS, *WORDS[:2]])
        return
    if fault in SOUND:
        assert isinstance(outcome, sk.Response), repr(outcome)
        check_sound(door, fault, outcome)
        return
    assert isinstance(outcome, KINDS[fault]), repr(outcome)
    assert outcome.partial is not None
    arrived = {"no_finish": WORDS}.get(fault, [] if fault in BEFORE else WORDS[: AT - door.head])
    assert outcome.partial.state == "failed"
    if fault == "reset":  # TCP throws away what a reader has not fetched when the reset comes
        assert "".join(arrived).startswith(outcome.partial.content)
    else:
        assert outcome.partial.content == "".join(arrived)


def check_sound(door: Door, fault: str, response: sk.Response) -> None:
    hit = AT - door.head
    twice = fault == "duplicate" and not door.counts
    words = [*WORDS[: hit + 1], WORDS[hit], *WORDS[hit + 1 :]] if twice else WORDS
    if fault == "bad_utf8":
        assert "\ufffd" in response.content
    else:
        assert response.content == "".join(words)
    assert (response.state, response.input_tokens, response.output_tokens) == ("complete", 7, 20)


@pytest.mark.parametrize("fault", sorted(FAULTS))
@every_door
async def test_in_async_code(name: str, fault: str) -> None:
    with FaultServer(faulty(DOORS[name], fault)) as server:
        try:
            outcome: sk.Response | sk.StreamError = await opened(name, fault, server)
        except sk.StreamError as error:
            outcome = error
    check(DOORS[name], fault, outcome)


@pytest.mark.parametrize("fault", sorted(FAULTS))
@every_door
def test_in_sync_code(name: str, fault: str) -> None:
    with FaultServer(faulty(DOORS[name], fault)) as server:
        try:
            outcome: sk.Response | sk.StreamError = opened(name, fault, server).run()
        except sk.StreamError as error:
            outcome = error
    check(DOORS[name], fault, outcome)
