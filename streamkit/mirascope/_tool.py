"""Tools under Mirascope's names: the base class, toolkits, and the tool that a model has called."""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, cast

from pydantic import BaseModel, ConfigDict, PrivateAttr

import streamkit as sk

__all__ = ["BaseTool", "BaseToolKit", "toolkit_tool"]

F = TypeVar("F", bound=Callable[..., Any])


class BaseTool(BaseModel):
    """A tool as a class: the fields are the arguments, the method ``call`` runs the tool, and an instance is a call."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    tool_config: ClassVar[dict[str, Any]] = {}
    _sent: Any = PrivateAttr(None)  # the model's call, validated

    @classmethod
    def _name(cls) -> str:
        return cls.__name__

    @property
    def args(self) -> dict[str, Any]:
        """The arguments by name."""
        return {**{name: getattr(self, name) for name in type(self).model_fields}, **(self.model_extra or {})}

    @property
    def tool_call(self) -> Any:
        """The call that the model made."""
        return self._sent and self._sent.tool_call

    @property
    def id(self) -> str | None:
        """The provider's id of the call."""
        return self._sent and self._sent.id

    @property
    def delta(self) -> str | None:
        """None, because the call is whole; a partial tool call has the newest characters here."""
        return None

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Run the tool."""
        raise NotImplementedError(f"{type(self).__name__} has no method `call`: write one that runs the tool.")


class _PlainTool(BaseTool):
    """A call of a tool that is a function, or a model class that is no ``BaseTool``; the arguments are attributes."""

    model_config = ConfigDict(extra="allow")

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self._sent.call()


@functools.lru_cache(maxsize=256)
def _plain_class(name: str) -> type[_PlainTool]:
    return type(name, (_PlainTool,), {"__module__": __name__})


def as_base_tool(call: Any) -> Any:
    """Return a validated call as a ``BaseTool``; a partial call, or one of a tool given as a dict, unchanged."""
    value = getattr(call, "value", None)
    if value is None:
        return call
    tool: Any = value if isinstance(value, BaseTool) else _plain_class(call.name).model_construct(**call.args)
    tool._sent = call
    return tool


def toolkit_tool(method: F) -> F:
    """Mark a method of a ``BaseToolKit``, or a ``BaseTool`` class in the toolkit, as a tool."""
    cast("Any", method).__toolkit_tool__ = True
    return method


class BaseToolKit(BaseModel):
    """Tools that share a namespace and state; ``{self.name}`` in a tool's docstring is filled from the state."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    __namespace__: ClassVar[str | None] = None

    def create_tools(self) -> list[sk.Tool[..., Any]]:
        """Return the tools, with descriptions made from the present state."""
        names = [name for name in dir(type(self)) if hasattr(getattr(type(self), name, None), "__toolkit_tool__")]
        return [self._as_tool(getattr(self, name)) for name in names]

    def _as_tool(self, target: Any) -> sk.Tool[..., Any]:
        name, text = target.__name__, sk.as_tool(target).description
        get, values = string.Formatter().get_field, {"self": self}
        text = re.sub(r"\{(self\.[^{}]*)\}", lambda found: str(get(found[1], (), values)[0]), text)
        return sk.as_tool(target, name=f"{self.__namespace__}_{name}" if self.__namespace__ else name, description=text)
