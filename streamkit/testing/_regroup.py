"""The same answer cut into other chunks: providers cut deltas anywhere, and no result may depend on where."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, TypeVar, cast

from msgspec.structs import replace

from ..chunk import Chunk, ToolCallDelta


def rechunk(data: bytes, *, seed: int | None = None, size: int | None = None) -> list[bytes]:
    """Split `data` into parts, none of them empty, that join to `data` again.

    Args:
        data: The bytes to split.
        seed: Seed of the random split, which is then the same in every run.
        size: Bytes of every part but the last, instead of a random split.

    Raises:
        ValueError: `size` is below 1, or given together with `seed`.

    Example:
        >>> rechunk(b"abcde", size=2)
        [b'ab', b'cd', b'e']
    """
    if size is not None and (size < 1 or seed is not None):
        raise ValueError(f"size= must be at least 1 and without seed=, not {size}")
    edges = _random_edges(len(data), random.Random(seed)) if size is None else range(0, len(data), size)
    return [data[start:end] for start, end in pairwise([*edges, len(data)])]


def _random_edges(length: int, rng: random.Random) -> list[int]:
    if not length:
        return []
    # The number of cuts is spread evenly over its orders of magnitude: few large parts are as likely as many small.
    cuts = int(length ** rng.random()) - 1
    return [0, *sorted(rng.sample(range(1, length), cuts))]


T = TypeVar("T", str, bytes, Chunk)

_MERGE = 0.3  # probability that two neighbours are joined


def regroup(elements: Iterable[T], *, seed: int = 0) -> list[T]:
    """Cut texts, bytes or chunks anew: split at random, and join neighbours at random.

    Texts, thinking, refusals, tool arguments, audio and transcripts are split anywhere, also inside a
    character that is made of several code points; a reason, usage, images and citations stay whole.

    Args:
        elements: All text, all bytes or all chunks of one answer.
        seed: Seed of the random cuts.

    Returns:
        Elements with the same content.

    >>> "".join(regroup(["Euro", "pa"], seed=3))
    'Europa'
    """
    rng = random.Random(seed)
    found: list[Any] = []
    for each in elements:
        parts = _split_chunk(each, rng) if isinstance(each, Chunk) else _split(each, rng)
        for part in parts:
            if found and rng.random() < _MERGE and (merged := _merged(found[-1], part)) is not None:
                found[-1] = merged
            else:
                found.append(part)
    return found


def _split(whole: Any, rng: random.Random) -> list[Any]:
    if isinstance(whole, bytes):
        return rechunk(whole, seed=rng.randrange(2**32))
    assert isinstance(whole, str)
    cuts = [cut for cut in range(1, len(whole)) if rng.random() < 0.4]
    edges = [0, *cuts, len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(edges) if end > start]


def _merged(first: Any, second: Any) -> Any:
    if isinstance(first, Chunk) and isinstance(second, Chunk):
        return _merged_chunks(cast("Chunk", first), cast("Chunk", second))
    return first + second


def _merged_chunks(first: Chunk, second: Chunk) -> Chunk | None:
    if (first.index, first.block) != (second.index, second.block) or first.finish_reasons:
        return None
    return replace(
        first,
        content=first.content + second.content,
        thinking=first.thinking + second.thinking,
        refusal=first.refusal + second.refusal,
        tool_plan=first.tool_plan + second.tool_plan,
        audio_transcript=first.audio_transcript + second.audio_transcript,
        audio=first.audio + second.audio,
        tool_calls=(*first.tool_calls, *second.tool_calls),
        images=(*first.images, *second.images),
        citations=(*first.citations, *second.citations),
        signature=((first.signature or "") + (second.signature or "")) or None,
        redacted_thinking=first.redacted_thinking + second.redacted_thinking,
        finish_reasons=second.finish_reasons,
        usage=second.usage or first.usage,
        model=first.model or second.model,
        id=first.id or second.id,
        payload=None,
        plain=False,
    )


def _split_chunk(chunk: Chunk, rng: random.Random) -> Iterator[Chunk]:
    """Yield the parts of a chunk in order; the fields that cannot be split come with the last part."""
    shared: dict[str, Any] = {"index": chunk.index, "block": chunk.block, "model": chunk.model, "id": chunk.id}
    parts: list[Chunk] = []
    for field in ("thinking", "tool_plan", "content", "refusal", "audio_transcript", "audio"):
        parts += [Chunk(**shared, **{field: part}) for part in _split(getattr(chunk, field), rng)]
    parts += [Chunk(**shared, tool_calls=(delta,)) for call in chunk.tool_calls for delta in _split_delta(call, rng)]
    once = replace(
        chunk, thinking="", tool_plan="", content="", refusal="", audio_transcript="", audio=b"", tool_calls=()
    )
    yield from parts
    if not parts or once != Chunk(**shared, provider=chunk.provider, payload=chunk.payload, api=chunk.api):
        yield replace(once, payload=None, plain=False)


def _split_delta(delta: ToolCallDelta, rng: random.Random) -> list[ToolCallDelta]:
    texts = _split(delta.arguments, rng) or [""]
    parts = [ToolCallDelta(index=delta.index, arguments=text) for text in texts]
    parts[0] = replace(parts[0], id=delta.id, name=delta.name, signature=delta.signature, kind=delta.kind)
    parts[-1] = replace(parts[-1], complete=delta.complete)
    return parts
