"""The strict form of a schema: there where OpenAI takes it, and nowhere else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

import streamkit as sk
from streamkit.tool import strict_schema


class Size(BaseModel):
    """Where."""

    height: float
    width: float | None


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")

    height: float


class Made(BaseModel):
    moons: list[str] = Field(default_factory=list)


class Knot(BaseModel):
    next: Knot | None = Field(description="the next")


def strict(function: Callable[..., Any]) -> dict[str, Any] | None:
    schema = sk.as_tool(function).fields(strict=True)
    return schema["parameters"] if schema.get("strict") else None


def plain(a: str, b: int | None, c: Literal["x", "y"], d: list[bool]) -> None: ...
def bounded(
    a: Annotated[int, Field(ge=1, le=3)], b: Annotated[list[str], Field(max_length=3)], c: datetime
) -> None: ...
def nested(sizes: list[Size], other: Size | str, id: uuid.UUID) -> None: ...  # noqa: A002
def described(size: Annotated[Size, Field(description="where")]) -> None: ...
def recursive(knot: Knot) -> None: ...
def empty() -> None: ...
def null_if_left_out(a: int | None = None, b: Size | None = None) -> None: ...


@pytest.mark.parametrize("function", [plain, bounded, nested, described, recursive, empty, null_if_left_out])
def test_where_everything_is_required_and_of_a_plain_type_it_is_strict(function: Callable[..., Any]) -> None:
    schema = strict(function)
    assert schema is not None
    for each in (schema, *schema.get("$defs", {}).values()):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
    assert sk.as_tool(function, strict=True).fields()["parameters"] == schema
    assert "strict" not in sk.as_tool(function, strict=False).fields(strict=True)


def test_a_reference_stands_alone() -> None:
    schema = strict(described)
    assert schema is not None
    assert schema["properties"]["size"]["description"] == "where"
    assert schema["properties"]["size"]["properties"].keys() == {"height", "width"}
    schema = strict(nested)
    assert schema is not None and schema["properties"]["sizes"]["items"] == {"$ref": "#/$defs/Size"}


def default(a: int = 1) -> None: ...
def other_default(a: int | None = 1) -> None: ...
def open_dict(a: dict[str, int]) -> None: ...
def anything(a: Any) -> None: ...
def any_list(a: list[Any]) -> None: ...
def short(a: Annotated[str, Field(max_length=3)]) -> None: ...
def unique(a: set[int]) -> None: ...
def fixed(a: tuple[int, str]) -> None: ...
def binary(a: bytes) -> None: ...
def made(a: Made) -> None: ...
def loose(a: Loose) -> None: ...
def loose_inside(a: list[Loose | None]) -> None: ...


@pytest.mark.parametrize(
    "function",
    [default, other_default, open_dict, anything, any_list, short, unique, fixed, binary, made, loose, loose_inside],
)
def test_where_the_schema_does_not_allow_it_nothing_is_strict(function: Callable[..., Any]) -> None:
    assert strict(function) is None
    assert sk.as_tool(function).fields(strict=True)["parameters"] == sk.as_tool(function).parameters
    with pytest.raises(sk.ConfigurationError, match=f"'{function.__name__}' cannot be strict"):
        sk.as_tool(function, strict=True).fields()


def test_what_is_too_deep_is_not_strict() -> None:
    def deep(a: list[list[list[list[list[list[list[list[list[list[list[int]]]]]]]]]]]) -> None: ...

    assert strict(deep) is None


def test_the_plain_form_is_not_touched() -> None:
    tool = sk.as_tool(nested)
    before = tool.parameters
    tool.fields(strict=True)["parameters"]["properties"].clear()
    assert tool.parameters == before


OPEN: list[dict[str, Any]] = [
    {"type": "object"},
    {"type": "object", "properties": {"a": {"type": "object"}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": ["object", "null"]}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": "array", "items": True}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"$ref": "#", "description": "itself"}}, "required": ["a"]},
    {"type": "object", "properties": {}, "required": ["a"]},
    {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object", "properties": {}}}},
    {"anyOf": [{"type": "object", "properties": {}}]},
]


@pytest.mark.parametrize("schema", OPEN)
def test_a_schema_that_somebody_has_written_is_strict_only_if_it_means_the_same(schema: dict[str, Any]) -> None:
    assert strict_schema(schema) is None
