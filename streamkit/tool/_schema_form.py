"""A tool whose schema is given instead of made from annotations, as the tools of an MCP server are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..forks import cached

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from ._context import ToolContext


class SchemaForm:
    """An async tool with a JSON schema of somebody else, who validates the arguments.

    Args:
        name: Name of the tool.
        description: Description for the model.
        schema: JSON schema of the arguments, which is sent as it is.
        call: Async function of the arguments by name and the context of the call.
    """

    is_async = True

    def __init__(
        self, name: str, description: str, schema: dict[str, Any], call: Callable[[dict[str, Any], ToolContext], Any]
    ) -> None:
        self.name = name
        self.description = description
        self.schema = schema
        self.defaults: dict[str, Any] = {}
        self._call = call

    def __call__(self, **arguments: Any) -> Any:
        from ._context import ToolContext

        return self._call(arguments, ToolContext())

    def describe(self) -> tuple[str, dict[str, str]]:
        """Return the description; the properties are described in the schema."""
        return self.description, {}

    @cached
    def adapter(self) -> TypeAdapter[Any]:
        """The validator of arguments: any object passes."""
        from pydantic import TypeAdapter

        return TypeAdapter(dict[str, Any])

    def value(self, valid: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments."""
        return valid

    def args(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments."""
        return value

    def run(self, value: dict[str, Any], context: ToolContext) -> Any:
        """Call the function."""
        return self._call(value, context)
