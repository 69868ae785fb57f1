"""What a server demands of the messages of a request: each call with its result right behind it, and nothing half."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

Fields = dict[str, Any]


def complaints(body: Mapping[str, Any]) -> list[str]:
    """List what a server would refuse in a body; its form is found by the names of its fields.

    Args:
        body: The request's body, as it was sent.
    """
    if "contents" in body:
        return _blocks(_gemini(body["contents"]))
    if "input" in body:
        return _items(body["input"])
    messages: list[Fields] = body["messages"]
    if "max_tokens" in body:  # which only Anthropic requires
        return _blocks(_anthropic(messages))
    return _chat(messages) if "model" in body else _apart(messages) + _blocks(_bedrock(messages))


# Messages of blocks: Anthropic, Bedrock and Gemini -------------------------------------------------


Block = tuple[str, Any]
"""Its kind (text, thinking, call, result), and what it holds: the id of a call, or a text."""


def _blocks(messages: Sequence[tuple[str, list[Block]]]) -> list[str]:
    found: list[str] = []
    open_calls: list[Any] = []
    seen: set[Any] = set()
    for role, blocks in _merged(messages):
        found += [f"{role}: an empty {kind}" for kind, held in blocks if kind in ("text", "thinking") and not held]
        if not blocks or {kind for kind, _ in blocks} == {"thinking"}:
            found.append(f"{role}: a message without an answer")
        results = [held for kind, held in blocks if kind == "result"]
        if sorted(map(str, results)) != sorted(map(str, open_calls)):
            found.append(f"{role}: the results {results} answer the calls {open_calls}")
        if "result" in [kind for kind, _ in blocks[len(results) :]]:
            found.append(f"{role}: results behind a text")
        open_calls = [held for kind, held in blocks if kind == "call"]
        found += [f"the id {each} twice" for each in open_calls if each in seen]
        seen.update(open_calls)
    return found + ([f"no results for {open_calls}"] if open_calls else [])


def _merged(messages: Sequence[tuple[str, list[Block]]]) -> list[tuple[str, list[Block]]]:
    """Put neighbours of one role together, as Anthropic's and Google's servers do."""
    merged: list[tuple[str, list[Block]]] = []
    for role, blocks in messages:
        if merged and merged[-1][0] == role:
            merged[-1][1].extend(blocks)
        else:
            merged.append((role, list(blocks)))
    return merged


def _anthropic(messages: Sequence[Fields]) -> list[tuple[str, list[Block]]]:
    return [(message["role"], [_block(part) for part in _content(message)]) for message in messages]


def _content(message: Fields) -> list[Fields]:
    content: Any = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def _block(part: Fields) -> Block:
    kind = part["type"]
    if kind == "tool_use":
        assert isinstance(part["input"], dict)
        return "call", part["id"]
    if kind == "tool_result":
        return "result", part["tool_use_id"]
    if kind == "thinking":
        return "thinking", part["signature"] and part["thinking"]
    return kind, part["text"].strip()


def _apart(messages: Sequence[Fields]) -> list[str]:
    roles = [message["role"] for message in messages]
    return [f"two messages of {role} in a row" for role, following in pairwise(roles) if role == following]


def _bedrock(messages: Sequence[Fields]) -> list[tuple[str, list[Block]]]:
    return [(message["role"], [_bedrock_part(part) for part in message["content"]]) for message in messages]


def _bedrock_part(part: Fields) -> Block:
    if "toolUse" in part:
        assert isinstance(part["toolUse"]["input"], dict)
        return "call", part["toolUse"]["toolUseId"]
    if "toolResult" in part:
        return "result", part["toolResult"]["toolUseId"]
    if "reasoningContent" in part:
        return "thinking", part["reasoningContent"]["reasoningText"]["text"]
    return "text", part["text"].strip()


def _gemini(contents: Sequence[Fields]) -> list[tuple[str, list[Block]]]:
    return [(content["role"], [_gemini_part(part) for part in content["parts"]]) for content in contents]


def _gemini_part(part: Fields) -> Block:
    if "functionCall" in part:
        assert isinstance(part["functionCall"].get("args", {}), dict)
        return "call", part["functionCall"]["id"]
    if "functionResponse" in part:
        assert isinstance(part["functionResponse"]["response"], dict)
        return "result", part["functionResponse"]["id"]
    return ("thinking" if part.get("thought") else "text"), part["text"]


# Chat messages: OpenAI and its likes, Cohere, Mistral, Groq, Ollama --------------------------------


def _chat(messages: Sequence[Fields]) -> list[str]:
    found: list[str] = []
    open_calls: list[Any] = []
    seen: set[Any] = set()
    for message in messages:
        role = message["role"]
        if role == "tool":
            if message.get("tool_call_id") in open_calls:
                open_calls.remove(message["tool_call_id"])
            else:
                found.append(f"a result of no call: {message}")
            continue
        found += [f"{role} behind the calls {open_calls}"] if open_calls else []
        calls: list[Fields] = message.get("tool_calls") or []
        for call in calls:
            found += _complaints_of_call(call, seen)
        open_calls = [call["id"] for call in calls]
        if not calls and not message.get("content"):
            found.append(f"{role}: a message without an answer: {message}")
    return found + ([f"no results for {open_calls}"] if open_calls else [])


def _complaints_of_call(call: Fields, seen: set[Any]) -> list[str]:
    found = _not_an_object(call["function"]["arguments"])
    found += [f"the id {call['id']} twice"] if call["id"] in seen else []
    seen.add(call["id"])
    return found


def _not_an_object(arguments: Any) -> list[str]:
    """Complain of arguments that are no object; Ollama takes an object itself, all others its JSON."""
    try:
        whole = json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        whole = None
    return [] if isinstance(whole, dict) else [f"the arguments {arguments!r}"]


# Items of the Responses API ------------------------------------------------------------------------


def _items(items: Sequence[Fields]) -> list[str]:
    found: list[str] = []
    calls = [item["call_id"] for item in items if item.get("type") == "function_call"]
    results = [item["call_id"] for item in items if item.get("type") == "function_call_output"]
    if calls != results or len(set(calls)) < len(calls):
        found.append(f"the results {results} answer the calls {calls}")
    for item in items:
        if item.get("type") == "function_call":
            found += _not_an_object(item["arguments"])
        if item.get("type", "message") == "message" and not item["content"]:
            found.append(f"a message without an answer: {item}")
    for item, next_item in pairwise(items):
        belongs = next_item.get("type") == "function_call" or next_item.get("role") == "assistant"
        if item.get("type") == "reasoning" and not (belongs or next_item.get("type") == "reasoning"):
            found.append("reasoning without the item that follows it")
    return found
