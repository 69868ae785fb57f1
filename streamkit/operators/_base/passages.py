"""The passages of an answer: text waits until its passage has been checked, and is then released or replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar, cast

from msgspec.structs import replace

from ...chunk import Chunk
from ...errors import GuardTripped
from ...fold import Fold
from .element_queue import ElementQueue
from .pacer import Splitter
from .provider_text import shares_event, without_event, without_partial

T = TypeVar("T")

_MOST = 2**24  # characters of the released text that an error carries

_COMPACT = 1_024  # elements, after which the fragments of the released text are joined

_NAMES: dict[str, Any] = {"model": None, "id": None, "provider": "", "index": 0, "block": None}


class Passage(NamedTuple):
    """A text that is checked at a time."""

    text: str
    before: str
    """The last characters of the text in front of it, as the model wrote them."""
    choice: int


class _Answer(Generic[T]):
    """The text of one choice that waits."""

    def __init__(self, name: str, splitter: Splitter, choice: int) -> None:
        self.queue = ElementQueue[T](name, choice=choice)
        self.splitter = splitter
        self.before = ""
        self.choice = choice


class Passages(Generic[T]):
    """Splits the text of texts or chunks into passages, and keeps the elements until their passages are checked.

    Each choice has passages of its own. Elements without text stay in order.

    Args:
        name: The operator as its user wrote it.
        make: Function that makes the splitter of a choice.
        context: Number of characters in front of a passage that its check gets.
    """

    def __init__(self, name: str, make: Callable[[], Splitter], *, context: int) -> None:
        self._name = name
        self._make = make
        self._context = context
        self._answers: dict[int, _Answer[T]] = {}
        self._replaced = False
        self._released = Fold()
        self._elements = self._chars = 0

    @property
    def waiting(self) -> int:
        """Number of characters that have not been released."""
        return sum(each.queue.size for each in self._answers.values())

    def feed(self, item: T) -> tuple[list[Passage], list[T]]:
        """Take the next element; return the passages to check, and the elements for which no text waits.

        Raises:
            ConfigurationError: The element is neither text nor a chunk.
        """
        if item == "":
            return [], []
        chunk = cast("Chunk", item) if isinstance(item, Chunk) else None
        choice = chunk.index if chunk is not None else 0
        answer = self._answers.get(choice)
        if answer is None:
            answer = self._answers[choice] = _Answer(self._name, self._make(), choice)
        text = answer.queue.add(cast("T", item))
        units = answer.splitter.feed(text) if text else []
        if chunk is not None and (chunk.tool_calls or chunk.finish_reasons):
            units += answer.splitter.flush()  # its text is over, and the chunk shall not wait for more
        free = [] if units or text else self._note(answer.queue.take(0))
        return self._passages(answer, units), free

    def flush(self) -> list[Passage]:
        """Return the last passages."""
        return [passage for each in self._answers.values() for passage in self._passages(each, each.splitter.flush())]

    def release(self, passage: Passage) -> list[T]:
        """Return the elements of the next passage of a choice."""
        return self._note(self._answers[passage.choice].queue.take(len(passage.text)))

    def replace(self, passage: Passage, replacement: str) -> list[T]:
        """Return the elements of the next passage of a choice, with another text."""
        self._replaced = True
        text = replacement + passage.text[len(passage.text.rstrip()) :]
        taken = self._answers[passage.choice].queue.take(len(passage.text))
        return self._note(_with_text(taken, text, passage.choice))

    def rest(self) -> list[T]:
        """Return the elements that are left, once every passage has been checked."""
        return [item for each in self._answers.values() for item in self._note(each.queue.take(0))]

    def error(self, choice: int, reason: str) -> GuardTripped:
        """Return the error that ends the subscription, with the text that was released and the text that was not."""
        held = self._answers[choice].queue.text
        partial = self._released.response("stopped", stopped_by=self._name)
        passed = next((each.content for each in partial.choices if each.index == choice), "")
        return GuardTripped(f"{self._name} {reason}", passed=passed, held=held, partial=partial)

    def error_of_source(self, error: Exception) -> Exception:
        """Return an error of the source, without a partial Response that has replaced text."""
        return without_partial(error) if self._replaced else error

    def _passages(self, answer: _Answer[T], units: list[str]) -> list[Passage]:
        found: list[Passage] = []
        for unit in units:
            found.append(Passage(unit, answer.before, answer.choice))
            answer.before = (answer.before + unit)[-self._context :]
        return found

    def _note(self, elements: list[T]) -> list[T]:
        """Return elements without events that may have other text; fold them, for the error."""
        released = [self._without_other_text(each) for each in elements]
        for item in released:
            if self._chars > _MOST:
                break
            chunk = cast("Chunk", item) if isinstance(item, Chunk) else Chunk(content=cast("str", item))
            self._chars += len(chunk.content)
            self._elements += 1
            self._released.add([chunk])
            if self._elements % _COMPACT == 0:
                self._compact()
        return released

    def _compact(self) -> None:
        """Fold the text so far as one chunk a choice, so that it takes less memory."""
        released, self._released = self._released, Fold()
        self._released.add(released.chunks())

    def _without_other_text(self, item: T) -> T:
        chunk = cast("Chunk[Any]", item)
        if isinstance(item, str) or chunk.plain or chunk.payload is None:
            return item
        # A later event may repeat the whole text.
        return cast("T", without_event(chunk)) if self._replaced or shares_event(chunk) else item


def _with_text(taken: list[T], text: str, choice: int) -> list[T]:
    """Put another text into the first of the elements with text; the others lose theirs, and go if nothing is left."""
    found: list[T] = []
    for item in taken:
        if isinstance(item, str):
            found.append(cast("T", text))
            continue
        chunk = cast("Chunk[Any]", item)
        if chunk.content and chunk.index == choice:
            chunk = replace(chunk, content=text, payload=None, api=None, plain=False)
            if not text and replace(chunk, **_NAMES) == Chunk():
                continue
            text = ""
        found.append(cast("T", chunk))
    return found
