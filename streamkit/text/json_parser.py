"""A streaming JSON parser: reads each character once, and reports each value at the end of the value."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Protocol

_DEPTH = 128  # as deep as the arguments of a tool may be

_DIGITS = 4_300  # as many as Python reads into one number

_SPACES = frozenset(" \t\n\r")

_SPACE = re.compile(r"[ \t\n\r]+")

_BODY = re.compile(r'[^"\\\x00-\x1f\ud800-\udfff]+').match

_PLAIN = re.compile(r'"([^"\\\x00-\x1f\ud800-\udfff]*)"').match

_NAME = re.compile(r'[ \t\n\r]*"([^"\\\x00-\x1f\ud800-\udfff]*)"[ \t\n\r]*(:)[ \t\n\r]*').match

_NUMERIC = re.compile(r"[-+.0-9eE]+").match

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)((?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)").fullmatch

_ESCAPE = re.compile(
    r'\\(?:(["\\/bfnrt])|u((?![dD][89a-fA-F])[0-9a-fA-F]{4}|[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))'
).match

_CUT_ESCAPE = re.compile(
    r"\\(?:u(?:[0-9a-fA-F]{0,3}|[dD][89abAB][0-9a-fA-F]{2}(?:\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?)?)?)?"
).fullmatch

_ESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

_WORDS: dict[str, tuple[str, bool | None]] = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}


class NotJson(ValueError):
    """The text is not JSON.

    Args:
        message: Reason, such as what was expected.
        at: Index of the fault in the text, if it is not the beginning of the token.
    """

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at


class TooDeep(NotJson):
    """The JSON is nested more than 128 deep."""


class StopParsing(Exception):
    """Raised by a sink that needs no more of the value."""


class Sink(Protocol):
    """Receives the parts of a value from the parser, in the order of the text."""

    def begin(self, array: bool) -> None:
        """Begin an array or an object."""
        ...

    def name(self, name: str) -> bool:
        """Take the name of the next member of an object; return whether the name is new in the object."""
        ...

    def grow(self, fragment: str) -> None:
        """Take the next characters of an incomplete string."""
        ...

    def scalar(self, value: Any) -> None:
        """Take a complete scalar."""
        ...

    def end(self) -> None:
        """End the innermost array or object."""
        ...


class Parser:
    """Parses one JSON value strictly: no NaN, no duplicate names, no unpaired surrogates."""

    __slots__ = ("_arrays", "_carry", "_naming", "_parts", "_reported", "_sink", "_step", "done", "unread")

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._step: Callable[[Parser, str, int], int] = Parser._value  # unbound, so that it is no cycle
        self._carry = ""  # an incomplete token
        self._parts: list[str] = []  # parts of the string that is being read
        self._reported = 0  # parts that the sink has received
        self._naming = False  # whether that string is the name of a member
        self._arrays: list[bool] = []  # for each open container, whether it is an array
        self.done = False
        """Whether the value is complete; text behind it is not read."""
        self.unread = ""
        """The text behind the value, or from the token on that is not JSON."""

    @property
    def begun(self) -> float | str | None:
        """The number that is being read, as far as it is written; of a string the empty beginning; else None."""
        if self._step is Parser._string and not self._naming and not self.done:
            return ""
        written = _NUMBER(self._carry) if self._carry else None
        if written is None:
            return None
        value = float(written[0]) if written[1] else int(written[0])
        return value if math.isfinite(value) else None

    def feed(self, fragment: str) -> None:
        """Parse the next characters.

        Raises:
            NotJson: The text is not JSON.
        """
        text = self._carry + fragment if self._carry else fragment
        self._carry = ""
        at, end = 0, len(text)
        try:
            while at < end and not self.done:
                at = self._step(self, text, at)
        except NotJson as error:
            self.unread = text[at if error.at is None else error.at :]
            raise
        except StopParsing:
            self.done = True
        if at < end:
            self.unread = text[at:]
        parts = self._parts
        if parts and not self._naming and len(parts) > self._reported:
            self._sink.grow("".join(parts[self._reported :]))
            self._reported = len(parts)

    def flush(self) -> None:
        """End the input: a number that stands alone is complete now.

        Raises:
            NotJson: The value is incomplete.
        """
        if self._carry and not self._arrays:
            self.feed(" ")
        if not self.done:
            raise NotJson("it ended before it was whole")

    def _value(self, text: str, at: int) -> int:
        first = text[at]
        if first == '"':
            plain = _PLAIN(text, at)
            if plain is not None:
                return self._scalar(plain[1], plain.end())
            self._step, self._naming = Parser._string, False
            return at + 1
        if first in "{[":
            return self._begin(first == "[", at)
        if first in _SPACES:
            return _after_spaces(text, at)
        return self._word(text, at) if first in _WORDS else self._number(text, at)

    def _first_value(self, text: str, at: int) -> int:
        return self._end(at) if text[at] == "]" else self._value(text, at)

    def _name(self, text: str, at: int) -> int:
        plain = _NAME(text, at)
        if plain is not None:
            self._named(plain[1], plain.start(2))
            return plain.end()
        if text[at] == '"':
            self._step, self._naming = Parser._string, True
            return at + 1
        if text[at] in _SPACES:
            return _after_spaces(text, at)
        raise NotJson("a name in quotes should stand there")

    def _first_name(self, text: str, at: int) -> int:
        return self._end(at) if text[at] == "}" else self._name(text, at)

    def _colon(self, text: str, at: int) -> int:
        if text[at] == ":":
            self._named(self._take_string(), at)
            return at + 1
        if text[at] in _SPACES:
            return _after_spaces(text, at)
        raise NotJson("a colon should stand there")

    def _next(self, text: str, at: int) -> int:
        """Go on after a value inside a container."""
        first, array = text[at], self._arrays[-1]
        if first == ",":
            self._step = Parser._value if array else Parser._name
            return at + 2 if text.startswith(" ", at + 1) else at + 1
        if first == ("]" if array else "}"):
            return self._end(at)
        if first in _SPACES:
            return _after_spaces(text, at)
        raise NotJson("a comma or an end should stand there")

    def _string(self, text: str, at: int) -> int:
        body = _BODY(text, at)
        if body is not None:
            self._parts.append(body[0])
            return body.end()
        if text[at] == "\\":
            return self._escape(text, at)
        if text[at] != '"':
            raise NotJson("a control character, or half of a surrogate pair, stands in a string")
        if self._naming:
            self._step = Parser._colon
            return at + 1
        return self._scalar(self._take_string(), at + 1)

    def _escape(self, text: str, at: int) -> int:
        escape = _ESCAPE(text, at)
        if escape is None:
            if _CUT_ESCAPE(text, at):
                return self._carry_over(text, at)
            raise NotJson("an escape that JSON does not know stands in a string")
        self._parts.append(_ESCAPED[escape[1]] if escape[1] else _character(escape[2]))
        return escape.end()

    def _word(self, text: str, at: int) -> int:
        word, value = _WORDS[text[at]]
        found = text[at : at + len(word)]
        if found == word:
            return self._scalar(value, at + len(word))
        if at + len(found) == len(text) and word.startswith(found):
            return self._carry_over(text, at)
        raise NotJson("a value should stand there")

    def _number(self, text: str, at: int) -> int:
        numeric = _NUMERIC(text, at)
        if numeric is None:
            raise NotJson("a value should stand there")
        if numeric.end() - at > _DIGITS:
            raise NotJson("a number is too long")
        if numeric.end() == len(text):
            return self._carry_over(text, at)  # more digits may come
        number = _NUMBER(numeric[0])
        if number is None:
            raise NotJson("a number is not written as JSON has it")
        value = float(number[0]) if number[1] else int(number[0])
        if not math.isfinite(value):
            raise NotJson("a number is out of range")
        return self._scalar(value, numeric.end())

    def _carry_over(self, text: str, at: int) -> int:
        self._carry = text[at:]
        return len(text)

    def _take_string(self) -> str:
        whole = "".join(self._parts)
        self._parts.clear()
        self._reported = 0
        return whole

    def _scalar(self, value: Any, at: int) -> int:
        self._sink.scalar(value)
        self._after_value()
        return at

    def _begin(self, array: bool, at: int) -> int:
        if len(self._arrays) >= _DEPTH:
            raise TooDeep(f"it is nested more than {_DEPTH} deep")
        self._arrays.append(array)
        self._sink.begin(array)
        self._step = Parser._first_value if array else Parser._first_name
        return at + 1

    def _named(self, name: str, at: int) -> None:
        if not self._sink.name(name):
            raise NotJson("a name stands twice in one object", at)
        self._step, self._naming = Parser._value, False

    def _end(self, at: int) -> int:
        self._arrays.pop()
        self._sink.end()
        self._after_value()
        return at + 1

    def _after_value(self) -> None:
        if self._arrays:
            self._step = Parser._next
        else:
            self.done = True


def _after_spaces(text: str, at: int) -> int:
    spaces = _SPACE.match(text, at)
    return spaces.end() if spaces else at


def _character(digits: str) -> str:
    r"""Decode the digits of an escape, or of the two escapes of a surrogate pair.

    >>> _character("00e9"), _character(r"d83e\udE90")
    ('é', '🪐')
    """
    first = int(digits[:4], 16)
    return chr(first if len(digits) == 4 else 0x10000 + (first - 0xD800 << 10) + int(digits[-4:], 16) - 0xDC00)
