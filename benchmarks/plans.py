"""What a benchmark's server is to send: a plan, which travels in the request as the model's name."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

Kind = Literal["text", "padded", "tools", "stamps", "recorded"]

_WORDS = (
    "Europa",
    " has",
    " an",
    " ocean",
    " under",
    " kilometres",
    " of",
    " ice",
    ",\n",
    ' "perhaps"',
    " é Mars",
    ".",
)
_PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_HEAD: dict[str, Any] = {
    "id": "chatcmpl-C3kq0S7WnYlqzM5hR2uVbXtPfEgDa",
    "object": "chat.completion.chunk",
    "created": 1760000000,
    "model": "gpt-5-mini-2025-08-07",
    "service_tier": "default",
    "system_fingerprint": None,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """One answer.

    Args:
        kind: ``text``; ``padded``, with OpenAI's random ``obfuscation`` at the end of every event; ``tools``, the
            deltas of one tool call; ``stamps``, text that says when it was sent; ``recorded``, drawn from a recording.
        events: Number of events with a delta.
        group: Number of events in one write.
        gap: Seconds between two writes.
        stall: Events after which nothing more is sent; 0 for never.
        begin: Time to send the first of them, in seconds of ``time.monotonic``; 0 for at once.
        tag: The name under which the server keeps what it saw of this answer.
        source: Number of the recording that a ``recorded`` answer is drawn from.
    """

    kind: Kind = "text"
    events: int = 1
    group: int = 1
    gap: float = 0.0
    stall: int = 0
    begin: float = 0.0
    tag: str = ""
    source: int = 0

    @property
    def model(self) -> str:
        """The model's name that asks for this.

        >>> Plan.parse(Plan(events=7).model)
        Plan(kind='text', events=7, group=1, gap=0.0, stall=0, begin=0.0, tag='', source=0)
        """
        return urlencode(asdict(self))

    @classmethod
    def parse(cls, model: str) -> Plan:
        """Read a plan from a model's name."""
        kinds: dict[str, Any] = {name: type(value) for name, value in asdict(cls()).items()}
        return cls(**{name: kinds[name](value) for name, value in parse_qsl(model)})


def event(delta: dict[str, Any], *, reason: str | None = None, padding: str | None = None) -> bytes:
    """Write one event as OpenAI does.

    Args:
        delta: Fields of the delta.
        reason: The finish reason.
        padding: OpenAI's noise.
    """
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    body = {**_HEAD, "choices": [choice], "usage": None}
    if padding is not None:
        body["obfuscation"] = padding
    return _written(body)


@cache
def body(kind: Kind, events: int) -> tuple[tuple[bytes, ...], bytes]:
    """Write the events of a whole answer, and apart from them its end.

    Args:
        kind: As in ``Plan``.
        events: Number of events with a delta.
    """
    noise = random.Random(events)
    if kind == "tools":
        return _tools(events, noise), _end("tool_calls")
    padded = kind == "padded"
    deltas = [noise.choice(_WORDS) for _ in range(events)]
    return tuple(event({"content": delta}, padding=_padding(noise) if padded else None) for delta in deltas), _end(
        "stop"
    )


def beginning() -> bytes:
    """Write the event with which every answer begins."""
    return event({"role": "assistant", "content": "", "refusal": None})


def _tools(events: int, noise: random.Random) -> tuple[bytes, ...]:
    """Write one tool call whose arguments come in deltas; the first event names it."""
    text = json.dumps({"moons": [noise.choice(_WORDS).strip() for _ in range(events)]}, ensure_ascii=False)
    cuts = [len(text) * at // events for at in range(events + 1)]
    head = {"index": 0, "id": "call_x7Kd0", "type": "function", "function": {"name": "look_up", "arguments": ""}}
    deltas = [{"index": 0, "function": {"arguments": text[a:b]}} for a, b in pairwise(cuts)]
    return tuple(event({"tool_calls": [call]}) for call in (head, *deltas))


def _end(reason: str) -> bytes:
    usage = {"prompt_tokens": 9, "completion_tokens": 90, "total_tokens": 99}
    return event({}, reason=reason) + _written({**_HEAD, "choices": [], "usage": usage}) + b"data: [DONE]\n\n"


def _padding(noise: random.Random) -> str:
    return "".join(noise.choices(_PADDING, k=noise.randrange(1, 14)))


def _written(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
