"""Searches with a journal, as they were run on the code before the move; run again, they must ask nobody."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anthropic
import openai

import streamkit as sk
from streamkit.testing import (
    FaultTransport,
    Script,
    anthropic_events,
    chat_events,
    chat_tool_events,
    plan,
)
from tests.before.answers import Moon, look_up

ANSWERS = ("Io is hot.", "Europa hides an ocean.", "Titan has lakes.")


@dataclass
class Outcome:
    """What a row of searches found, and how many requests that took.

    Args:
        found: What each search accepted, in order: the text, and what was looked for in it.
        remembered: How many answers came from the journal.
        calls: How many requests the ledgers count.
        sent: How many requests have reached a script or a transport.
    """

    found: list[list[Any]] = field(default_factory=list[list[Any]])
    remembered: int = 0
    calls: int = 0
    sent: int = 0

    def add(self, result: sk.SearchResult) -> None:
        """Take down what one search found."""
        self.found.append([[each.response.content, value_of(each.value)] for each in result.accepted])
        self.remembered += result.ledger.remembered
        self.calls += result.ledger.calls


def value_of(value: Any) -> Any:
    """Return what was looked for as JSON, whatever its class is called."""
    if isinstance(value, Moon):
        return value.model_dump()
    return [value.name, value.args] if isinstance(value, sk.ToolCall) else [value.text, list(value.groups)]


def search_all(journal: Path) -> Outcome:
    """Run every search with one journal, each a different kind of candidate or of what is accepted.

    Args:
        journal: The journal's file.
    """
    outcome = Outcome()
    for accept in ("lakes", re.compile(r"(\w+) hides"), re.compile("no such moon")):
        _scripts(outcome, journal, [chat_events(each) for each in ANSWERS], accept=accept)
    _scripts(outcome, journal, [chat_events('{"name": "Io"}'), chat_events('{"name": "Io", "radius_km": 1821}')], Moon)
    called = [chat_events("I would not know."), chat_tool_events(("look_up", '{"moon": "Io"}'))]
    _scripts(outcome, journal, called, sk.as_tool(look_up), tools=[look_up], temperature=0.5)
    _scripts(outcome, journal, [chat_events(each) for each in ANSWERS], accept="Io", keep=2, finish=True)
    _over_http(outcome, journal)
    prompts = ["Where is Europa on its orbit?", "Which moons may hold life?"]
    options: dict[str, Any] = {"model": "replay/openai", "speed": math.inf, "concurrency": 1, "journal": journal}
    outcome.add(sk.search(prompts, accept="Enceladus", **options).run())
    return outcome


def _scripts(outcome: Outcome, journal: Path, answers: list[list[bytes]], accept: Any, **given: Any) -> None:
    search = {name: given.pop(name) for name in ("keep", "finish") if name in given}
    scripts = [Script(each) for each in answers]
    streams = [script.stream(f"Moon {at}?", **given) for at, script in enumerate(scripts)]
    outcome.add(sk.search(streams, accept=accept, concurrency=1, journal=journal, **search).run())
    outcome.sent += sum(script.opened for script in scripts)


def _over_http(outcome: Outcome, journal: Path) -> None:
    question = [sk.Messages.System("Be brief."), sk.Messages.User(["Which moon is this?", sk.ImagePart(b"\x89PNG")])]
    options: dict[str, Any] = {"max_tokens": 50, "stop": "\n", "tools": [look_up, _DICT], "concurrency": 1}
    for name in ("openai", "anthropic"):
        transport = FaultTransport(plan("none", (chat_events if name == "openai" else anthropic_events)("Io is hot.")))
        options |= {"model": f"{name}/m", "client": _client(name, transport), "journal": journal}
        outcome.add(sk.search([question, "Which moon?"], accept="hot", keep=2, **options).run())
        outcome.sent += len(transport.requests)


_DICT: dict[str, Any] = {
    "name": "get_orbit",
    "description": "Where a moon is now.",
    "parameters": {"type": "object", "properties": {}},
}


def _client(name: str, transport: FaultTransport) -> Any:
    if name == "openai":
        return openai.AsyncOpenAI(api_key="none", http_client=openai.DefaultAsyncHttpxClient(transport=transport))
    http: Any = anthropic.DefaultAsyncHttpxClient(transport=transport)
    return anthropic.AsyncAnthropic(api_key="none", http_client=http)
