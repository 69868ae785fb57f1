"""The transformers of ``batch`` and ``coalesce``: elements gathered into lists, and neighbours joined into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeAlias, TypeVar, cast

from msgspec.structs import replace

from ..chunk import Chunk

T = TypeVar("T")

_CAP = 65_536  # characters that are joined into one element
# The fields that can be joined, if a chunk has no other.
_TEXTS = ("content", "thinking", "refusal", "tool_plan", "audio_transcript")

_ALONE = {
    name: default
    for name, default in zip(Chunk.__struct_fields__, Chunk.__struct_defaults__, strict=True)
    if name not in (*_TEXTS, "model", "id", "provider", "payload", "sdk", "plain", "index", "block")
}


_Kind: TypeAlias = "tuple[str, int | None]"  # a field of chunks, and their block

_TEXT: _Kind = ("", None)


class Joined(Generic[T]):
    """Joins neighbouring pieces of text, and neighbouring chunks that only have text; each choice has its own run.

    >>> joined = Joined()
    >>> joined.feed("Euro"), joined.feed("pa"), joined.flush()
    ([], [], ['Europa'])
    """

    error = None

    def __init__(self) -> None:
        self.done = False
        self._runs: dict[int, tuple[_Kind, list[T]]] = {}
        self._size = 0

    @property
    def buffered(self) -> bool:
        """Whether pieces wait to be joined."""
        return bool(self._runs)

    def feed(self, item: T) -> list[T]:
        """Take the next element; return the joined elements before it, and an element that cannot be joined."""
        kind, choice, size = _kind(item)
        if kind is None:
            return [*self.flush(), item]
        run = self._runs.get(choice)
        released: list[T] = []
        if run is not None and run[0] != kind:
            released, run = self.flush(), None
        if run is None:
            run = self._runs[choice] = (kind, [])
        run[1].append(item)
        self._size += size
        return [*released, *self.flush()] if self._size >= _CAP else released

    def flush(self) -> list[T]:
        """Return the buffered elements, joined."""
        runs, self._runs, self._size = self._runs, {}, 0
        return [joined(items, kind[:1]) for kind, items in runs.values()]


def _kind(item: object) -> tuple[_Kind | None, int, int]:
    """Return the kind of elements that an element can be joined with (or None), its choice, and its length."""
    if isinstance(item, str):
        return _TEXT, 0, len(item)
    if not isinstance(item, Chunk):
        return None, 0, 0
    chunk = cast("Chunk[Any]", item)
    if chunk.plain:
        return ("content", chunk.block), 0, len(chunk.content)
    texts = [name for name in _TEXTS if getattr(chunk, name)]
    if len(texts) != 1 or any(getattr(chunk, name) != default for name, default in _ALONE.items()):
        return None, 0, 0
    return (texts[0], chunk.block), chunk.index, len(getattr(chunk, texts[0]))


def joined(items: Sequence[T], names: Sequence[str]) -> T:
    """Join neighbours into one element: text, bytes, or chunks that differ in the given fields only.

    Args:
        items: The neighbours, at least one.
        names: Names of the chunks' fields to join: text or bytes.

    >>> joined([Chunk(content="Euro"), Chunk(content="pa")], ["content"])
    Chunk(content='Europa')
    """
    first: Any = items[0]
    if len(items) == 1:
        return first
    if not isinstance(first, Chunk):
        return cast("T", type(first)().join(cast("Any", items)))
    chunks = cast("Sequence[Chunk[Any]]", items)
    fields: dict[str, Any] = {}
    for name in names:
        fields[name] = (b"" if name == "audio" else "").join([getattr(each, name) for each in chunks])
    model = next((each.model for each in chunks if each.model), None)
    response_id = next((each.id for each in chunks if each.id), None)
    return cast(
        "T", replace(cast("Any", first), **fields, model=model, id=response_id, payload=None, sdk=None, plain=False)
    )


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
