"""The JSON schema of a tool's arguments, plain and in the form that a provider can hold a model to."""

from __future__ import annotations

import contextlib
from typing import Any, cast

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticSerializationError, to_jsonable_python

Schema = dict[str, Any]

_KINDS = frozenset({"type", "anyOf", "enum", "const", "$ref"})
_STRUCTURE = frozenset({"title", "description", "items", "properties", "required", "additionalProperties", "$defs"})
_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern", "format"})
_COUNTS = frozenset({"minItems", "maxItems"})
_WORDS = _KINDS | _STRUCTURE | _BOUNDS | _COUNTS  # what OpenAI takes in a strict schema
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
_DEPTH = 10  # OpenAI's own bound


class _Untitled(GenerateJsonSchema):
    """Without the titles that pydantic makes of the fields' names: they tell nothing and cost tokens."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def plain_schema(adapter: TypeAdapter[Any], *, texts: dict[str, str], defaults: dict[str, Any]) -> Schema:
    """Make the schema of an object's properties.

    Args:
        adapter: What checks the object.
        texts: What is said of each property, where its own type says nothing.
        defaults: The values of properties that may be left out.

    Raises:
        ValueError: It describes something else than an object.
    """
    schema: Schema = adapter.json_schema(schema_generator=_Untitled)
    if "$ref" in schema:  # a model that refers to itself
        schema = {**schema["$defs"][schema["$ref"].rpartition("/")[2]], "$defs": schema["$defs"]}
    if schema.get("type") != "object":
        raise ValueError("its arguments are no object")
    for word in ("title", "description"):
        schema.pop(word, None)
    properties: dict[str, Schema] = schema.setdefault("properties", {})
    for name in properties.keys() & defaults.keys():
        with contextlib.suppress(PydanticSerializationError):  # the model need not know what stands there
            properties[name].setdefault("default", to_jsonable_python(defaults[name]))
    for name in properties.keys() & texts.keys():
        properties[name].setdefault("description", texts[name])
    return schema


def strict_schema(schema: Schema) -> Schema | None:
    """Return a schema in the strict form, in which nothing may be left out or added; None if it has none.

    Args:
        schema: The schema of an object.

    >>> strict_schema({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]})
    {'type': 'object', 'properties': {'a': {'type': 'string'}}, 'required': ['a'], 'additionalProperties': False}
    >>> strict_schema({"type": "object", "properties": {"a": {"type": "string"}}})
    """
    definitions = cast("dict[str, Schema]", schema.get("$defs", {}))
    try:
        found = _strict({name: part for name, part in schema.items() if name != "$defs"}, definitions)
        if definitions:
            found["$defs"] = {name: _strict(part, definitions) for name, part in definitions.items()}
    except _NotStrictError:
        return None
    return found


class _NotStrictError(Exception):
    """This part of a schema has no strict form."""


def _strict(part: Schema, definitions: dict[str, Schema], depth: int = 0) -> Schema:
    if depth > _DEPTH or not part.keys() <= _WORDS or not part.keys() & _KINDS:
        raise _NotStrictError
    if part.get("format", "date") not in _FORMATS:
        raise _NotStrictError
    if "$ref" in part and len(part) > 1:  # a reference stands alone there: what it refers to takes its place
        refers_to = definitions[part["$ref"].rpartition("/")[2]]
        beside = {name: each for name, each in part.items() if name != "$ref"}
        return _strict({**refers_to, **beside}, definitions, depth + 1)
    found = dict(part)
    if "anyOf" in part:
        found["anyOf"] = [_strict(each, definitions, depth) for each in part["anyOf"]]
    if "items" in part:
        found["items"] = _strict(part["items"], definitions, depth + 1)
    if part.get("type") == "object":
        found |= _strict_object(part, definitions, depth)
    elif part.get("type") == "array" and "items" not in part:
        raise _NotStrictError
    return found


def _strict_object(part: Schema, definitions: dict[str, Schema], depth: int) -> Schema:
    properties: dict[str, Schema] = part.get("properties", {})
    if part.get("additionalProperties", False) is not False or set(part.get("required", ())) != set(properties):
        raise _NotStrictError
    inner = {name: _strict(each, definitions, depth + 1) for name, each in properties.items()}
    return {"properties": inner, "required": list(properties), "additionalProperties": False}
