"""The JSON schema of a tool's arguments; this is loaded when a schema is first made, since it loads pydantic."""

from __future__ import annotations

import contextlib
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticSerializationError, to_jsonable_python

Schema = dict[str, Any]


class _Untitled(GenerateJsonSchema):
    """A schema generator that leaves out the titles that pydantic makes of field names, which only cost tokens."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def plain_schema(adapter: TypeAdapter[Any], *, texts: dict[str, str], defaults: dict[str, Any]) -> Schema:
    """Make the JSON schema of an object.

    Args:
        adapter: Validator of the object.
        texts: Descriptions by property, for properties whose type has none.
        defaults: Defaults of optional properties, by name.

    Raises:
        ValueError: The adapter validates something else than an object.
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
        with contextlib.suppress(PydanticSerializationError):  # a default that is not JSON is left out
            properties[name].setdefault("default", to_jsonable_python(defaults[name]))
    for name in properties.keys() & texts.keys():
        properties[name].setdefault("description", texts[name])
    return schema
