"""What an event or an answer has beyond content: the server's tools, probabilities of tokens, and remarks.

A pickled Response names these classes, so they stay in this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import msgspec

ServerToolKind: TypeAlias = Literal[
    "web_search", "web_fetch", "file_search", "code_execution", "mcp", "image_generation", "tool_search", "other"
]

ServerToolState: TypeAlias = Literal["running", "completed", "failed", "unknown"]


class ServerToolDelta(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """One event's news of a tool that the provider runs.

    Args:
        kind: Kind of the tool; None if the event does not say.
        name: The provider's own name of the tool.
        id: The provider's id of the work.
        index: Position of the tool's item or block; below 0 for work that Gemini reports beside the content.
        input: Next characters of the input: JSON, or code.
        whole_input: The input as an object, if the event has all of it.
        output: The provider's result, if the event has it.
        state: State of the work; None if the event does not say.
    """

    kind: ServerToolKind | None = None
    name: str | None = None
    id: str | None = None
    index: int | None = None
    input: str = ""
    whole_input: Any = None
    output: Any = None
    state: ServerToolState | None = None


@dataclass(frozen=True, slots=True)
class ServerTool:
    """A tool that the provider has run, as a part of the answer.

    Args:
        kind: Kind of the tool, the same for all providers; ``other`` for tools without a kind of their own.
        name: The provider's own name of the tool; None if it gives none.
        id: The provider's id of the work; None if it gives none.
        input: The input as an object, with the provider's own fields (``query``, ``code`` …); while it arrives, its
            text so far; None if the provider does not show it.
        output: The provider's result; None before it has arrived, or if the provider does not show it.
        state: ``running``, ``completed`` or ``failed``, as the provider says; ``unknown`` if the answer was cut before
            the provider said so.

    >>> ServerTool("code_execution", "python", input={"code": "6 * 7"}, output="42", state="completed").input["code"]
    '6 * 7'
    """

    kind: ServerToolKind = "other"
    name: str | None = None
    id: str | None = None
    input: Any = None
    output: Any = None
    state: ServerToolState = "running"


@dataclass(frozen=True, slots=True)
class Logprob:
    """The natural logarithm of the probability of a token of the answer.

    Args:
        token: The token's text.
        logprob: Logarithm of the probability; None if the provider does not report it.
        top: The likeliest tokens at that position, with their probabilities.

    >>> Logprob("Io", -0.25).token
    'Io'
    """

    token: str = ""
    logprob: float | None = None
    top: tuple[Logprob, ...] = ()


@dataclass(slots=True)
class Details:
    """What one event has beyond content, for one choice.

    Args:
        server_tools: The event's news of the server's tools.
        logprobs: The probabilities of the event's tokens.
        all_logprobs: The probabilities of all tokens of the answer, where an event repeats them.
        fields: Values of fields of a Response, by name: ``stop_sequence``, ``service_tier``, ``safety``,
            ``search_results``.
    """

    server_tools: list[ServerToolDelta] = field(default_factory=list[ServerToolDelta])
    logprobs: list[Logprob] = field(default_factory=list[Logprob])
    all_logprobs: list[Logprob] = field(default_factory=list[Logprob])
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
