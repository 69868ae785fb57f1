"""FoundSpans: releases text sentence by sentence, without the spans that a function finds in each sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, cast

from ..errors import ConfigurationError
from .compiled import TextMatch
from .hold_back import MAX_HOLD, Part, Removal
from .sentences import Sentences

FindSpans: TypeAlias = "Callable[[str], Iterable[tuple[int, int]]]"


class FoundSpans:
    """Splits a text into what may pass and the spans that a function finds; the parts do not depend on the cut.

    Args:
        find: Function of a sentence; it returns pairs of a start and an end.
        name: Name of the function.
        max_hold: Most characters of a sentence; a longer one is removed.

    >>> machine = FoundSpans(lambda sentence: [(0, 2)], "moons")
    >>> machine.feed("Io."), [getattr(part, "name", part) for part in machine.feed(" Europa ")]
    ([], ['moons', '. '])
    """

    def __init__(self, find: FindSpans, name: str, *, max_hold: int = MAX_HOLD) -> None:
        self._find = find
        self._name = name
        self._max_hold = max_hold
        self._sentences = Sentences()
        self._at = 0  # position of the first character that is held
        self._held: list[str] = []
        self._dropping = False  # the rest of a sentence that is too long
        self.buffered = 0
        """Number of characters that are held back."""

    def feed(self, fragment: str) -> list[Part]:
        """Take the next fragment; return the text that may pass, and matches in place of theirs."""
        parts: list[Part] = []
        while fragment:
            taken, fragment = fragment[: self._max_hold - self.buffered], fragment[self._max_hold - self.buffered :]
            self.buffered += len(taken)
            for sentence in self._sentences.feed(taken):
                self._take(sentence, parts)
            if self.buffered >= self._max_hold:
                self._cut("".join(self._sentences.flush()), parts)
        return parts

    def flush(self) -> list[Part]:
        """Return the rest, since the text has ended."""
        parts: list[Part] = []
        for sentence in self._sentences.flush():
            self._take(sentence, parts)
        self._dropping = False
        return parts

    def _cut(self, held: str, parts: list[Part]) -> None:
        if not self._dropping:
            parts.append(Removal(self._name, TextMatch(held, self._at), cut=True))
        self._dropping = True
        self._pass(len(held))

    def _pass(self, count: int) -> None:
        self._at += count
        self.buffered -= count

    def _take(self, sentence: str, parts: list[Part]) -> None:
        if not self._dropping:
            self._split(sentence, parts)
        self._dropping = False
        self._pass(len(sentence))

    def _split(self, sentence: str, parts: list[Part]) -> None:
        done = 0
        for start, end in self._spans(sentence):
            if end <= done:
                continue
            begin = max(start, done)
            if begin > done:
                parts.append(sentence[done:begin])
            parts.append(Removal(self._name, TextMatch(sentence[begin:end], self._at + begin)))
            done = end
        if done < len(sentence):
            parts.append(sentence[done:])

    def _spans(self, sentence: str) -> list[tuple[int, int]]:
        """Find the spans of a sentence, in order.

        Raises:
            ConfigurationError: The function returned something else.
        """
        try:
            found = sorted((int(start), int(end)) for start, end in self._find_all(sentence))
        except (TypeError, ValueError) as error:
            raise self._no_spans() from error
        if not all(0 <= start < end <= len(sentence) for start, end in found):
            raise self._no_spans()
        return found

    def _find_all(self, sentence: str) -> list[tuple[int, int]]:
        found = cast("object", self._find(sentence))
        if not isinstance(found, Iterable) or isinstance(found, str):
            raise self._no_spans()
        return list(cast("Iterable[tuple[int, int]]", found))

    def _no_spans(self) -> ConfigurationError:
        return ConfigurationError(
            f"redact({self._name}) is called with a sentence, and returns pairs of a start and an end in that sentence."
        )
