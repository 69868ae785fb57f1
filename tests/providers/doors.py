"""Every provider as the tests ask it: where its address begins on a server of ours, and what its answers look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import (
    AWS,
    NDJSON,
    SSE,
    FaultServer,
    Shape,
    anthropic_events,
    bedrock_error,
    bedrock_events,
    chat_events,
    cohere_events,
    gemini_events,
    ollama_lines,
    responses_events,
)
from tests.packages import missing
from tests.providers import answers

KEY = "test-key-1234"


@dataclass(frozen=True)
class Door:
    """One provider.

    Args:
        events: Makes the events of a whole answer of a few texts.
        head: How many events come before the first text.
        end: What only the event that proves the end holds.
        error: The event that tells of an error inside an answer.
        everything: Makes the answer of ``answers`` in this wire.
        base: What follows the server's address.
        model: The model's name, where it decides something.
        shape: How the wire writes what faults damage.
        counts: Its events are numbered, so that one which comes twice is known.
        weaves: Its wire can tell two calls in turns.
        usage_details: The figures of usage that its wire has beside those of input and output.
        terminated: An event says that nothing more comes; else only the end of the body does.
    """

    events: Callable[..., list[bytes]]
    head: int
    end: bytes
    error: bytes
    everything: Callable[..., list[bytes]]
    base: str = ""
    model: str = "m"
    shape: Shape = SSE
    counts: bool = False
    weaves: bool = True
    usage_details: frozenset[str] = frozenset({"cached", "reasoning"})
    terminated: bool = True


_CHAT_ERROR = b'data: {"error":{"message":"The server had an error.","type":"server_error","code":null}}\n\n'
_ANTHROPIC_ERROR = (
    b'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"The server had an error."}}\n\n'
)


def _chat(base: str = "/v1", model: str = "m") -> Door:
    return Door(chat_events, 1, b'"finish_reason":"', _CHAT_ERROR, answers.chat, base, model)


def _anthropic(model: str = "m") -> Door:
    return Door(anthropic_events, 2, b'"stop_reason":"', _ANTHROPIC_ERROR, answers.anthropic, model=model)


DOORS: dict[str, Door] = {
    "openai": _chat(),
    "openai-responses": Door(
        responses_events,
        4,
        b'"response.completed"',
        b'event: error\ndata: {"type":"error","code":"server_error","message":"The server had an error."}\n\n',
        answers.of_responses,
        "/v1",
        counts=True,
    ),
    "azure v1": _chat("/openai/v1"),
    "azure models": _chat("/models"),
    "groq": _chat("/openai/v1"),
    "mistral": _chat(),
    "litellm-proxy": _chat(),
    "anthropic": _anthropic(),
    "cohere": Door(
        cohere_events,
        2,
        b'"finish_reason":"',
        b'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"broken"}}\n\n',
        answers.cohere,
    ),
    "bedrock": Door(
        bedrock_events,
        1,
        b'"stopReason":"',
        bedrock_error("internalServerException", "The server had an error."),
        answers.bedrock,
        shape=AWS,
        usage_details=frozenset({"cached"}),
    ),
    "google": Door(
        gemini_events,
        0,
        b'"finishReason":"',
        b'{\n  "error": {\n    "code": 503,\n    "message": "broken",\n    "status": "UNAVAILABLE"\n  }\n}\n',
        answers.gemini,
        weaves=False,
        terminated=False,
    ),
    "ollama": Door(
        ollama_lines,
        0,
        b'"done":true',
        b'{"error":"The model runner has stopped."}\n',
        answers.ollama,
        shape=NDJSON,
        weaves=False,
        usage_details=frozenset(),
    ),
    "litellm openai": _chat("/v1", "openai/gpt-x"),
    "litellm groq": _chat("/v1", "groq/x"),
    "litellm anthropic": _anthropic("anthropic/claude-3-5-sonnet-20240620"),
}
"""By the provider's name, and what tells two doors of one provider apart."""

_NEEDS = {"litellm": "litellm", "groq": "groq"}


def marked(name: str) -> Any:
    """Make a test's parameter of a door: skipped where its SDK is missing."""
    package = _NEEDS.get(name.partition(" ")[0])
    marks: list[Any] = []
    if package is not None and (reason := missing(package)):
        marks.append(pytest.mark.skip(reason=reason))
    if package == "litellm":  # its own code warns about its own types and uses what its libraries have deprecated
        ignored = ("ignore::DeprecationWarning:litellm.*", "ignore::UserWarning:pydantic.*")
        marks.append(pytest.mark.filterwarnings(*ignored))
    return pytest.param(name, marks=marks, id=name.replace(" ", "-"))


every_door = pytest.mark.parametrize("name", [marked(name) for name in DOORS])


def kind_of(error: object) -> type[Any]:
    """Return the class of ours that an error has, by whatever name of an SDK's it can be caught too."""
    return next(cls for cls in type(error).__mro__ if getattr(sk, cls.__name__, None) is cls)


def ask(name: str, server: FaultServer, **given: Any) -> sk.Stream:
    """Ask a provider at a server of ours; its clocks have patience with a slow machine."""
    door = DOORS[name]
    settings: dict[str, Any] = {"base_url": server.base_url + door.base, "api_key": KEY, **given}
    settings.setdefault("timeouts", sk.Timeouts(first=30, between=30))
    return sk.stream(f"{name.partition(' ')[0]}/{door.model}", "a question", **settings)
