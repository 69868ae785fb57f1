"""The JSON schema of a tool's arguments, and the strict form of a schema; pydantic is loaded with the first need."""

from __future__ import annotations

import contextlib
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic.json_schema import GenerateJsonSchema

Schema = dict[str, Any]

_KINDS = frozenset({"type", "anyOf", "enum", "const", "$ref"})

_STRUCTURE = frozenset({"title", "description", "items", "properties", "required", "additionalProperties", "$defs"})

_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "pattern", "format"})

_COUNTS = frozenset({"minItems", "maxItems"})

# The keywords that OpenAI allows in a strict schema, which has each property required, and no other allowed.
_WORDS = _KINDS | _STRUCTURE | _BOUNDS | _COUNTS

_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})

_DEPTH = 10  # OpenAI's limit


def plain_schema(adapter: TypeAdapter[Any], *, texts: dict[str, str], defaults: dict[str, Any]) -> Schema:
    """Make the JSON schema of an object.

    Args:
        adapter: Validator of the object.
        texts: Descriptions by property, for properties whose type has none.
        defaults: Defaults of optional properties, by name.

    Raises:
        ValueError: The adapter validates something else than an object.
    """
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    schema: Schema = adapter.json_schema(schema_generator=_untitled())
    if "$ref" in schema:  # a model that refers to itself
        schema = {**schema["$defs"][schema["$ref"].rpartition("/")[2]], "$defs": schema["$defs"]}
    if schema.get("type") != "object":
        raise ValueError("its arguments are no object")
    for word in ("title", "description"):
        schema.pop(word, None)
    properties: dict[str, Schema] = schema.setdefault("properties", {})
    for name in properties.keys() & defaults.keys():
        with contextlib.suppress(PydanticSerializationError):  # a default that is not JSON is left out
            properties[name].setdefault("default", to_jsonable_python(defaults[name]))
    for name in properties.keys() & texts.keys():
        properties[name].setdefault("description", texts[name])
    return schema


@cache
def _untitled() -> type[GenerateJsonSchema]:
    from pydantic.json_schema import GenerateJsonSchema

    class Untitled(GenerateJsonSchema):
        """A schema generator that leaves out the titles that pydantic makes of field names, which only cost tokens."""

        def field_title_should_be_set(self, schema: Any) -> bool:
            return False

    return Untitled


def strict_schema(schema: Schema) -> Schema | None:
    """Return the strict form of an object's schema; None if the schema has no strict form.

    A property with the default None becomes a required property that may be null.

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
    return found if found.get("type") == "object" else None


class _NotStrictError(Exception):
    """This part of a schema has no strict form."""


def _strict(part: object, definitions: dict[str, Schema], depth: int = 0) -> Schema:
    if not isinstance(part, dict) or depth > _DEPTH:
        raise _NotStrictError
    found = dict(cast("Schema", part))
    kind = found.get("type")
    if not found.keys() <= _WORDS or not found.keys() & _KINDS or found.get("format", "date") not in _FORMATS:
        raise _NotStrictError
    if isinstance(kind, list) and not {"object", "array"}.isdisjoint(cast("list[str]", kind)):
        raise _NotStrictError
    if "$ref" in found and len(found) > 1:  # a strict reference has no other keywords, so the definition is copied in
        refers_to = definitions.get(found.pop("$ref").rpartition("/")[2], {})
        return _strict({**refers_to, **found}, definitions, depth + 1)
    if "anyOf" in found:
        found["anyOf"] = [_strict(each, definitions, depth) for each in found["anyOf"]]
    if "items" in found:
        found["items"] = _strict(found["items"], definitions, depth + 1)
    if kind == "object":
        found |= _strict_object(found, definitions, depth)
    elif kind == "array" and "items" not in found:
        raise _NotStrictError
    return found


def _strict_object(part: Schema, definitions: dict[str, Schema], depth: int) -> Schema:
    closed = part.get("additionalProperties", "properties" not in part)  # a schema without both allows any object
    if closed is not False:
        raise _NotStrictError
    required = set(part.get("required", ()))
    properties = {
        name: each if name in required else _nullable(each)
        for name, each in cast("Schema", part.get("properties", {})).items()
    }
    if not required <= properties.keys():
        raise _NotStrictError
    inner = {name: _strict(each, definitions, depth + 1) for name, each in properties.items()}
    return {"properties": inner, "required": list(properties), "additionalProperties": False}


def _nullable(part: Schema) -> Schema:
    """Return an optional property as a required one that may be null, if its default is None."""
    if part.get("default", ...) is not None or {"type": "null"} not in part.get("anyOf", ()):
        raise _NotStrictError
    return {name: each for name, each in part.items() if name != "default"}
