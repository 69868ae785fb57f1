"""How a provider is told of the type that its answer shall have: by a schema, by a tool, or in the prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import ConfigurationError
from ..messages import BaseMessageParam, Message, Messages
from ._typed import Answer

Told: TypeAlias = "tuple[tuple[Message, ...], tuple[Any, ...], dict[str, Any]]"

# Not each of their models can be held to a schema, but each can be made to call a tool.
_BY_TOOL = frozenset({"anthropic", "bedrock", "deepseek", "groq"})
# These have no mode for JSON, or (Groq) none that streams: the prompt alone has to do.
_BY_PROMPT = frozenset({"anthropic", "bedrock", "groq", "perplexity"})
# Held to JSON, a model of these can call no tool: Ollama's never would, the others refuse the request.
_NOT_BESIDE_TOOLS = frozenset({"cohere", "google", "ollama", "ollama-openai"})

_GEMINI = re.compile(r"gemini-([0-9]+)")

_JSON: dict[str, dict[str, Any]] = {
    "google": {"responseMimeType": "application/json"},
    "ollama": {"format": "json"},
}

_CHATS_JSON: dict[str, Any] = {"response_format": {"type": "json_object"}}

_RESPONSES_JSON: dict[str, Any] = {"text": {"format": {"type": "json_object"}}}

_TOOL = "answer"


def apply_output_schema(
    model: str,
    messages: tuple[Message, ...],
    tools: tuple[Any, ...],
    params: Mapping[str, Any],
    *,
    answer: Answer | None,
    json_mode: bool,
) -> Told:
    """Add to a call what makes its answer the wanted type; what the user has given himself stays.

    Args:
        model: ``provider/model``.
        messages: The conversation.
        tools: What the model may call.
        params: The parameters.
        answer: The wanted type.
        json_mode: Ask for JSON, and tell the schema in the prompt.

    Returns:
        The messages, the tools and the parameters of the call.

    Raises:
        ConfigurationError: The provider cannot do this together with tools.
    """
    provider = _speaks(model)
    if json_mode:
        held = {} if tools and not _beside_tools(model) else _json_mode(provider, params)
        return _instructed(messages, answer), tools, {**held, **params}
    if answer is None:
        return messages, tools, dict(params)
    check_tools(model, tools, json_mode=json_mode)
    if provider not in _BY_TOOL:
        return messages, tools, {"json_schema": answer.schema, **params}
    tool = {"name": _TOOL, "description": answer.description, "parameters": answer.schema}
    return messages, (tool,), {"tool_choice": _TOOL, **params}


def check_tools(model: str, tools: Sequence[Any], *, json_mode: bool) -> None:
    """Say whether a typed answer can be had beside tools.

    Args:
        model: ``provider/model``.
        tools: What the model may call.
        json_mode: The answer is asked for in the prompt.

    Raises:
        ConfigurationError: It cannot: the answer itself comes by a tool there, or a schema leaves no room for one.
    """
    provider = _speaks(model)
    if not tools or json_mode or (provider not in _BY_TOOL and _beside_tools(model)):
        return
    how = "by a tool that it has to call" if provider in _BY_TOOL else "by a schema that all it writes is held to"
    raise ConfigurationError(
        f"{provider} gives a response_model {how}, so it could call no other tool: "
        "give json_mode=True beside tools, which asks for the answer in the prompt."
    )


def _speaks(model: str) -> str:
    """Return whose wire a model string means; a recording speaks that of its provider."""
    provider, _, name = model.partition("/")
    return name.partition(":")[0] if provider == "replay" else provider


def _beside_tools(model: str) -> bool:
    """Whether a model can call tools while it is held to JSON."""
    gemini = _GEMINI.search(model)
    return _speaks(model) not in _NOT_BESIDE_TOOLS or (gemini is not None and int(gemini[1]) >= 3)


def _json_mode(provider: str, params: Mapping[str, Any]) -> dict[str, Any]:
    if provider in _BY_PROMPT:
        return {}
    if provider.endswith("-responses"):
        return _RESPONSES_JSON
    if provider == "google" and "response_mime_type" in params:
        return {}
    return _JSON.get(provider, _CHATS_JSON)


def _instructed(messages: tuple[Message, ...], answer: Answer | None) -> tuple[Message, ...]:
    """Tell in the prompt what is wanted, in the system message if there is one."""
    wanted = "Answer with one JSON object and with nothing else."
    if answer is not None:
        schema = json.dumps(answer.schema, ensure_ascii=False)
        wanted = f"Answer with one JSON object that fits this JSON schema, and with nothing else:\n{schema}"
    first = messages[0]
    if isinstance(first, BaseMessageParam) and first.role == "system" and isinstance(first.content, str):
        return (Messages.System(f"{first.content}\n\n{wanted}"), *messages[1:])
    return (Messages.System(wanted), *messages)
