"""A pydantic model class as a tool: its fields are the arguments, and its ``call`` is what runs."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, RootModel, field_validator

import streamkit as sk


class FormatBook(BaseModel):
    """Write a book's title and author in one line.

    Attributes:
        title: The title, without its article.
        written: When.
    """

    model_config = ConfigDict(populate_by_name=True)

    title: str = Field(description="The title.")
    author: str = Field(alias="by")
    written: int = 0
    _shelf: str = PrivateAttr(default="A")

    @field_validator("author")
    @classmethod
    def known(cls, author: str) -> str:
        if author == "nobody":
            raise ValueError("nobody has written it")
        if author == "broken":
            raise KeyError(author)
        return author

    def call(self) -> str:
        return f"{self.title} by {self.author}, shelf {self._shelf}"


class Waiting(BaseModel):
    async def call(self) -> int:
        return 3


class Moon(BaseModel):
    name: str
    moons: list[Moon] = []


def read(model: Any, text: str) -> Any:
    tool = sk.as_tool(model)
    return tool.read(sk.ToolCall("call_1", tool.name, 0, ..., text, complete=True))


def test_the_schema_has_the_class_and_its_fields() -> None:
    assert sk.as_tool(FormatBook).fields() == {
        "name": "FormatBook",
        "description": "Write a book's title and author in one line.",
        "parameters": {
            "type": "object",
            "properties": {
                "title": {"type": "string", "description": "The title."},
                "by": {"type": "string"},
                "written": {"type": "integer", "default": 0, "description": "When."},
            },
            "required": ["title", "by"],
        },
    }


def test_a_call_is_the_model_and_runs_its_call() -> None:
    call = read(FormatBook, '{"title": "Dune", "by": "Herbert", "cover": "hard"}')
    assert isinstance(call.value, FormatBook)
    assert call.args == {"title": "Dune", "author": "Herbert", "written": 0}
    assert call.call() == "Dune by Herbert, shelf A"


def test_a_model_without_call_gives_itself() -> None:
    call = read(Moon, '{"name": "Io"}')
    assert call.call() == Moon(name="Io") == call.value


async def test_an_async_call_is_awaited() -> None:
    assert sk.as_tool(Waiting).is_async and not sk.as_tool(Moon).is_async
    assert await read(Waiting, "{}").call() == 3


def test_the_schema_of_a_recursive_model_is_an_object() -> None:
    parameters = sk.as_tool(Moon).parameters
    assert (parameters["type"], parameters["required"]) == ("object", ["name"])
    assert parameters["properties"]["moons"]["items"] == {"$ref": "#/$defs/Moon"}
    assert read(Moon, '{"name": "a", "moons": [{"name": "b"}]}').value.moons == [Moon(name="b")]


def test_what_is_no_object_is_no_tool() -> None:
    with pytest.raises(sk.ConfigurationError, match="its arguments are no object"):
        sk.as_tool(RootModel[list[int]], name="numbers").fields()


def test_a_model_made_into_a_tool_still_makes_models() -> None:
    assert sk.Tool(Moon, name="moon")(name="Io") == Moon(name="Io")


@pytest.mark.parametrize(
    ("author", "says", "cause"),
    [
        ("nobody", "by: Value error, nobody has written it", ValueError),
        ("broken", "KeyError: 'broken'", KeyError),
    ],
)
def test_what_a_validator_refuses_shows_what_came_and_why(author: str, says: str, cause: type[Exception]) -> None:
    text = f'{{"title": "Dune", "by": "{author}"}}'
    with pytest.raises(sk.ToolArgumentsError) as caught:
        read(FormatBook, text)
    error = caught.value
    assert (error.id, error.name, error.index, error.arguments_text) == ("call_1", "FormatBook", 0, text)
    assert says in str(error) and text in str(error)
    assert isinstance(error.__cause__, cause)


def test_an_error_shows_no_more_than_the_beginning_of_what_came_and_escapes_it() -> None:
    with pytest.raises(sk.ToolArgumentsError) as caught:
        read(Moon, '{"title": "\x1b[2J' + "x" * 10_000 + '"}')
    assert len(str(caught.value)) < 500
    assert "\x1b" not in str(caught.value) and r"\x1b[2J" in str(caught.value)
