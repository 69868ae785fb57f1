"""What conversations with every provider share: the registry's doors, three turns of answers, and their two tools."""

from __future__ import annotations

from typing import Any

import streamkit as sk
from streamkit.messages import Prompt
from streamkit.providers import PROVIDERS, find
from streamkit.providers.compatible import VENDORS
from streamkit.testing import Plan, plan
from tests.providers.answers import Calls
from tests.providers.doors import DOORS, KEY, Door

EVERY: dict[str, Door] = {
    **DOORS,
    **{vendor.name: DOORS["openai"] for vendor in VENDORS},
    **{name: DOORS["openai-responses"] for name in PROVIDERS if name.endswith("-responses")},
    "vertex": DOORS["google"],
}
"""Every provider of the registry, by its name and what tells two of its doors apart."""

HAVE_SDK = [
    name
    for name in EVERY
    if "sdk" in getattr(find(f"{name.partition(' ')[0]}/m")[0], "transports", ()) and name != "azure models"
]
"""Those that an SDK can open, too."""


def look_up(moon: str) -> str:
    """Look a moon up."""
    return moon


def ping() -> str:
    """Ping."""
    return "pong"


def turns(name: str) -> list[list[bytes]]:
    """Return the events of three turns, of which the first two call both tools."""
    door = EVERY[name]
    calls: list[Calls] = [((f"c{turn}0", "look_up", {"moon": "Io"}), (f"c{turn}1", "ping", {})) for turn in range(2)]
    return [door.everything(calls=calls[0]), door.everything(calls=calls[1]), door.events("Io ", "is hot.")]


def answers(name: str) -> list[Plan]:
    """Return the plans of three sound turns."""
    return [plan("none", events) for events in turns(name)]


def ask(name: str, address: str, *, prompt: Prompt = "a question", **given: Any) -> sk.Stream:
    """Make a conversation with a provider at a server of ours; its clocks have patience with a slow machine."""
    door = EVERY[name]
    model = f"{name.partition(' ')[0]}/{door.model}"
    given.setdefault("timeouts", sk.Timeouts(first=30, between=30))
    return sk.converse(model, prompt, tools=[look_up, ping], api_key=KEY, base_url=address + door.base, **given)
