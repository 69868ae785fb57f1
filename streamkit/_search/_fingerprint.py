"""Fingerprints of requests and values, which are the same in every run, so that a journal can recognize them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from types import CodeType
from typing import Any, cast, get_origin

from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from .._stream import Stream

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")

_LENGTH = 24


# Fields that older journals do not know, with their defaults: at its default such a field has no part in a fingerprint.
_NEWER: dict[str, dict[str, object]] = {"ImagePart": {"detail": None}, "ToolCall": {"kind": "function"}}


def fingerprint(value: object) -> str:
    """Return the fingerprint of a value by its contents, and of a function by its code and closure.

    >>> fingerprint(lambda text: "Io" in text) == fingerprint(lambda text: "Io" in text)
    True
    >>> fingerprint(lambda text: "Io" in text) == fingerprint(lambda text: "Eu" in text)
    False
    """
    return hashlib.sha256(json.dumps(_plain(value), sort_keys=True).encode()).hexdigest()[:_LENGTH]


def name_of_call(stream: Stream, question: object) -> str:
    """Return the fingerprint of a call's request and of other values that the outcome depends on."""
    ask = stream.request
    return fingerprint([question, stream.provider, ask.model, ask.base_url, ask.messages, ask.tools, ask.params])


def _plain(value: Any) -> Any:
    """Return a value as JSON values."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in cast("Iterable[Any]", value)]
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, cast("Iterable[Any]", value)))
    return [type(value).__qualname__, _parts(value)]


def _parts(value: Any) -> Any:
    """Return the contents of a value that has no JSON form."""
    code = getattr(value, "__code__", None)
    if isinstance(code, CodeType):
        held = [*(value.__defaults__ or ()), *(_contents(cell) for cell in value.__closure__ or ())]
        return [value.__module__, value.__qualname__, _code(code), [_fixed(each) for each in held]]
    if isinstance(value, type) or get_origin(value) is not None:
        return [repr(cast("object", value)), _schema(value)]
    if is_dataclass(value):
        held = {each.name: getattr(value, each.name) for each in fields(value)}
        newer = _NEWER.get(type(value).__name__, {})
        return {name: _plain(each) for name, each in held.items() if name not in newer or each != newer[name]}
    if hasattr(value, "pattern") and hasattr(value, "flags"):
        return [value.pattern, value.flags]
    tool = getattr(value, "parameters", None)
    if isinstance(tool, Mapping):
        return [getattr(value, "name", None), _plain(tool)]
    return _ADDRESS.sub("", repr(value))


def _fixed(value: Any) -> Any:
    """Return the immutable part of a value in a closure, which may also hold a counter or a client."""
    if isinstance(value, (tuple, frozenset)):
        kept = [_fixed(each) for each in cast("Iterable[Any]", value)]
        return kept if isinstance(value, tuple) else sorted(map(repr, kept))
    fixed = value is None or isinstance(value, (str, int, float, bool, bytes, type)) or hasattr(value, "__code__")
    return _plain(value) if fixed or hasattr(value, "pattern") else type(value).__qualname__


def _schema(kind: Any) -> Any:
    try:
        return TypeAdapter(kind).json_schema()
    except (PydanticInvalidForJsonSchema, PydanticUserError):
        return None


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # an empty cell
        return None


def _code(code: CodeType) -> list[Any]:
    """Return the bytecode, constants and names of a function, without its file and line numbers."""
    constants = [_code(each) if isinstance(each, CodeType) else _plain(each) for each in code.co_consts]
    return [hashlib.sha256(code.co_code).hexdigest(), constants, code.co_names]
