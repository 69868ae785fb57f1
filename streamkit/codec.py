"""A codec that writes chunks, Responses and errors as JSON and reads them back without loss; bytes become base64."""

from __future__ import annotations

import sys
from typing import Any, TypeAlias, cast

import msgspec
from pydantic_core import to_jsonable_python

from ._compat.renamed import API_OF_SDK
from .chunk import Chunk, ReasonsAfterCalls
from .errors import GuardTripped, StoppedError, StreamError, ToolArgumentsError, ValidationFailed
from .messages import ImagePart
from .origin import Origin, Void
from .response import Response
from .tool import MCPResult, ToolCall, ToolProgress, ToolResult, ToolUpdate, as_text, strict_json

Value: TypeAlias = "Chunk | Response | StreamError"


def encode(value: Value) -> bytes:
    r"""Write a chunk, a Response or an error as one JSON object, whose ``type`` names the kind.

    Args:
        value: A chunk, a Response or an error.

    Raises:
        TypeError: ``value`` is none of these.

    >>> decode(encode(Chunk(content="Titan", audio=b"\x00")))
    Chunk(content='Titan', audio=<1 bytes>)
    """
    return msgspec.json.encode(as_builtins(value))


def as_builtins(value: Value) -> dict[str, Any]:
    """Return the JSON object that ``encode`` writes."""
    if isinstance(value, Chunk):
        calls = {"after_calls": True} if isinstance(value.finish_reasons, ReasonsAfterCalls) else {}
        origin = {} if value.origin is None else {"origin": origin_fields(value.origin)}
        return {"type": "chunk", **_without_defaults(value), **calls, **origin}
    if isinstance(value, Response):
        return {"type": "response", **value.model_dump(mode="json")}
    if isinstance(cast("object", value), StreamError):
        partial = None if value.partial is None else value.partial.model_dump(mode="json")
        kind = f"{type(value).__module__}:{type(value).__qualname__}"
        found = {"type": "error", "error": kind, "message": value.message, **value.details, "partial": partial}
        if isinstance(value, ValidationFailed):
            found["attempts"] = [each.model_dump(mode="json") for each in value.attempts]
        return found
    raise TypeError(f"streamkit encodes Chunk, Response and StreamError, not {type(value).__name__}")


def decode(data: bytes | str) -> Value:
    """Read a JSON object that ``encode`` wrote.

    Args:
        data: The JSON object.

    Raises:
        ValueError: ``data`` is not such an object.
    """
    fields = msgspec.json.decode(data, type=dict[str, Any])
    kind = fields.pop("type", None)
    if kind == "chunk":
        return _chunk(fields)
    if kind == "response":
        return _response(fields)
    if kind == "error":
        return _error(fields)
    raise ValueError(f"not a chunk, Response or error of streamkit: its type is {kind!r}")


def _chunk(data: dict[str, Any]) -> Chunk:
    if "sdk" in data:  # written by an older version
        data["api"] = API_OF_SDK.get(data.pop("sdk"))
    calls, origin = data.pop("after_calls", False), data.pop("origin", None)
    chunk = msgspec.convert(data, Chunk)
    if calls:
        chunk = msgspec.structs.replace(chunk, finish_reasons=ReasonsAfterCalls(chunk.finish_reasons or ()))
    return chunk if origin is None else chunk.with_origin(read_origin(origin, chunk.content))


def origin_fields(origin: Origin) -> dict[str, Any]:
    """Return the fields of an origin as JSON values; of a tool's result or update the call, and the output as JSON."""
    fields = {name: getattr(origin, name) for name in Origin.__struct_fields__ if name != "result"}
    given = origin.result
    if isinstance(given, ToolResult):
        output = _output_fields(given.output) if given.error is None else _error_fields(given.error)
        fields["result"] = {**_call_fields(given.call), **output, "seconds": given.seconds, "state": given.state}
    elif isinstance(given, ToolUpdate):
        output = {} if given.output is None else _output_fields(given.output)
        chunk = {} if given.chunk is None else {"chunk": as_builtins(given.chunk)}
        progress = {} if given.progress is None else {"progress": list(given.progress)}
        fields["update"] = {**_call_fields(given.call), "kind": given.kind, **output, **chunk, **progress}
    elif isinstance(given, Void):
        fields["void"] = msgspec.to_builtins(given)
    return {name: value for name, value in fields.items() if value not in (None, ())}


def _call_fields(call: ToolCall) -> dict[str, Any]:
    return {"call": {name: getattr(call, name) for name in ToolCall.__slots__ if name != "arguments"}}


def _output_fields(output: object) -> dict[str, Any]:
    """Return an output as JSON, bytes as the text for the model; an MCP server's result has a text of its own."""
    if isinstance(output, MCPResult):
        fields = {"text": output.text, "structured": _json(output.structured), "content": _json(output.content)}
        return {"mcp": {**fields, "images": msgspec.to_builtins(output.images)}}
    return {"output": as_text(output) if isinstance(output, (bytes, bytearray)) else _json(output)}


def _json(value: object) -> Any:
    return to_jsonable_python(value, bytes_mode="base64", fallback=str)


def _error_fields(error: Exception) -> dict[str, Any]:
    return {"error": {**as_builtins(error), "partial": None}} if isinstance(error, StreamError) else {}


def read_origin(data: dict[str, Any], text: str) -> Origin:
    """Read an origin; an error that is not ours becomes a StreamError with the text that the model was sent."""
    result: dict[str, Any] | None = data.pop("result", None)
    update: dict[str, Any] | None = data.pop("update", None)
    if "void" in data:
        data["result"] = msgspec.convert(data.pop("void"), Void)
    if result is not None:
        known = result.get("error")
        error = None if result["state"] == "done" else StreamError(text) if known is None else _error(known)
        known = (_call(result), _output(result), error, result["seconds"], result["state"])
        data["result"] = ToolResult(*known, sent=None if error is None else text)
    elif update is not None:
        chunk, progress = update.get("chunk"), update.get("progress")
        shown = None if chunk is None else _chunk({name: each for name, each in chunk.items() if name != "type"})
        reported = None if progress is None else ToolProgress(*progress)
        data["result"] = ToolUpdate(_call(update), update["kind"], _output(update), shown, reported)
    return msgspec.convert(data, Origin)


def _call(data: dict[str, Any]) -> ToolCall:
    known = data["call"]
    arguments: Any = strict_json(known["arguments_text"]) if known["complete"] and known["arguments_text"] else {}
    return ToolCall(**known, arguments=arguments)


def _output(data: dict[str, Any]) -> Any:
    result: dict[str, Any] | None = data.get("mcp")
    if result is None:
        return data.get("output")
    images = msgspec.convert(result["images"], tuple[ImagePart, ...])
    return MCPResult(result["text"], result["structured"], images, tuple(result["content"]))


def _response(data: dict[str, Any]) -> Response:
    return Response.model_validate_json(msgspec.json.encode(data))


class _Error(msgspec.Struct):
    """The JSON object of an error."""

    error: str
    message: str
    partial: dict[str, Any] | None = None
    retryable: bool | None = None
    provider: str | None = None
    request_id: str | None = None
    status: int | None = None
    code: str | None = None
    retry_after: float | None = None


class _Call(msgspec.Struct):
    """The fields that a ToolArgumentsError adds."""

    id: str | None = None
    name: str = ""
    index: int = 0
    arguments_text: str = ""


class _Texts(msgspec.Struct):
    """The fields that a GuardTripped adds."""

    passed: str = ""
    held: str = ""


class _Attempts(msgspec.Struct):
    """The field that a ValidationFailed adds."""

    attempts: list[dict[str, Any]] = []


class _By(msgspec.Struct):
    """The field that a StoppedError adds."""

    by: str | None = None


_ADDED: dict[type[StreamError], type[msgspec.Struct]] = {
    ToolArgumentsError: _Call,
    GuardTripped: _Texts,
    StoppedError: _By,
    ValidationFailed: _Attempts,
}


def _error(data: dict[str, Any]) -> StreamError:
    error = msgspec.convert(data, _Error)
    module, _, name = error.error.partition(":")
    # Only errors of modules that are loaded already: data must not choose what is imported.
    cls: object = getattr(sys.modules.get(module), name, None)
    if not (isinstance(cls, type) and issubclass(cls, StreamError)):
        cls = StreamError
    kind = next((added for base, added in _ADDED.items() if issubclass(cls, base)), None)
    fields: dict[str, Any] = {} if kind is None else msgspec.structs.asdict(msgspec.convert(data, kind))
    if kind is _Attempts:
        fields["attempts"] = [_response(each) for each in fields["attempts"]]
    return cls(
        error.message,
        partial=None if error.partial is None else _response(error.partial),
        retryable=error.retryable,
        provider=error.provider,
        request_id=error.request_id,
        status=error.status,
        code=error.code,
        retry_after=error.retry_after,
        **fields,
    )


def _without_defaults(chunk: Chunk) -> dict[str, Any]:
    defaults = zip(Chunk.__struct_fields__, Chunk.__struct_defaults__, strict=True)
    given = {name: value for name, default in defaults if (value := getattr(chunk, name)) != default}
    return cast("dict[str, Any]", msgspec.to_builtins(given))
