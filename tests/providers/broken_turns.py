"""Conversations of which one turn breaks at one event, by the hundred on one loop in virtual time, without a socket."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import streamkit as sk
from streamkit.providers import CallSpec, Request, find
from streamkit.testing import FaultTransport, Plan, plan
from streamkit.testing.in_process import Request as Received
from tests.providers.accepted import complaints
from tests.providers.conversing import EVERY, turns
from tests.providers.doors import KEY

_NUMBERS = itertools.count()

INSIDE = ("cut", "stall", "error_event", "cut_inside", "fin", "reset", "bad_json")
"""The faults of an answer behind some of its events; the first three are tried at every event always."""

REFUSALS = ("unauthorized", "rate_limited", "server_error", "overloaded", "no_answer", "empty", "html")
"""What comes in place of an answer."""

CLOCKS = sk.Timeouts(first=60, between=60)

NO_CLOCKS = sk.Timeouts(first=None, between=None)

ADDRESS = "http://127.0.0.1:9"

GO_ON = "Go on."


@dataclass(frozen=True)
class Break:
    """Where and how a conversation breaks: the fault, the turn, and the events of that turn before it."""

    fault: str
    turn: int = 0
    at: int = 0


SOUND = Break("none")


def breaks(name: str, faults: Sequence[str] = INSIDE) -> list[Break]:
    """Return the breaks of a provider's conversation: every refusal of every turn, and the faults at every event."""
    found = [Break(fault, turn) for turn in range(3) for fault in REFUSALS]
    for turn, events in enumerate(turns(name)):
        for fault in faults:
            damages = fault in ("cut_inside", "bad_json")
            found += [Break(fault, turn, at) for at in range(len(events) + (not damages))]
    return found


class Server:
    """Plays the turns of many conversations, each with its break, and checks what it is sent.

    Args:
        name: The provider, as in ``EVERY``.
        cases: The breaks, of one conversation each.
    """

    def __init__(self, name: str, cases: Sequence[Break]) -> None:
        self.door = EVERY[name]
        self.turns = turns(name)
        self.cases = cases
        self.broken: set[int] = set()
        self.complaints: list[str] = []
        key = f"broken-{next(_NUMBERS)}"
        sk.register_provider(key, _InProcess(name.partition(" ")[0], FaultTransport(self._answer)))
        self.model = f"{key}/{self.door.model}"

    def _answer(self, request: Received) -> Plan:
        numbered = re.search(rb"case (\d+)", request.body)
        assert numbered is not None
        case = self.cases[number := int(numbered[1])]
        try:
            found = complaints(request.json())
        except (AssertionError, LookupError, TypeError) as error:  # raised here, it would be an error of the transport
            found = [f"{error!r} in {request.body!r}"]
        self.complaints += [f"{case}: {each}" for each in found]
        turn = 2 if GO_ON.encode() in request.body else sum(each in request.body for each in (b"c00", b"c10"))
        if turn != case.turn or number in self.broken:
            return plan("none", self.turns[turn])
        self.broken.add(number)
        return plan(case.fault, self.turns[turn], at=case.at, error=self.door.error, shape=self.door.shape)

    def may_go_on(self, case: Break) -> tuple[bool, ...]:
        """Return whether a conversation may go on behind its break; both where the format's decoder decides."""
        if case.fault in REFUSALS:
            return (False,)
        events = self.turns[case.turn]
        proof = next(at for at, event in enumerate(events) if self.door.end in event.replace(b'": ', b'":'))
        if case.at <= proof or not (self.door.terminated or case.fault == "cut"):
            return (False,)
        return (False, True) if case.fault in ("error_event", "bad_json") else (True,)


class _InProcess(sk.Provider):
    """A provider whose requests go to a transport in this process; it has the provider's own name."""

    def __init__(self, name: str, transport: FaultTransport) -> None:
        self.name = name
        self._real, _ = find(f"{name}/m")
        self._transport = transport

    def request(self, ask: CallSpec) -> Request:
        return self._real.request(replace(ask, network=self._network))

    def _network(self, _: object) -> FaultTransport:
        return self._transport


@dataclass
class Outcome:
    """What became of a conversation: the calls that ran, what its reader saw, and how it ended."""

    ran: list[str]
    seen: str
    response: sk.Response
    error: sk.StreamError | None


_ran: ContextVar[list[str]] = ContextVar("ran")


async def look_up(moon: str, context: sk.ToolContext) -> str:
    """Look a moon up."""
    _ran.get().append(str(context.call_id))
    return moon


async def ping(context: sk.ToolContext) -> str:
    """Ping."""
    _ran.get().append(str(context.call_id))
    return "pong"


TOOLS = [sk.as_tool(look_up), sk.as_tool(ping)]
PURE = [sk.as_tool(look_up, pure=True), sk.as_tool(ping, pure=True)]


async def converse(server: Server, number: int, *, leave_at: int | None = None, **options: Any) -> Outcome:
    """Have the conversation of a case, and go on with its history.

    Args:
        server: The server.
        number: The case's number.
        leave_at: Number of chunks after which the reader leaves; None to read to the end.
        options: Options of the conversation.
    """
    ran: list[str] = []
    _ran.set(ran)
    given: dict[str, Any] = {"api_key": KEY, "base_url": ADDRESS + server.door.base}
    given |= {"tools": TOOLS, "timeouts": CLOCKS, **options}
    stream = sk.converse(server.model, f"case {number}.", **given)
    seen: list[str] = []
    error: sk.StreamError | None = None
    try:
        async for chunk, _ in stream:
            seen.append(chunk.content if chunk.index == 0 else "")
            if len(seen) == leave_at:
                break
        await stream.aclose()
    except sk.StreamError as caught:
        error = caught
    response = stream.response if error is None else error.partial
    assert response is not None
    outcome = Outcome(list(ran), "".join(seen), response, error)
    following = await sk.converse(server.model, [*response.history, sk.Messages.User(GO_ON)], **given)
    assert (following.state, ran) == ("complete", outcome.ran), "what has run ran again"
    return outcome


def wrong(server: Server, case: Break, outcome: Outcome, sound: Outcome) -> list[str]:
    """List what is wrong with the outcome of a conversation whose turns are asked for once.

    Args:
        server: The server that has played it.
        case: Its break.
        outcome: What became of it.
        sound: What becomes of the same conversation without a break.
    """
    went_on = outcome.error is None
    found = wrong_anyway(case, outcome, sound)
    if went_on not in server.may_go_on(case):
        found.append(f"{case} went on: {went_on}: {outcome}")
    if outcome.ran != sound.ran[: 4 if went_on else 2 * case.turn]:
        found.append(f"{case}: {outcome.ran} ran")
    return found


def wrong_anyway(case: Break, outcome: Outcome, sound: Outcome) -> list[str]:
    """List what is wrong with the outcome of a conversation whose turns may be retried, or whose tools are pure."""
    response, went_on = outcome.response, outcome.error is None
    whole = 3 if went_on else case.turn
    states = ["complete"] * whole + ([] if went_on else ["failed"])
    same = {
        "the tools that ran": len(set(outcome.ran)) == len(outcome.ran) and {*sound.ran[: 2 * whole]} <= {*outcome.ran},
        "what the reader saw": outcome.seen == response.content and sound.seen.startswith(outcome.seen),
        "the states": ([turn.state for turn in response.turns], response.state) == (states, states[-1]),
        "the history before": response.history[1 : 1 + 3 * whole] == sound.response.history[1 : 1 + 3 * whole],
        "what results claim": all(is_true(each, outcome.ran) for each in response.tool_results),
    }
    return [f"{case}: {what}: {outcome}" for what, holds in same.items() if not holds]


def is_true(result: sk.ToolResult, ran: Sequence[str]) -> bool:
    """Return whether a result claims nothing false of its call.

    Args:
        result: The result.
        ran: The ids of the calls that have run.
    """
    if result.state == "unknown":
        return True
    return (result.call.id in ran) == (result.state != "not_run")
