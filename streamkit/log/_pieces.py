"""Pieces: elements that only say more of the same; neighbours can be joined, and a lossy reader may miss some."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from msgspec.structs import replace

from ..chunk import Chunk

T = TypeVar("T")


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
    found: list[T] = []
    for each in batch:
        joined = _joined(found[-1], each) if found else None
        if joined is None:
            found.append(each)
        else:
            found[-1] = cast("T", joined)
    return found


def _joined(first: object, second: object) -> object | None:
    if isinstance(first, Chunk) and isinstance(second, Chunk):
        return _joined_chunks(cast("Chunk[Any]", first), cast("Chunk[Any]", second))
    if isinstance(first, str) and isinstance(second, str):
        return first + second
    return first + second if isinstance(first, bytes) and isinstance(second, bytes) else None


def _joined_chunks(first: Chunk, second: Chunk) -> Chunk | None:
    if (first.index, first.block) != (second.index, second.block) or not (is_piece(first) and is_piece(second)):
        return None
    if first.content and (second.thinking or second.tool_plan):
        return None  # one chunk cannot say that thinking came after text
    return replace(
        first,
        content=first.content + second.content,
        thinking=first.thinking + second.thinking,
        tool_plan=first.tool_plan + second.tool_plan,
        audio=first.audio + second.audio,
        audio_transcript=first.audio_transcript + second.audio_transcript,
        model=first.model or second.model,
        id=first.id or second.id,
        payload=None,
        plain=False,
    )
