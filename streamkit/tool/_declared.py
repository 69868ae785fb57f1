"""The tools that a call declares, and the validation of the model's tool calls against them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from .._compat.renamed import moved
from ..chunk import Chunk
from ..errors import ConfigurationError, ToolArgumentsError
from ._calls import ToolCall, ToolCalls, was_cut
from ._tool import Tool, arguments_error, as_tool


def to_tools(tools: Iterable[Any]) -> tuple[Any, ...]:
    """Make Tools of the functions and model classes in a list; ``Tool`` objects and dicts stay unchanged.

    Args:
        tools: Functions, pydantic model classes, ``Tool`` objects, and dicts.

    Raises:
        ConfigurationError: ``tools`` is no list, an item cannot be a tool, or two tools have the same name.
    """
    if isinstance(tools, (str, Mapping, Tool)) or not isinstance(cast("object", tools), Iterable):
        raise ConfigurationError("tools= takes a list: of functions, pydantic model classes, sk.Tool(…) or dicts.")
    found = tuple(as_tool(each) if callable(each) else each for each in tools)
    names: set[str] = set()
    for name in filter(None, map(_name, found)):
        if name in names:
            raise ConfigurationError(f"Two tools are named {name!r}: give one another name by sk.as_tool(…, name=…).")
        names.add(name)
    return found


def _name(tool: Any) -> str | None:
    """Return the name of a tool; None if a dict in the provider's own form hides it."""
    if isinstance(tool, Tool):
        return cast("Tool[..., Any]", tool).name
    if not isinstance(tool, Mapping):
        return None
    given = cast("Mapping[str, Any]", tool)
    inner = given.get("function", given)
    return cast("Mapping[str, Any]", inner).get("name") if isinstance(inner, Mapping) else None


class ToolRegistry:
    """The tools of a call, by name.

    Two Responses that differ only in their registry compare as equal, and a copied or unpickled registry is empty,
    because functions cannot be pickled.

    Args:
        tools: The result of ``to_tools``.
    """

    __slots__ = ("_names", "_tools")

    def __init__(self, tools: Iterable[Any] = ()) -> None:
        given = tuple(tools)
        names = [_name(tool) for tool in given]
        self._tools: dict[str, Tool[..., Any]] = {each.name: each for each in given if isinstance(each, Tool)}
        # Every name that a call may have; None if the name of a tool in the provider's own form is not known.
        self._names = None if None in names else frozenset(filter(None, names))

    def __bool__(self) -> bool:
        return bool(self._tools)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ToolRegistry)

    def __hash__(self) -> int:
        return hash(ToolRegistry)

    def __reduce__(self) -> tuple[type[ToolRegistry], tuple[()]]:
        return ToolRegistry, ()

    def validate(self, call: ToolCall) -> ToolCall:
        """Return a finished call with validated arguments; a call of a tool declared as a dict stays unchanged.

        Raises:
            ToolArgumentsError: No tool has the call's name, or the arguments do not fit.
        """
        tool = self._tools.get(call.name)
        if tool is not None:
            return tool.read(call)
        if self._unknown(call):
            known = ", ".join(sorted(self._names or ()))
            raise arguments_error(call, f"The model called {call.name!r}, which is none of this call's tools: {known}.")
        return call

    def _unknown(self, call: ToolCall) -> bool:
        # A subscriber that joined late has not seen the name of a call that had begun.
        return bool(self._tools and call.name) and self._names is not None and call.name not in self._names

    def is_invalid(self, call: ToolCall, *, ended: bool) -> bool:
        """Return whether a call has incomplete arguments although the answer has ended, uncut, and names a tool."""
        return ended and not call.complete and (call.name in self._tools or self._unknown(call))

    def validate_all(self, calls: Iterable[ToolCall], finish_reasons: list[str] | None) -> list[ToolCall]:
        """Return the finished calls of an answer, each with validated arguments.

        Args:
            calls: All calls, unfinished ones included.
            finish_reasons: The answer's finish reasons; None before the end.

        Raises:
            ToolArgumentsError: Arguments do not fit, or are incomplete although the answer has ended uncut.
        """
        ended = finish_reasons is not None and not was_cut(finish_reasons)
        return [self.validate(call) for call in calls if call.complete or self.is_invalid(call, ended=ended)]


class ToolCallValidator:
    """Assembles the tool calls of one choice and validates the arguments of each finished call.

    Args:
        tools: The call's tools.
    """

    __slots__ = ("_calls", "_invalid", "_tools")

    def __init__(self, tools: ToolRegistry) -> None:
        self._calls = ToolCalls()
        self._tools = tools
        self._invalid: list[tuple[ToolCall, ToolArgumentsError]] = []

    @property
    def ended(self) -> bool:
        """Whether the choice has ended without being cut by the token limit or a content filter."""
        return self._calls.ended

    def feed(self, chunk: Chunk) -> list[ToolCall]:
        """Add the choice's next chunk; return the calls that have become complete and are valid."""
        if not (chunk.tool_calls or chunk.finish_reasons):
            return []
        self._calls.feed(chunk)
        whole = self._calls.completed()
        return self._validate(whole) if whole and self._tools else whole

    def _validate(self, calls: Iterable[ToolCall]) -> list[ToolCall]:
        valid: list[ToolCall] = []
        for call in calls:
            try:
                valid.append(self._tools.validate(call))
            except ToolArgumentsError as error:
                self._invalid.append((call, error))
        return valid

    def flush(self) -> list[tuple[ToolCall, ToolArgumentsError]]:
        """End the input; return the invalid calls, each paired with the error."""
        if self._tools:
            self._validate(call for call in self._calls.snapshot() if self._tools.is_invalid(call, ended=self.ended))
        return self._invalid


def __getattr__(name: str) -> Any:
    return moved(__name__, name)
