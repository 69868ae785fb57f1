"""Chunks, Responses and errors as JSON, and back without loss; bytes travel as base64."""

from __future__ import annotations

import sys
from typing import Any, TypeAlias, cast

import msgspec

from .chunk import Chunk, ReasonsAfterCalls
from .errors import StreamError, ToolArgumentsError
from .response import Response

Value: TypeAlias = "Chunk | Response | StreamError"


def encode(value: Value) -> bytes:
    r"""Write a chunk, a Response or an error as one JSON object that names its kind.

    Args:
        value: What to write.

    Raises:
        TypeError: It is none of these.

    >>> decode(encode(Chunk(content="Titan", audio=b"\x00")))
    Chunk(content='Titan', audio=b'\x00')
    """
    return msgspec.json.encode(as_builtins(value))


def as_builtins(value: Value) -> dict[str, Any]:
    """Return the JSON object that ``encode`` writes."""
    if isinstance(value, Chunk):
        calls = {"after_calls": True} if isinstance(value.finish_reasons, ReasonsAfterCalls) else {}
        return {"type": "chunk", **_without_defaults(value), **calls}
    if isinstance(value, Response):
        return {"type": "response", **value.model_dump(mode="json")}
    if isinstance(cast("object", value), StreamError):
        partial = None if value.partial is None else value.partial.model_dump(mode="json")
        kind = f"{type(value).__module__}:{type(value).__qualname__}"
        return {"type": "error", "error": kind, "message": value.message, **value.details, "partial": partial}
    raise TypeError(f"streamkit encodes Chunk, Response and StreamError, not {type(value).__name__}")


def decode(data: bytes | str) -> Value:
    """Read what ``encode`` wrote.

    Args:
        data: The JSON object.

    Raises:
        ValueError: It is not such an object.
    """
    found = msgspec.json.decode(data, type=dict[str, Any])
    kind = found.pop("type", None)
    if kind == "chunk":
        return _chunk(found)
    if kind == "response":
        return _response(found)
    if kind == "error":
        return _error(found)
    raise ValueError(f"not a chunk, Response or error of streamkit: its type is {kind!r}")


def _chunk(found: dict[str, Any]) -> Chunk:
    calls, chunk = found.pop("after_calls", False), msgspec.convert(found, Chunk)
    if not calls:
        return chunk
    return msgspec.structs.replace(chunk, finish_reasons=ReasonsAfterCalls(chunk.finish_reasons or ()))


def _response(found: dict[str, Any]) -> Response:
    return Response.model_validate_json(msgspec.json.encode(found))


class _Error(msgspec.Struct):
    """An error as its JSON has it."""

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
    """What an error of a tool's arguments has beside."""

    id: str | None = None
    name: str = ""
    index: int = 0
    arguments_text: str = ""


def _error(found: dict[str, Any]) -> StreamError:
    told = msgspec.convert(found, _Error)
    module, _, name = told.error.partition(":")
    # Only our own errors and those of modules already loaded: data must not choose what is imported.
    cls: object = getattr(sys.modules.get(module), name, None)
    if not (isinstance(cls, type) and issubclass(cls, StreamError)):
        cls = StreamError
    call = msgspec.structs.asdict(msgspec.convert(found, _Call)) if issubclass(cls, ToolArgumentsError) else {}
    return cls(
        told.message,
        partial=None if told.partial is None else _response(told.partial),
        retryable=told.retryable,
        provider=told.provider,
        request_id=told.request_id,
        status=told.status,
        code=told.code,
        retry_after=told.retry_after,
        **call,
    )


def _without_defaults(chunk: Chunk) -> dict[str, Any]:
    told = cast("dict[str, Any]", msgspec.to_builtins(chunk))
    defaults = dict(zip(Chunk.__struct_fields__, Chunk.__struct_defaults__, strict=True))
    return {name: value for name, value in told.items() if getattr(chunk, name) != defaults[name]}
