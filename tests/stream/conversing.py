"""What the tests of conversations share: a scripted provider, a tool that counts its runs, and valid histories."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, cast

import streamkit as sk
from streamkit.testing import Script, ScriptedProvider, chat_event, chat_events, chat_tool_events

_NUMBERS = itertools.count()

USAGE = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}


class Ran(list[str]):
    """The moons that the tool was run for, in order."""

    def orbit(self, moon: str) -> str:
        """Look up how long a moon takes."""
        self.append(moon)
        return f"{moon}: 1.8 days"


def calls(*moons: str, name: str = "orbit", text: str = "") -> list[bytes]:
    """Write an answer that looks moons up."""
    events = chat_tool_events(*((name, f'{{"moon": "{moon}"}}') for moon in moons))
    words = [chat_event({"content": text})] if text else []
    return [*events[:1], *words, *events[1:-1], chat_event(None, usage=USAGE), events[-1]]


ANSWER = chat_events("Io takes ", "1.8 days.")


def provider(*scripts: Script | Iterable[Any], **options: Any) -> tuple[str, ScriptedProvider]:
    """Register a provider that plays these scripts; return the model string and the provider."""
    name = f"conversing-{next(_NUMBERS)}"
    made = ScriptedProvider(*scripts, name=name, **options)
    sk.register_provider(name, made)
    return f"{name}/small", made


def is_valid(history: Sequence[Any]) -> bool:
    """Whether each call of each assistant's message has one answer behind it, and nothing else has."""
    waiting: list[str] = []
    for message in history:
        fields = cast("dict[str, Any]", message if isinstance(message, dict) else {"role": message.role})
        if fields["role"] == "tool":
            if fields["tool_call_id"] not in waiting:
                return False
            waiting.remove(fields["tool_call_id"])
        elif waiting:
            return False
        waiting += [call["id"] for call in fields.get("tool_calls") or ()]
    return not waiting


def roles(history: Sequence[Any]) -> list[str]:
    """Return the roles of messages."""
    return [each["role"] if isinstance(each, dict) else each.role for each in history]
