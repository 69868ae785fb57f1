"""The arguments of a call that is still arriving: each character is parsed once, however often they are read."""

from __future__ import annotations

from typing import Any

from ..growing import GrowingDict, GrowingList, GrowingString
from ..text.json_parser import NotJson, Parser

_NOTHING = object()


class _OpenValue:
    """A sink that shows the JSON value so far, also the text or the number that is being read.

    A name that stands twice has its last value, as in any partial JSON.
    """

    __slots__ = ("_names", "_open", "_text", "_value")

    def __init__(self) -> None:
        self._value: Any = _NOTHING
        self._open: list[GrowingList | GrowingDict] = []
        self._names: list[str | None] = []
        self._text: GrowingString | None = None

    def begin(self, array: bool) -> None:
        self._open.append(GrowingList() if array else GrowingDict())
        self._names.append(None)

    def name(self, name: str) -> bool:
        self._names[-1] = name
        return True

    def grow(self, fragment: str) -> None:
        if self._text is None:
            self._text = GrowingString()
        self._text.add(fragment)

    def scalar(self, value: Any) -> None:
        self._text = None
        if not self._open:
            self._value = value
            return
        innermost = self._open[-1]
        if isinstance(innermost, GrowingList):
            innermost.append(value)
        else:
            innermost.put(self._names[-1], value)

    def end(self) -> None:
        self._names.pop()
        self.scalar(self._open.pop().items)

    def show(self, begun: float | str | None) -> Any:
        """Return the value so far; ``_NOTHING`` if there is none.

        Args:
            begun: The number that is being read, or the beginning of a string.
        """
        for each in self._open:
            each.release()
        part = self._value if begun is None else begun
        if self._text is not None:
            part = self._text.whole()
        for each, name in zip(reversed(self._open), reversed(self._names), strict=True):
            if isinstance(each, GrowingList):
                part = each.show() if part is _NOTHING else each.show(part)
            else:
                part = each.show(None if part is _NOTHING else (name, part))
        return part


class GrowingArguments:
    """The text of the arguments of a call, and the value of as much of it as has been asked for."""

    __slots__ = ("_parser", "_read", "_sink", "text")

    def __init__(self, text: str = "") -> None:
        self.text = GrowingString()
        if text:
            self.text.add(text)
        self._begin()

    def __reduce__(self) -> tuple[Any, ...]:
        return GrowingArguments, (self.text.whole(),)

    def _begin(self) -> None:
        self._sink = _OpenValue()
        self._parser: Parser | None = Parser(self._sink)  # None: the text is not JSON
        self._read = 0  # characters

    def value(self, size: int) -> Any:
        """Return the value of the first characters; None if there is none.

        Reading on costs the characters that have come since; to read again what came before begins anew.
        """
        if size < self._read:
            self._begin()
        parser = self._parser
        if parser is None:
            return None
        if size > self._read:
            more = self.text.whole()[self._read : size]
            self._read = size
            try:
                if not parser.done:
                    parser.feed(more)
            except NotJson:
                self._parser = None
                return None
        found = self._sink.show(parser.begun)
        return None if found is _NOTHING else found
