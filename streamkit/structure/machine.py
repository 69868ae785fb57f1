"""Elements in, values out, at most one error: what the operators of structure have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from pydantic import ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticUserError

from ..chunk import Chunk
from ..errors import ConfigurationError, LimitExceeded, MalformedError, StreamError
from ..sanitize import sanitize
from .finder import ANYTHING, FILLED, VALUE, Finder, Opening, array_of, opening
from .hearing import Hearing
from .kinds import plan_of
from .plan import Plan
from .reader import NotJson, Reader, Sink, TooDeep
from .tree import Path

_MODULES = re.compile(r"(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])")
_CUT = frozenset({"length", "content_filter"})
_TOLD = 3  # of pydantic's complaints, how many a message repeats


class Machine:
    """Reads the wanted value out of pieces of text, or of chunks.

    Args:
        name: The operator, as its user wrote it.
        wanted: How the value may begin.
    """

    def __init__(self, name: str, wanted: Opening) -> None:
        self.error: Exception | None = None
        """The exception that has ended the reading; None otherwise."""
        self.done = False
        """True once no more input is needed: the source can be disposed."""
        self._name = name
        self._wanted = wanted
        self._finder = Finder(wanted)
        self._hearing: Hearing | None = None  # of chunks
        self._reader: Reader | None = None
        self._asked = False  # an element has come
        self._cut = False  # the provider has said that the answer is not all of it
        self._over = False  # what is wanted is whole, or never will be: the rest is not read
        self._out: list[Any] = []

    def feed(self, item: str | Chunk) -> list[Any]:
        """Take the next element; return what can be emitted."""
        self._asked = True
        if isinstance(item, str):
            self._take(item)
        else:
            if self._hearing is None:
                self._hearing = Hearing()
            if item.finish_reasons and item.index == 0:
                self._cut = not _CUT.isdisjoint(item.common_finish_reasons or ())
            for piece in self._hearing.pieces(item, self._begun):
                if piece is None:
                    self._finder = Finder(self._wanted)
                else:
                    self._take(piece)
        return self._taken()

    def flush(self) -> list[Any]:
        """Return the values that can still be emitted once the source is complete."""
        if self._asked and not self._over:
            try:
                self._end()
            except Exception as error:
                self._fail(error)
        return self._taken()

    def _sink(self) -> Sink:
        """Make what takes the value that begins now."""
        raise NotImplementedError

    def _settle(self) -> None:
        """Emit what is emitted once a piece."""

    def _closed(self) -> None:
        """Emit what is emitted once, when the value is whole."""
        self._over = True

    def _refused(self, error: NotJson) -> None:
        """What began as the value is no JSON."""
        raise error

    def _complaint(self, error: ValidationError) -> str:
        """Say what does not fit."""
        return complaints(error)

    def _begun(self) -> bool:
        return self._reader is not None

    def _taken(self) -> list[Any]:
        out, self._out = self._out, []
        return out

    def _take(self, piece: str) -> None:
        try:
            while piece and not self._over:
                piece = self._read(piece)
        except Exception as error:  # also the user's own, of a validator
            self._fail(error)

    def _read(self, piece: str) -> str:
        """Read a piece as far as the value goes; return what follows it."""
        reader = self._reader
        if reader is None:
            begun = self._finder.feed(piece)
            if begun is None:
                return ""
            piece, reader = begun, Reader(self._sink())
            self._reader = reader
        try:
            reader.feed(piece)
        except NotJson as error:
            self._refused(error)
        else:
            if reader.closed:
                self._closed()
            else:
                self._settle()
        return reader.rest

    def _end(self) -> None:
        if self._reader is None:
            raise NotJson("nothing in it is the JSON that is wanted")
        if self._cut:  # a bare number has no end of its own: 18 may be what has come of 1821
            raise NotJson("it ended before it was whole")
        self._reader.flush()
        self._closed()

    def _fail(self, error: Exception) -> None:
        self._over = self.done = True
        self.error = error
        if isinstance(error, TooDeep):
            self.error = LimitExceeded(f"{self._name}: {error}.")
        elif isinstance(error, NotJson):
            self.error = MalformedError(f"{self._name}: {error}.")
        elif isinstance(error, ValidationError):
            self.error = MalformedError(f"{self._name}: {self._complaint(error)}")
            self.error.__cause__ = error
        if isinstance(self.error, StreamError) and self.error.partial is None and self._hearing is not None:
            self.error.partial = self._hearing.partial


def complaints(error: ValidationError, where: Path = ()) -> str:
    """Say in one line what does not fit, without the value itself.

    Args:
        error: What pydantic says.
        where: Where the value stands.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    paths = [".".join(map(str, (*where, *each["loc"]))) for each in found[:_TOLD]]
    lines = [f"{path}: {each['msg']}" if path else each["msg"] for path, each in zip(paths, found, strict=False)]
    more = [f"and {len(found) - _TOLD} more"] if len(found) > _TOLD else []
    return sanitize(" ".join("; ".join([*lines, *more]).split()))


def named(operator: str, kind: Any) -> str:
    """Name an operator as its user wrote it.

    >>> named("items", list[int]), named("items", ConfigurationError)
    ('items(list[int])', 'items(ConfigurationError)')
    """
    shown = kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else repr(kind)
    return f"{operator}({_MODULES.sub('', shown)})"


def planned(operator: str, kind: Any) -> tuple[Plan, Opening]:
    """Prepare what a type's values are made of and how they begin.

    Args:
        operator: The operator, as its user wrote it.
        kind: The type.

    Raises:
        ConfigurationError: pydantic cannot make values of it.
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
    except TypeError:  # what annotations hold need not have a hash
        return False
    return True


@lru_cache(maxsize=256)
def _prepared(kind: Any, _shown: str) -> tuple[Plan, Opening]:
    """Prepare a type once: as dear as a thousand fragments. Types that are equal may still differ in their order."""
    if isinstance(kind, str):
        raise TypeError("the name of a type is none")
    plan = plan_of(kind)
    _ = plan.adapter, plan.object_shape, plan.array_shape
    try:
        return plan, opening(plan.adapter.json_schema())
    except PydanticInvalidForJsonSchema:
        return plan, ANYTHING


def located(operator: str, at: str | Sequence[str | int] | None, element: Opening) -> tuple[Path | None, Opening]:
    """Read where an array stands, and say how it, or what it stands in, may begin.

    Args:
        operator: The operator, as its user wrote it.
        at: The path: names with dots between them, or names and indices.
        element: How an element may begin.

    Raises:
        ConfigurationError: It is no path.
    """
    if at is None:
        inner = "|".join(each for each in (element.anywhere, element.first) if each)
        return None, Opening(f"{array_of(inner)}|{FILLED}")
    path = tuple(at.split(".") if isinstance(at, str) else at)
    if not path or not all(isinstance(cast("object", each), str | int) and each != "" for each in path):
        raise ConfigurationError(f"{operator}, at={at!r}: give names with dots between them, or names and indices.")
    return path, Opening(array_of(VALUE) if isinstance(path[0], int) else FILLED)
