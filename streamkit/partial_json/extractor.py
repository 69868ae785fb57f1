"""The extractors: machines that find JSON in text or chunks, and emit partial, valid or single values of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from ..chunk import Chunk, common_reasons
from ..errors import ConfigurationError, LimitExceeded, MalformedError, StreamError
from ..fold import Fold
from ..text.json_parser import NotJson, Parser, Sink, TooDeep
from ..text.sanitize import sanitize
from .builder import ArrayItems, PlainBuilder, TypedBuilder
from .field import Field, GrowingString, Path
from .locate import ANYTHING, FILLED, VALUE, Locator, Opening, array_of, opening
from .plan import MISSING, ShapedFrame, TypePlan
from .plan_types import plan_of

if TYPE_CHECKING:
    from ..response import Response


_MODULES = re.compile(r"(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")

_CUT = frozenset({"length", "content_filter"})

_SHOWN = 3  # validation errors that a message repeats


class AnswerText:
    """Selects the text of choice 0 from chunks.

    If a tool is called before JSON has begun in the content, the arguments of that call are selected instead, and
    no later call's: two calls are not one value.
    """

    def __init__(self) -> None:
        self._fold = Fold()
        self._call: int | None = None
        self._has_arguments = False  # the call has had characters

    @property
    def partial(self) -> Response:
        """The Response so far."""
        return self._fold.response("failed")

    def fragments(self, chunk: Chunk, begun: Callable[[], bool]) -> Iterator[str | None]:
        """Yield the next fragments of the text; None where the text starts again.

        Args:
            chunk: The next chunk.
            begun: Function that returns whether JSON has begun in the text.
        """
        self._fold.add((chunk,))
        if chunk.index:
            return
        if chunk.content and self._call is None:
            yield chunk.content
        for delta in chunk.tool_calls:
            if self._call is None and not begun():
                self._call = delta.index
                yield None
            if delta.index == self._call:
                yield from self._arguments(delta.arguments, delta.complete)
        if chunk.finish_reasons and self._call is not None:
            reasons = common_reasons(chunk.finish_reasons) or []
            yield from self._arguments("", {"length", "content_filter"}.isdisjoint(reasons))

    def _arguments(self, text: str, over: bool) -> Iterator[str]:
        if text or (over and not self._has_arguments):
            self._has_arguments = True
            yield text or "{}"  # a call without characters has no arguments


class Extractor:
    """A machine that extracts one JSON value from text or from chunks.

    Args:
        name: The operator as its user wrote it, for error messages.
        start: Opening of the value.
    """

    def __init__(self, name: str, start: Opening) -> None:
        self.error: Exception | None = None
        """The exception that has ended the extraction; None otherwise."""
        self.done = False
        """True once no more input is needed: the source can be disposed."""
        self._name = name
        self._start = start
        self._locator = Locator(start)
        self._answer_text: AnswerText | None = None  # only for chunks
        self._parser: Parser | None = None
        self._fed = False  # an element has been fed
        self._cut = False  # the finish reason says that the answer is incomplete
        self._over = False  # the value is complete or cannot become so: no more text is read
        self._out: list[Any] = []

    def feed(self, item: str | Chunk) -> list[Any]:
        """Take the next element; return the values to emit."""
        self._fed = True
        if isinstance(item, str):
            self._take(item)
        else:
            if self._answer_text is None:
                self._answer_text = AnswerText()
            if item.finish_reasons and item.index == 0:
                self._cut = not _CUT.isdisjoint(item.common_finish_reasons or ())
            for fragment in self._answer_text.fragments(item, self._has_begun):
                if fragment is None:
                    self._locator = Locator(self._start)
                else:
                    self._take(fragment)
        return self._taken()

    def flush(self) -> list[Any]:
        """Return the values that can still be emitted once the source is complete."""
        if self._fed and not self._over:
            try:
                self._end()
            except Exception as error:
                self._fail(error)
        return self._taken()

    def emptied(self) -> list[Any]:
        """Return the values that say that everything emitted is void."""
        return []

    def _sink(self) -> Sink:
        """Make the sink of the value that begins now."""
        raise NotImplementedError

    def _settle(self) -> None:
        """Append the values that are emitted once for each fragment."""

    def _complete(self) -> None:
        """Handle the complete JSON value: append the values that are emitted once."""
        self._over = True

    def _not_json(self, error: NotJson) -> None:
        """Handle text that began like the value and is not JSON."""
        raise error

    def _describe(self, error: ValidationError) -> str:
        """Describe a validation error for the message."""
        return describe_errors(error)

    def _has_begun(self) -> bool:
        return self._parser is not None

    def _taken(self) -> list[Any]:
        out, self._out = self._out, []
        return out

    def _take(self, fragment: str) -> None:
        try:
            while fragment and not self._over:
                fragment = self._read(fragment)
        except Exception as error:  # an exception of the user's validator, too
            self._fail(error)

    def _read(self, fragment: str) -> str:
        """Parse a fragment up to the end of the value; return the text behind the value."""
        parser = self._parser
        if parser is None:
            located = self._locator.feed(fragment)
            if located is None:
                return ""
            fragment, parser = located, Parser(self._sink())
            self._parser = parser
        try:
            parser.feed(fragment)
        except NotJson as error:
            self._not_json(error)
        else:
            if parser.done:
                self._complete()
            else:
                self._settle()
        return parser.unread

    def _end(self) -> None:
        if self._parser is None:
            raise NotJson("nothing in it is the JSON that is wanted")
        if self._cut:  # a number that stands alone has no end of its own: 18 may be the beginning of 1821
            raise NotJson("it ended before it was whole")
        self._parser.flush()
        self._complete()

    def _fail(self, error: Exception) -> None:
        self._over = self.done = True
        self.error = error
        if isinstance(error, TooDeep):
            self.error = LimitExceeded(f"{self._name}: {error}.")
        elif isinstance(error, NotJson):
            self.error = MalformedError(f"{self._name}: {error}.")
        elif isinstance(error, ValidationError):
            self.error = MalformedError(f"{self._name}: {self._describe(error)}")
            self.error.__cause__ = error
        if isinstance(self.error, StreamError) and self.error.partial is None and self._answer_text is not None:
            self.error.partial = self._answer_text.partial


class PartialExtractor(Extractor):
    """Emits the partial value after each fragment that changes the value, and at last the complete value."""

    def __init__(self, name: str, plan: TypePlan, start: Opening) -> None:
        super().__init__(name, start)
        self._plan = plan
        self._builder = TypedBuilder(plan)

    def emptied(self) -> list[Any]:
        """Return an object, list or dict in which nothing has arrived, if anything was shown."""
        builder = TypedBuilder(self._plan)
        if self._builder.array is None:
            return []
        builder.begin(self._builder.array)
        shown = builder.show()
        return [] if shown is MISSING else [shown]

    def _sink(self) -> TypedBuilder:
        return self._builder

    def _settle(self) -> None:
        if self._builder.changed:
            self._builder.changed = False
            shown = self._builder.show()
            if shown is not MISSING:
                self._out.append(shown)

    def _complete(self) -> None:
        super()._complete()
        self._out.append(self._builder.value)


class FieldsExtractor(Extractor):
    """Emits an event for each value that grows or closes."""

    def __init__(self, name: str, plan: TypePlan, start: Opening) -> None:
        super().__init__(name, start)
        self._events = _FieldEvents(plan)

    def _sink(self) -> TypedBuilder:
        return self._events

    def _describe(self, error: ValidationError) -> str:
        return describe_errors(error, self._events.path)

    def _taken(self) -> list[Any]:
        found, self._events.found = self._events.found, []
        return found


class _FieldEvents(TypedBuilder):
    """A sink that records an event for each value that grows or closes."""

    def __init__(self, plan: TypePlan) -> None:
        super().__init__(plan, strict=True)
        self.found: list[Field] = []
        self._growth: GrowingString | None = None

    def grow(self, fragment: str) -> None:
        if self._growth is None:
            self._growth = GrowingString()
        self._growth.add(fragment)
        self.found.append(Field.growing(self.path, self._growth, fragment))

    def _put(self, frame: ShapedFrame, raw: Any, shown: Any) -> None:
        self._add(raw, raw if shown is MISSING else shown)
        super()._put(frame, raw, shown)

    def _complete(self, raw: Any) -> None:
        super()._complete(raw)
        self._add(raw, self.value)

    def _add(self, raw: Any, value: Any) -> None:
        delta = ""
        if isinstance(raw, str):
            delta = raw[self._growth.size :] if self._growth else raw
            self._growth = None
        self.found.append(Field(self.path, value, delta=delta))


class ItemsExtractor(Extractor):
    """Emits each validated element of an array as soon as the element closes.

    Args:
        name: The operator as its user wrote it.
        plan: Plan by which an element is built.
        start: Opening of the array, or of the value around it.
        at: Path of the array; None for the value itself, or for the first array in an object.
    """

    def __init__(self, name: str, plan: TypePlan, start: Opening, *, at: Path | None) -> None:
        super().__init__(name, start)
        self._elements = ArrayItems(plan, at)

    def _sink(self) -> ArrayItems:
        return self._elements

    def _describe(self, error: ValidationError) -> str:
        return f"element {self._elements.count}: {describe_errors(error)}"

    def _taken(self) -> list[Any]:
        found, self._elements.found = self._elements.found, []
        return found

    def _complete(self) -> None:
        super()._complete()
        if not self._elements.closed:
            raise NotJson("there is no array where one should stand")


class ValidExtractor(Extractor):
    """Emits the first complete and valid value, and skips all others."""

    def __init__(self, name: str, plan: TypePlan, start: Opening) -> None:
        super().__init__(name, start)
        self._plan = plan
        self._plain = PlainBuilder()
        self._invalid: ValidationError | None = None

    def _sink(self) -> PlainBuilder:
        self._plain = PlainBuilder()
        return self._plain

    def _complete(self) -> None:
        try:
            self._out.append(self._plan.validate(self._plain.value))
        except ValidationError as error:
            self._invalid = error
            self._restart()
        else:
            self.done = True
            super()._complete()

    def _not_json(self, error: NotJson) -> None:
        if isinstance(error, TooDeep):
            raise error
        self._restart()

    def _restart(self) -> None:
        self._parser = None
        self._locator = Locator(self._start)

    def _end(self) -> None:
        try:
            super()._end()
        except NotJson as error:
            raise self._invalid or error from None
        if not self.done and self._invalid:
            raise self._invalid


def describe_errors(error: ValidationError, where: Path = (), *, most: int = _SHOWN) -> str:
    """Describe a validation error in one line, without the value.

    Args:
        error: The error.
        where: Path of the value.
        most: Largest number of errors that are repeated.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    paths = [".".join(map(str, (*where, *each["loc"]))) for each in found[:most]]
    lines = [f"{path}: {each['msg']}" if path else each["msg"] for path, each in zip(paths, found, strict=False)]
    more = [f"and {len(found) - most} more"] if len(found) > most else []
    return sanitize(" ".join("; ".join([*lines, *more]).split()))


def operator_label(operator: str, kind: Any) -> str:
    """Return the label of an operator with a type, as the user wrote them.

    >>> operator_label("items", list[int]), operator_label("items", ConfigurationError)
    ('items(list[int])', 'items(ConfigurationError)')
    """
    shown = kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else repr(kind)
    return f"{operator}({_MODULES.sub('', shown)})"


def prepare_type(operator: str, kind: Any) -> tuple[TypePlan, Opening]:
    """Prepare a type: the plan by which values are built, and the opening of a value.

    Raises:
        ConfigurationError: pydantic cannot validate the type.
    """
    try:
        prepare = _prepared if _hashable(kind) else _prepared.__wrapped__
        return prepare(kind, repr(kind))
    except (PydanticUserError, NameError, TypeError) as error:
        why = str(error).partition("\n")[0]
        raise ConfigurationError(f"{operator}: give a type that pydantic can validate: {why}") from error


def _hashable(kind: Any) -> bool:
    try:
        hash(kind)
    except TypeError:  # the contents of annotations need not be hashable
        return False
    return True


@lru_cache(maxsize=256)
def _prepared(kind: Any, _shown: str) -> tuple[TypePlan, Opening]:
    """Prepare a type once, since that costs as much as a thousand fragments. Equal types may differ in their order."""
    if isinstance(kind, str):
        raise TypeError("the name of a type is none")
    plan = plan_of(kind)
    _ = plan.adapter, plan.object_shape, plan.array_shape
    try:
        return plan, opening(plan.adapter.json_schema())
    except PydanticInvalidForJsonSchema:
        return plan, ANYTHING


def parse_path(operator: str, at: str | Sequence[str | int] | None, element: Opening) -> tuple[Path | None, Opening]:
    """Parse the path of an array; return the path, and the opening of the array or of the enclosing value.

    Args:
        operator: The operator as its user wrote it.
        at: Path: names with dots between them, or names and indices.
        element: Opening of an element.

    Raises:
        ConfigurationError: `at` is not a path.
    """
    if at is None:
        inner = "|".join(each for each in (element.anywhere, element.first) if each)
        return None, Opening(f"{array_of(inner)}|{FILLED}")
    path = tuple(at.split(".") if isinstance(at, str) else at)
    if not path or not all(isinstance(cast("object", each), str | int) and each != "" for each in path):
        raise ConfigurationError(f"{operator}, at={at!r}: give names with dots between them, or names and indices.")
    return path, Opening(array_of(VALUE) if isinstance(path[0], int) else FILLED)
