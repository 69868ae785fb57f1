"""Pieces: elements that only say more of the same; neighbours can be joined, and a lossy reader may miss some."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from ..chunk import Chunk
from ..portion import joined

T = TypeVar("T")
_SAID = ("content", "thinking", "tool_plan", "audio", "audio_transcript")


def is_piece(item: object) -> bool:
    """Whether an element is only a piece of text, thinking or audio, which a lossy reader may miss."""
    if not isinstance(item, Chunk):
        return True
    chunk = cast("Chunk[Any]", item)
    if chunk.plain:
        return True
    told = chunk.tool_calls or chunk.finish_reasons or chunk.usage or chunk.images or chunk.citations
    return not (told or chunk.signature or chunk.redacted_thinking or chunk.refusal)


def coalesced(batch: list[T]) -> list[T]:
    """Join neighbouring pieces of text, bytes, or chunks that are only pieces."""
    runs: list[list[T]] = []
    wrote = False  # the last of them has text: one chunk cannot say that thinking came after it
    for each in batch:
        content, thinks = _said(each)
        if runs and not (wrote and thinks) and _alike(runs[-1][-1], each):
            runs[-1].append(each)
        else:
            runs.append([each])
            wrote = False
        wrote = wrote or content
    return [joined(run, _SAID) for run in runs]


def _said(item: object) -> tuple[bool, bool]:
    """Whether an element is a chunk with text, and one with what comes before that."""
    if not isinstance(item, Chunk):
        return False, False
    chunk = cast("Chunk[Any]", item)
    return bool(chunk.content), bool(chunk.thinking or chunk.tool_plan)


def _alike(first: object, second: object) -> bool:
    """Whether the second says more of the same."""
    if isinstance(first, Chunk) and isinstance(second, Chunk):
        one, other = cast("Chunk[Any]", first), cast("Chunk[Any]", second)
        return (one.index, one.block) == (other.index, other.block) and is_piece(one) and is_piece(other)
    return any(isinstance(first, kind) and isinstance(second, kind) for kind in (str, bytes))
