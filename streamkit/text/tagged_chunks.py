"""TaggedChunks: text of chunks that stands inside tags moves to another field, for each choice by itself."""

from __future__ import annotations

from typing import Any

import msgspec

from ..chunk import Chunk
from .tags import Run, Tags, TagSplitter


class TaggedChunks:
    """Moves what stands inside tags from ``content`` to another field. A chunk has either of them, in their order.

    At a finish reason the text of the choice has ended; what follows is a text of its own, such as the next turn's.

    Args:
        tags: The tags.
        to: The field of chunks for the text inside.
        keep_events: True if a changed chunk keeps its event, as a decoder's does, and no chunk is left out.

    >>> router = TaggedChunks(Tags(["think"]))
    >>> [(chunk.thinking, chunk.content) for chunk in router.feed(Chunk(content="<think>Ice?</think>Europa"))]
    [('Ice?', ''), ('', 'Europa')]
    """

    def __init__(self, tags: Tags, *, to: str = "thinking", keep_events: bool = False) -> None:
        self._tags = tags
        self._to = to
        self._keep_events = keep_events
        self._splitters: dict[int, TagSplitter] = {}

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """Take the next chunk; return what is certain."""
        if not chunk.content and not chunk.finish_reasons:
            return [chunk]
        splitter = self._splitters.get(chunk.index)
        if splitter is None:
            splitter = self._splitters[chunk.index] = TagSplitter(self._tags)
        elif splitter.is_over and not chunk.finish_reasons:
            return [chunk]
        runs = splitter.feed(chunk.content) if chunk.content else []
        if chunk.finish_reasons:
            runs += splitter.flush()
        if not any(inside for inside, _ in runs) and "".join(text for _, text in runs) == chunk.content:
            return [chunk]
        if not runs and chunk.plain and not self._keep_events:
            return []
        return self._split(chunk, runs)

    def flush(self) -> list[Chunk]:
        """Return the rest, since the stream has ended."""
        return [
            Chunk(index=index, **self._fields(run))
            for index, splitter in sorted(self._splitters.items())
            for run in splitter.flush()
        ]

    def _split(self, chunk: Chunk, runs: list[Run]) -> list[Chunk]:
        """Return the chunks of the runs; the last one has everything else that the chunk has."""
        own: str = getattr(chunk, self._to)
        runs = [(True, own), *runs] if own else runs or [(False, "")]
        if len(runs) > 1 and runs[0][0] and runs[1][0]:
            runs = [(True, runs[0][1] + runs[1][1]), *runs[2:]]
        event: dict[str, Any] = (
            {"payload": chunk.payload, "api": chunk.api} if self._keep_events else {"payload": None, "api": None}
        )
        last = msgspec.structs.replace(chunk, plain=False, **event, **self._fields(runs[-1]))
        if len(runs) == 1:
            return [last]
        common: dict[str, Any] = {name: getattr(chunk, name) for name in ("index", "model", "id", "provider", "block")}
        return [*(Chunk(**common, **event, **self._fields(each)) for each in runs[:-1]), last]

    def _fields(self, run: Run) -> dict[str, Any]:
        return {"content": "", self._to: run[1]} if run[0] else {"content": run[1], self._to: ""}
