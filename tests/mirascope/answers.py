"""A server on the loopback that answers as each provider does: text, values of a schema, or calls of the tools."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from streamkit.testing import FaultServer, Plan
from streamkit.testing.server import Request
from tests.mirascope.bodies import plan_of, streamed, whole

TEXT = "Try The Name of the Wind by Patrick Rothfuss"
VALUES = {"title": "The Name of the Wind", "author": "Patrick Rothfuss", "sentiment": "positive"}


def serve() -> FaultServer:
    """Start the server."""
    return FaultServer(answer)


def answer(request: Request) -> Plan:
    """Answer a request on any provider's path."""
    body = request.json()
    api = next(name for part, name in _PATHS.items() if part in request.path)
    if "quota" in json.dumps(body):
        return plan_of(
            json.dumps({"error": {"message": "no quota", "type": "rate"}, "message": "no quota"}), status=429
        )
    streams = body.get("stream", "tream" in request.path)
    calls = list(_calls(body))
    texts = [json.dumps(value) for value in _schemas(body)] or [TEXT]
    return (streamed if streams else whole)(api, calls, texts[0], audio="audio" in body)


_PATHS = {
    "/chat/completions": "chat",
    "/v2/chat": "cohere",
    "/messages": "anthropic",
    "/model/": "bedrock",
    ":": "gemini",
}


def _find(body: object, *names: str) -> Iterator[Any]:
    """Find the values of a name anywhere in a request."""
    if isinstance(body, dict):
        for name, value in cast("dict[str, Any]", body).items():
            if name in names:
                yield value
            yield from _find(value, *names)
    elif isinstance(body, list):
        for each in cast("list[Any]", body):
            yield from _find(each, *names)


def _calls(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Choose calls of the tools in a request, two if it asks for several; none once a result has come."""
    text = json.dumps(body.get("messages") or body.get("contents"))
    if any(word in text for word in ('"tool_result"', '"role": "tool"', '"toolResult"', '"functionResponse"')):
        return
    for tool in _tools(body):
        schema = next(_find(tool, "parameters", "input_schema", "json", "parametersJsonSchema"))
        for _ in range(2 if "several" in text else 1):
            yield tool["name"], instance(schema, schema.get("$defs", {}))


def _tools(body: dict[str, Any]) -> list[dict[str, Any]]:
    given: Any = body.get("tools") or body.get("toolConfig") or []
    nested = [
        *_find(given, "function", "toolSpec"),
        *(each for some in _find(given, "functionDeclarations") for each in some),
    ]
    return nested or list(given)


def _schemas(body: dict[str, Any]) -> Iterator[Any]:
    """Make a value of the schema that a request asks for, by its own field or in the prompt."""
    formats: object = body.get("response_format") or body.get("generationConfig")
    for found in _find(formats, "schema", "json_schema", "responseSchema", "responseJsonSchema"):
        schema = found.get("schema", found)
        yield instance(schema, schema.get("$defs", {}))
    for text in _find(body, "text", "content", "system"):
        _, _, after = text.partition("JSON schema") if isinstance(text, str) else ("", "", "")
        if after:
            schema = json.JSONDecoder().raw_decode(after[after.index("{") :])[0]
            yield instance(schema, schema.get("$defs", {}))
    if "JSON" in json.dumps(body):
        yield VALUES


def instance(schema: dict[str, Any], others: dict[str, Any], name: str = "") -> Any:
    """Make a value that fits a schema."""
    if "$ref" in schema:
        return instance(others[schema["$ref"].rpartition("/")[2]], others, name)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema:
        return instance(schema["anyOf"][0], others, name)
    kind = schema.get("type", "object")
    if kind == "object":
        return {key: instance(each, others, key) for key, each in schema.get("properties", {}).items()}
    if kind == "array":
        return [instance(schema.get("items", {"type": "string"}), others, name)] * 2
    return {"integer": 3, "number": 0.5, "boolean": True}.get(kind, VALUES.get(name, "fantasy"))
