"""Neighbouring texts and chunks joined into one element, for ``coalesce`` and for readers that lag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeAlias, TypeVar, cast

from msgspec.structs import replace

from ..chunk import Chunk

T = TypeVar("T")

_CAP = 65_536  # characters that are joined into one element
# Fields of which a chunk may have one to be joined, if all other fields are empty.
_TEXTS = ("content", "thinking", "refusal", "tool_plan", "audio_transcript")

_ALONE = {
    name: default
    for name, default in zip(Chunk.__struct_fields__, Chunk.__struct_defaults__, strict=True)
    if name not in (*_TEXTS, "model", "id", "provider", "payload", "api", "plain", "index", "block")
}


_Kind: TypeAlias = "tuple[str, int | None]"  # a field of chunks, and their block

_TEXT: _Kind = ("", None)


class Joiner(Generic[T]):
    """Joins neighbouring texts, and neighbouring chunks that only have text; each choice has a run of its own.

    >>> joiner = Joiner()
    >>> joiner.feed("Euro"), joiner.feed("pa"), joiner.flush()
    ([], [], ['Europa'])
    """

    error = None

    def __init__(self) -> None:
        self.done = False
        self._runs: dict[int, tuple[_Kind, list[T]]] = {}
        self._size = 0

    @property
    def buffered(self) -> bool:
        """Whether elements wait to be joined."""
        return bool(self._runs)

    def feed(self, item: T) -> list[T]:
        """Take the next element; return the joined elements that are released, and an element that cannot be joined."""
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
        return [join(items, kind[:1]) for kind, items in runs.values()]


def _kind(item: object) -> tuple[_Kind | None, int, int]:
    """Return the kind by which an element is joined with others (or None), the choice, and the length."""
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


def join(items: Sequence[T], names: Sequence[str]) -> T:
    """Join neighbours into one element: text, bytes, or chunks that differ in the given fields only.

    Args:
        items: The neighbours, at least one.
        names: Names of the chunks' fields to join: text or bytes.

    >>> join([Chunk(content="Euro"), Chunk(content="pa")], ["content"])
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
        "T", replace(cast("Any", first), **fields, model=model, id=response_id, payload=None, api=None, plain=False)
    )


_DELTA_FIELDS = ("content", "thinking", "tool_plan", "audio", "audio_transcript")


def is_delta(item: object) -> bool:
    """Whether an element is only a delta of text, thinking or audio, which a lossy reader may miss."""
    if not isinstance(item, Chunk):
        return True
    chunk = cast("Chunk[Any]", item)
    if chunk.plain:
        return True
    other = chunk.tool_calls or chunk.finish_reasons or chunk.usage or chunk.images or chunk.citations
    if other or chunk.signature or chunk.redacted_thinking or chunk.refusal:
        return False
    return any(getattr(chunk, name) for name in _DELTA_FIELDS) or not chunk.server_tools  # only other events are read


def coalesced(batch: list[T]) -> list[T]:
    """Join neighbouring texts, bytes, or chunks that are only deltas."""
    runs: list[list[T]] = []
    has_text = False  # the last run has text: in one chunk thinking would come before the text, and here it is after
    for each in batch:
        text, thinking = _has_text_and_thinking(each)
        if runs and not (has_text and thinking) and _can_join(runs[-1][-1], each):
            runs[-1].append(each)
        else:
            runs.append([each])
            has_text = False
        has_text = has_text or text
    return [join(run, _DELTA_FIELDS) for run in runs]


def _has_text_and_thinking(item: object) -> tuple[bool, bool]:
    """Return whether an element is a chunk with text, and whether the chunk has thinking or a tool plan."""
    if not isinstance(item, Chunk):
        return False, False
    chunk = cast("Chunk[Any]", item)
    return bool(chunk.content), bool(chunk.thinking or chunk.tool_plan)


def _can_join(first: object, second: object) -> bool:
    """Whether two neighbours can be joined."""
    if isinstance(first, Chunk) and isinstance(second, Chunk):
        one, other = cast("Chunk[Any]", first), cast("Chunk[Any]", second)
        return (one.index, one.block) == (other.index, other.block) and is_delta(one) and is_delta(other)
    return any(isinstance(first, kind) and isinstance(second, kind) for kind in (str, bytes))
