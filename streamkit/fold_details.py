"""Adds up the details of one choice: server tools, probabilities of tokens, and fields of a Response."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from .chunk import Chunk, details_of
from .details import Details, Logprob, ServerTool, ServerToolDelta
from .errors import LimitExceeded

_COMMON = ("service_tier", "search_results")  # the fields that are about the whole answer

_RESULTS = ("web_search", "web_fetch", "file_search")


@dataclass(slots=True)
class _OpenTool:
    """A server tool so far."""

    tool: ServerTool
    indexes: set[int] = field(default_factory=set[int])
    text: str = ""
    whole: bool = False

    def add(self, delta: ServerToolDelta) -> None:
        tool = self.tool
        if delta.index is not None:
            self.indexes.add(delta.index)
        if delta.whole_input is not None:
            self.whole, tool = True, replace(tool, input=delta.whole_input)
        self.text += delta.input
        self.tool = replace(
            tool,
            kind=delta.kind or tool.kind,
            name=delta.name or tool.name,
            id=delta.id or tool.id,
            output=self._output(delta),
            state=tool.state if tool.state == "failed" else delta.state or tool.state,
        )

    def _output(self, delta: ServerToolDelta) -> Any:
        before: Any = self.tool.output
        now: Any = delta.output
        if now is None:
            return before
        if delta.kind is None and isinstance(before, list) and isinstance(now, list):
            return [*cast("list[Any]", before), *cast("list[Any]", now)]  # the next part of a result
        return now

    def snapshot(self, *, cut: bool) -> ServerTool:
        tool = self.tool
        if not self.whole and self.text:
            tool = replace(tool, input=self._input())
        return replace(tool, state="unknown") if cut and tool.state == "running" else tool

    def _input(self) -> Any:
        try:
            found: Any = json.loads(self.text)
        except (ValueError, RecursionError):
            return self.text
        return cast("dict[str, Any]", found) if isinstance(found, dict) else self.text


class ServerToolFold:
    """The server's tools of one choice so far, in the order of their first deltas."""

    __slots__ = ("_tools",)

    def __init__(self) -> None:
        self._tools: list[_OpenTool] = []

    @property
    def count(self) -> int:
        """Number of tools."""
        return len(self._tools)

    def copy(self) -> ServerToolFold:
        """Return the server's tools so far, to which others may be added."""
        other = ServerToolFold()
        other._tools = [replace(each, indexes=set(each.indexes)) for each in self._tools]
        return other

    def add(self, delta: ServerToolDelta) -> int | None:
        """Add the next delta; return the position of the delta's tool, or None for a delta without one."""
        at = self._find(delta)
        if at is None:
            if delta.kind is None:
                return None
            at = len(self._tools)
            self._tools.append(_OpenTool(ServerTool(delta.kind)))
        self._tools[at].add(delta)
        return at

    def snapshot(self, *, cut: bool = False) -> list[ServerTool]:
        """Return the present state of every tool.

        Args:
            cut: True if the answer has ended before its end.
        """
        return [each.snapshot(cut=cut) for each in self._tools]

    def snapshot_of(self, at: int, *, cut: bool = False) -> ServerTool:
        """Return the present state of one tool."""
        return self._tools[at].snapshot(cut=cut)

    def _find(self, delta: ServerToolDelta) -> int | None:
        """Return the position of a delta's tool: by index, else by id, else the last one without a result."""
        tools = self._tools
        by_index = (at for at, each in enumerate(tools) if delta.index is not None and delta.index in each.indexes)
        by_id = (at for at, each in enumerate(tools) if delta.id is not None and each.tool.id == delta.id)
        if (found := next(by_index, next(by_id, None))) is not None:
            return found
        if delta.output is None or delta.whole_input is not None or (delta.index is not None and delta.index < 0):
            return None
        running = [at for at, each in enumerate(tools) if each.tool.state == "running" and each.tool.kind == delta.kind]
        return running[-1] if running and delta.id is None else None


class DetailsFold:
    """The details of one choice so far."""

    __slots__ = ("_all_logprobs", "_fields", "_last", "_logprobs", "_size", "_tools")

    def __init__(self) -> None:
        self._size = 0
        self._last: bytes | None = None
        self._tools: ServerToolFold | None = None
        self._logprobs: list[Logprob] = []
        self._all_logprobs: list[Logprob] = []
        self._fields: dict[str, Any] = {}

    def copy(self) -> DetailsFold:
        """Return the details so far, to which others may be added."""
        other = copy.copy(self)
        other._tools = None if self._tools is None else self._tools.copy()
        other._logprobs, other._fields = list(self._logprobs), dict(self._fields)
        return other

    def feed(self, chunks: Iterable[Chunk]) -> None:
        """Read the events of chunks that have details."""
        for chunk in chunks:
            if chunk.payload is self._last:  # one event may have become several chunks
                continue
            self._last = chunk.payload
            found = details_of(chunk)
            if found.server_tools or found.logprobs:
                self._size += len(chunk.payload or b"")
            self._take(found)

    def check(self, cap: int) -> None:
        """Check the size of the details.

        Args:
            cap: Largest size, in bytes of the events.

        Raises:
            LimitExceeded: The details are larger.
        """
        if self._size > cap:
            raise LimitExceeded(f"The answer's server tools and probabilities are larger than {cap} bytes (caps.text).")

    def _take(self, found: Details) -> None:
        for delta in found.server_tools:
            self._tools = self._tools or ServerToolFold()
            self._tools.add(delta)
        self._logprobs += found.logprobs
        self._all_logprobs = found.all_logprobs or self._all_logprobs
        for name, value in found.fields.items():
            before = self._fields.get(name)
            self._fields[name] = {**before, **value} if name == "safety" and before else value

    def choice_fields(self, *, cut: bool = False) -> dict[str, Any]:
        """Return the fields of a choice.

        Args:
            cut: True if the answer has ended before its end.
        """
        found: dict[str, Any] = {}
        if self._tools is not None:
            found["server_tools"] = self._tools.snapshot(cut=cut)
        if self._logprobs or self._all_logprobs:
            found["logprobs"] = list(self._logprobs or self._all_logprobs)
        return found

    def response_fields(self, *, first: bool) -> dict[str, Any]:
        """Return the fields of a Response, after ``choice_fields``: those that the events have, and found sources.

        Args:
            first: True for choice 0; of any other choice only what is about the whole answer.
        """
        tools = self._tools.snapshot() if first and self._tools is not None else ()
        results = [*self._fields.get("search_results", ()), *_results(tools)]
        found = {**self._fields, "search_results": results} if results else self._fields
        return found if first else {name: found[name] for name in _COMMON if name in found}


def details_of_choices(folds: Sequence[DetailsFold | None], stop_sequence: str | None) -> dict[str, Any]:
    """Return the fields of a Response, after the ``choice_fields`` of each choice, in order.

    Args:
        folds: The details of each choice.
        stop_sequence: The stop string that ended the answer, if another part of the fold knows it.
    """
    found: dict[str, Any] = {}
    for at in range(len(folds) - 1, -1, -1):
        if (fold := folds[at]) is not None:
            found |= fold.response_fields(first=at == 0)
    return found if stop_sequence is None else {**found, "stop_sequence": stop_sequence}


def _results(tools: Sequence[ServerTool]) -> Iterator[Any]:
    for tool in tools:
        output: Any = tool.output
        if tool.kind in _RESULTS and isinstance(output, list):
            yield from (each for each in cast("list[Any]", output) if isinstance(each, dict))
