"""A typed function as a tool: its schema, its validated arguments, and what cannot be a tool."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import Doc

import streamkit as sk

if TYPE_CHECKING:
    from decimal import Decimal


class Planet(enum.Enum):
    JUPITER = "jupiter"
    SATURN = "saturn"


class Mountain(BaseModel):
    """Where to look."""

    height: float
    width: float = 0.5


class Knot(BaseModel):
    name: str
    next: Knot | None = None


def call(target: Any, text: str) -> Any:
    """Let the model call a tool with these arguments, and run it."""
    tool = sk.as_tool(target)
    return tool.read(sk.ToolCall("call_1", tool.name, 0, ..., text, complete=True)).call()


def properties(function: Callable[..., Any]) -> dict[str, Any]:
    return sk.as_tool(function).parameters["properties"]


def test_the_schema_has_the_name_the_description_and_the_parameters() -> None:
    def get_orbit(moon: str, around: Planet = Planet.SATURN) -> str:
        """Look an orbit up.

        In days.

        Args:
            moon: Its name,
                in English.
        """
        return f"{moon} around {around.value}"

    assert sk.as_tool(get_orbit).fields() == {
        "name": "get_orbit",
        "description": "Look an orbit up.\n\nIn days.",
        "parameters": {
            "type": "object",
            "$defs": {"Planet": {"enum": ["jupiter", "saturn"], "title": "Planet", "type": "string"}},
            "properties": {
                "moon": {"type": "string", "description": "Its name,\nin English."},
                "around": {"$ref": "#/$defs/Planet", "default": "saturn"},
            },
            "required": ["moon"],
            "additionalProperties": False,
        },
    }
    assert call(get_orbit, '{"moon": "Titan"}') == "Titan around saturn"
    assert call(get_orbit, '{"moon": "Io", "around": "jupiter"}') == "Io around jupiter"


@pytest.mark.parametrize(
    "text",
    [
        "Look.\n\nArgs:\n    moon (str): Its name.\n    depth: How deep.\n\nReturns:\n    Words.",
        "Look.\n\nParameters\n----------\nmoon : str\n    Its name.\ndepth : int, optional\n    How deep.\n",
        "Look.\n\n:param moon: Its name.\n:param int depth: How deep.\n:returns: Words.",
    ],
    ids=["google", "numpy", "sphinx"],
)
def test_parameters_are_described_as_the_docstring_does(text: str) -> None:
    def look(moon: str, depth: int = 1) -> None: ...

    look.__doc__ = text
    tool = sk.as_tool(look)
    assert tool.description == "Look."
    assert [each["description"] for each in tool.parameters["properties"].values()] == ["Its name.", "How deep."]


def test_what_an_annotation_says_stands_before_what_the_docstring_says() -> None:
    def look(
        a: Annotated[int, Field(description="field", ge=1)], b: Annotated[int, Doc("doc")], c: Annotated[int, "text"]
    ) -> None:
        """Look.

        Args:
            a: docstring
            b: docstring
        """

    assert properties(look) == {
        "a": {"type": "integer", "minimum": 1, "description": "field"},
        "b": {"type": "integer", "description": "doc"},
        "c": {"type": "integer", "description": "text"},
    }


def test_no_docstring_is_no_description() -> None:
    def look() -> None: ...

    assert sk.as_tool(look).fields() == {
        "name": "look",
        "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
    }
    assert sk.as_tool(look, description="Look.").description == "Look."


@pytest.mark.parametrize(
    ("hint", "schema", "text", "given"),
    [
        (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "null", None),  # noqa: UP045
        (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}, '"a"', "a"),
        (Literal["a", 1], {"enum": ["a", 1]}, "1", 1),
        (list[int], {"type": "array", "items": {"type": "integer"}}, "[1]", [1]),
        (dict[str, int], {"type": "object", "additionalProperties": {"type": "integer"}}, '{"a": 1}', {"a": 1}),
        (Mountain, {"$ref": "#/$defs/Mountain"}, '{"height": 2}', Mountain(height=2)),
        (Planet, {"$ref": "#/$defs/Planet"}, '"saturn"', Planet.SATURN),
        (Annotated[str, Field(min_length=2)], {"type": "string", "minLength": 2}, '"Io"', "Io"),
        (bytes, {"type": "string", "format": "binary"}, '"Io"', b"Io"),
        (Any, {}, "[1]", [1]),
    ],
    ids=str,
)
def test_every_type_of_pydantic_has_a_schema_and_is_validated(
    hint: Any, schema: object, text: str, given: object
) -> None:
    def look(what: object) -> object:
        return what

    look.__annotations__["what"] = hint
    assert properties(look) == {"what": schema}
    assert call(look, f'{{"what": {text}}}') == given


def test_models_in_models_are_given_as_models() -> None:
    def tie(knots: list[Knot]) -> str:
        return "-".join(str(knot.next and knot.next.name) for knot in knots)

    assert call(tie, '{"knots": [{"name": "a", "next": {"name": "b"}}]}') == "b"


def test_types_of_the_function_around_are_found_while_that_runs() -> None:
    class Local(BaseModel):
        depth: int

    def look(where: Local, other: list[Local]) -> int:
        return where.depth + len(other)

    assert call(look, '{"where": {"depth": 2}, "other": []}') == 2


def test_a_return_type_that_is_nowhere_does_not_matter() -> None:
    def look(a: int) -> Decimal:
        raise NotImplementedError

    assert properties(look) == {"a": {"type": "integer"}}


def test_any_parameters_name_will_do() -> None:
    def look(schema: int, model_config: int, json: int, self: int) -> int:
        return schema + model_config + json + self

    assert call(look, '{"schema": 1, "model_config": 2, "json": 3, "self": 4}') == 10


def test_positional_and_keyword_parameters_are_given_as_they_want() -> None:
    def look(a: int, b: int = 2, /, c: int = 3, *, d: int) -> list[int]:
        return [a, b, c, d]

    assert call(look, '{"d": 4, "a": 1}') == [1, 2, 3, 4]


def test_private_and_bound_parameters_are_not_the_models() -> None:
    def look(moon: str, log: list[str], _depth: int = 3) -> str:
        log.append(moon)
        return f"{moon} {_depth}"

    log: list[str] = []
    bound = functools.partial(look, log=log)
    assert list(properties(bound)) == ["moon"]
    assert (call(bound, '{"moon": "Io"}'), log) == ("Io 3", ["Io"])
    for name in ("_depth", "log"):
        with pytest.raises(sk.ToolArgumentsError, match=f"{name}: Extra inputs are not permitted"):
            call(bound, f'{{"moon": "Io", "{name}": 1}}')


def test_a_default_may_be_a_field() -> None:
    def look(a: int = Field(3, ge=1, description="how deep"), b: int = Field(description="how wide")) -> int:
        return a * b

    assert properties(look)["a"] == {"type": "integer", "minimum": 1, "description": "how deep", "default": 3}
    assert call(look, '{"b": 2}') == 6
    with pytest.raises(sk.ToolArgumentsError, match="greater than or equal to 1"):
        call(look, '{"a": 0, "b": 2}')


def test_a_parameter_may_have_another_name_for_the_model_or_be_hidden_from_it() -> None:
    def look(moon: Annotated[str, Field(alias="satellite")] = "Io", depth: SkipJsonSchema[int] = 2) -> str:
        return f"{moon} {depth}"

    assert list(properties(look)) == ["satellite"]
    assert call(look, '{"satellite": "Rhea"}') == "Rhea 2"


def test_a_default_that_is_no_json_is_left_out_of_the_schema() -> None:
    def look(a: Any = object) -> Any:
        return a

    assert properties(look) == {"a": {}}
    assert call(look, "{}") is object


class Telescope:
    def __init__(self, name: str) -> None:
        self.name = name

    def look(self, moon: str) -> str:
        """Look at a moon."""
        return f"{self.name} sees {moon}"

    @classmethod
    def build(cls, name: str) -> str:
        return cls(name).name

    @staticmethod
    def count(moons: list[str]) -> int:
        return len(moons)

    @sk.as_tool(pure=True)
    def decorated(self, moon: str) -> str:
        return self.look(moon)

    def __call__(self, moon: str) -> str:
        return self.look(moon)


def test_methods_are_tools_without_their_self() -> None:
    telescope = Telescope("Hale")
    assert sk.as_tool(telescope.look).fields()["description"] == "Look at a moon."
    assert list(properties(telescope.look)) == ["moon"]
    assert call(telescope.look, '{"moon": "Io"}') == "Hale sees Io"
    assert call(Telescope.build, '{"name": "Keck"}') == "Keck"
    assert call(telescope.count, '{"moons": []}') == 0
    assert (sk.as_tool(telescope).name, call(telescope, '{"moon": "Io"}')) == ("Telescope", "Hale sees Io")
    assert sk.as_tool(telescope).description == ""


def test_a_decorated_method_is_bound_as_any_other() -> None:
    telescope = Telescope("Hale")
    assert telescope.decorated("Io") == "Hale sees Io"
    assert (call(telescope.decorated, '{"moon": "Io"}'), telescope.decorated.pure) == ("Hale sees Io", True)


async def test_an_async_function_is_a_tool_whose_result_is_awaited() -> None:
    async def look(moon: str) -> str:
        return moon

    assert sk.as_tool(look).is_async and sk.as_tool(functools.partial(look)).is_async
    assert await call(look, '{"moon": "Io"}') == "Io"


def test_a_decorated_function_stays_a_function() -> None:
    @sk.as_tool
    def look(moon: str) -> str:
        """Look."""
        return moon

    assert (look("Io"), look.__doc__, repr(look)) == ("Io", "Look.", "Tool(look)")
    assert sk.as_tool(look) is look
    again = sk.as_tool(sk.as_tool(look, name="watch"), pure=True)
    assert (again.name, again.pure, again("Io")) == ("watch", True, "Io")
