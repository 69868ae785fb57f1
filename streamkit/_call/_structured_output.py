"""Structured output: adds the schema of an answer to a request as a JSON schema, as a tool, or in the prompt."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import ConfigurationError
from ..messages import BaseMessageParam, Message, Messages
from ._typed import Answer

AppliedSchema: TypeAlias = "tuple[tuple[Message, ...], tuple[Any, ...], dict[str, Any]]"

# Providers with models that support no JSON schema; all their models support a forced tool call.
_BY_TOOL = frozenset({"anthropic", "bedrock", "deepseek", "groq"})
# Providers without a JSON mode, or (Groq) without one that streams; the prompt alone asks for JSON.
_BY_PROMPT = frozenset({"anthropic", "bedrock", "groq", "perplexity"})
# Providers that do not combine a JSON schema with tools: Ollama's models never call a tool, the others refuse.
_NO_TOOLS_WITH_JSON = frozenset({"cohere", "google", "ollama", "ollama-openai"})

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
) -> AppliedSchema:
    """Add the schema of the answer to a request; parameters that the user has given win.

    Args:
        model: ``provider/model``.
        messages: The conversation.
        tools: Tools that the model may call.
        params: Parameters of the request, by name.
        answer: Type of the answer; None for any text.
        json_mode: True to use the provider's JSON mode and to put the schema into the prompt.

    Returns:
        The messages, the tools and the parameters of the request.

    Raises:
        ConfigurationError: The provider does not support a typed answer together with tools.
    """
    provider = _format_provider(model)
    if json_mode:
        json_params = {} if tools and not _allows_tools_with_json(model) else _json_mode(provider, params)
        return _with_instruction(messages, answer), tools, {**json_params, **params}
    if answer is None:
        return messages, tools, dict(params)
    check_tools(model, tools, json_mode=json_mode)
    if provider not in _BY_TOOL:
        return messages, tools, {"json_schema": answer.schema, **params}
    tool = {"name": _TOOL, "description": answer.description, "parameters": answer.schema}
    return messages, (tool,), {"tool_choice": _TOOL, **params}


def check_tools(model: str, tools: Sequence[Any], *, json_mode: bool) -> None:
    """Raise if a provider does not support a typed answer together with tools.

    Args:
        model: ``provider/model``.
        tools: Tools that the model may call.
        json_mode: True if the schema stands in the prompt, which all providers support together with tools.

    Raises:
        ConfigurationError: The answer itself would be a forced tool call, or a schema would rule out tool calls.
    """
    provider = _format_provider(model)
    if not tools or json_mode or (provider not in _BY_TOOL and _allows_tools_with_json(model)):
        return
    how = "by a tool that it has to call" if provider in _BY_TOOL else "by a schema that all it writes is held to"
    raise ConfigurationError(
        f"{provider} gives a response_model {how}, so it could call no other tool: "
        "give json_mode=True beside tools, which asks for the answer in the prompt."
    )


def _format_provider(model: str) -> str:
    """Return the provider in a model string, or the recorded provider of a ``replay/`` model."""
    provider, _, name = model.partition("/")
    return name.partition(":")[0] if provider == "replay" else provider


def _allows_tools_with_json(model: str) -> bool:
    """Return whether a model can call tools although its text is restricted to JSON."""
    gemini = _GEMINI.search(model)
    return _format_provider(model) not in _NO_TOOLS_WITH_JSON or (gemini is not None and int(gemini[1]) >= 3)


def _json_mode(provider: str, params: Mapping[str, Any]) -> dict[str, Any]:
    if provider in _BY_PROMPT:
        return {}
    if provider.endswith("-responses"):
        return _RESPONSES_JSON
    if provider == "google" and "response_mime_type" in params:
        return {}
    return _JSON.get(provider, _CHATS_JSON)


def _with_instruction(messages: tuple[Message, ...], answer: Answer | None) -> tuple[Message, ...]:
    """Add the instruction to answer in JSON to the system message, or as a system message."""
    instruction = "Answer with one JSON object and with nothing else."
    if answer is not None:
        schema = json.dumps(answer.schema, ensure_ascii=False)
        instruction = f"Answer with one JSON object that fits this JSON schema, and with nothing else:\n{schema}"
    first = messages[0]
    if isinstance(first, BaseMessageParam) and first.role == "system" and isinstance(first.content, str):
        return (Messages.System(f"{first.content}\n\n{instruction}"), *messages[1:])
    return (Messages.System(instruction), *messages)
