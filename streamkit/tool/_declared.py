"""The tools of one call: which there are, and what the model's calls of them are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from .._compat import moved
from ..chunk import Chunk
from ..errors import ConfigurationError, ToolArgumentsError
from ._calls import ToolCall, ToolCalls, was_cut
from ._tool import Tool, as_tool, refused


def to_tools(tools: Iterable[Any]) -> tuple[Any, ...]:
    """Make tools of the functions and models among those of a call; what else there is stays as it is.

    Args:
        tools: Functions, pydantic model classes, ``Tool`` objects, and dicts.

    Raises:
        ConfigurationError: It is no list; one cannot be a tool; or two have the same name.
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
    """Return the name of a tool; None for what a provider's own form hides."""
    if isinstance(tool, Tool):
        return cast("Tool[..., Any]", tool).name
    if not isinstance(tool, Mapping):
        return None
    given = cast("Mapping[str, Any]", tool)
    inner = given.get("function", given)
    return cast("Mapping[str, Any]", inner).get("name") if isinstance(inner, Mapping) else None


class ToolRegistry:
    """The tools that a call was given, by their names.

    It takes no part in comparisons, and stays behind when what holds it is copied or sent elsewhere:
    functions do not travel.

    Args:
        tools: What ``declared`` gives.
    """

    __slots__ = ("_names", "_tools")

    def __init__(self, tools: Iterable[Any] = ()) -> None:
        every = tuple(tools)
        names = [_name(tool) for tool in every]
        self._tools: dict[str, Tool[..., Any]] = {each.name: each for each in every if isinstance(each, Tool)}
        # Every name that a call may have; None if a tool in a provider's own form may give it any.
        self._names = None if None in names else frozenset(filter(None, names))

    def __bool__(self) -> bool:
        return bool(self._tools)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ToolRegistry)

    def __hash__(self) -> int:
        return hash(ToolRegistry)

    def __reduce__(self) -> tuple[type[ToolRegistry], tuple[()]]:
        return ToolRegistry, ()

    def read(self, call: ToolCall) -> ToolCall:
        """Return a whole call as what it calls takes it; one of a tool given as a dict stays as it is.

        Args:
            call: The call as the model made it.

        Raises:
            ToolArgumentsError: There is no such tool, or its arguments do not fit.
        """
        tool = self._tools.get(call.name)
        if tool is not None:
            return tool.read(call)
        if self._unknown(call):
            known = ", ".join(sorted(self._names or ()))
            raise refused(call, f"The model called {call.name!r}, which is none of this call's tools: {known}.")
        return call

    def _unknown(self, call: ToolCall) -> bool:
        # One who came late to a stream has not seen the name of a call that had begun.
        return bool(self._tools and call.name) and self._names is not None and call.name not in self._names

    def is_wrong(self, call: ToolCall, *, ended: bool) -> bool:
        """Whether a call is not whole although the answer is, and is to be read by what it calls.

        Args:
            call: The call.
            ended: The answer has come to its end, and was not cut.
        """
        return ended and not call.complete and (call.name in self._tools or self._unknown(call))

    def read_all(self, calls: Iterable[ToolCall], finish_reasons: list[str] | None) -> list[ToolCall]:
        """Return the whole ones of an answer's calls, as ``read`` does.

        Args:
            calls: The calls, as far as they have been told.
            finish_reasons: Why the answer has ended, if it has.

        Raises:
            ToolArgumentsError: One does not fit; or is not whole although the answer is.
        """
        ended = finish_reasons is not None and not was_cut(finish_reasons)
        return [self.read(call) for call in calls if call.complete or self.is_wrong(call, ended=ended)]


class ToolCallValidator:
    """The calls of one choice, each as what it calls takes it, once it is whole.

    Args:
        tools: The call's tools.
    """

    __slots__ = ("_calls", "_refused", "_tools")

    def __init__(self, tools: ToolRegistry) -> None:
        self._calls = ToolCalls()
        self._tools = tools
        self._refused: list[tuple[ToolCall, ToolArgumentsError]] = []

    @property
    def ended(self) -> bool:
        """Whether the choice has come to its end, and not by length or filter."""
        return self._calls.ended

    def feed(self, chunk: Chunk) -> list[ToolCall]:
        """Take the next chunk of the choice; return the calls that have become complete and are valid.

        Args:
            chunk: The next chunk.
        """
        if not (chunk.tool_calls or chunk.finish_reasons):
            return []
        self._calls.add(chunk)
        whole = self._calls.completed()
        return self._read(whole) if whole and self._tools else whole

    def _read(self, calls: Iterable[ToolCall]) -> list[ToolCall]:
        fit: list[ToolCall] = []
        for call in calls:
            try:
                fit.append(self._tools.read(call))
            except ToolArgumentsError as error:
                self._refused.append((call, error))
        return fit

    def flush(self) -> list[tuple[ToolCall, ToolArgumentsError]]:
        """End the input; return the invalid calls, each with its error."""
        if self._tools:
            self._read(call for call in self._calls.snapshot() if self._tools.is_wrong(call, ended=self.ended))
        return self._refused


def __getattr__(name: str) -> Any:
    return moved(__name__, name)
