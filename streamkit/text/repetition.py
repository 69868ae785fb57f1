"""Recognition of text that has begun to repeat itself without end, as a model in a degenerate loop writes it."""

from __future__ import annotations

from ..errors import ConfigurationError
from .matcher import TextMatch

_REACH = 4_096  # characters: the longest period that is recognized
_SAMPLE = 16  # characters that must be equal before a period is suspected
_NOVEL = 400  # one character of so many may differ from the period before
_BEFORE = 3  # periods before in which a character that the last one lacks is looked for
_SHIFT = 2  # characters by which a period may be longer or shorter than the one before


class RepetitionMatcher:
    """Finds the first character at which a text has repeated itself for long enough.

    A text repeats itself if each of its characters is equal to the character one period before. One character in four
    hundred may differ, and a period may be two characters longer or shorter than the one before it. The match is
    complete once two whole periods and ``chars`` further characters repeat each other.

    Args:
        chars: Characters that must follow the second period.

    Raises:
        ConfigurationError: ``chars`` is not a whole number above 0.
    """

    found: TextMatch | None = None
    """None: the repetition is no match of a text."""

    def __init__(self, chars: int) -> None:
        self._chars = chars
        self._text = ""  # the last characters, at least as many as the reach
        self._passed = 0  # characters before these
        self._last: dict[str, int] = {}  # the position at which each sample ended last
        self._older: dict[str, int] = {}
        self._period = 0  # 0 where none is suspected
        self._follows = False  # whether the last character was equal to the one a period before
        self._start = 0  # where the second period began
        self._novel: list[int] = []  # positions since then that differ from the period before

    def feed(self, fragment: str) -> tuple[str, bool]:
        """Take the next fragment; return the text that is released, and whether the match is complete."""
        known = len(self._text)
        self._text = text = self._text + fragment
        last, older, first, period = self._last, self._older, _SAMPLE - 1, self._period
        for index in range(known, len(text)):
            at = self._passed + index
            if self._follows and text[index] == text[index - period]:
                if index >= first:
                    last[text[index - first : index + 1]] = at
            elif index >= first:
                sample = text[index - first : index + 1]
                if period or sample in last or sample in older:
                    self._differs(sample, at)
                    period = self._period
                last[sample] = at
            if self._follows and self._is_enough(at):
                return fragment[: index + 1 - known], True
        self._forget()
        return fragment, False

    def flush(self) -> str:
        """Return nothing: no text is held back."""
        return ""

    def _is_enough(self, at: int) -> bool:
        window = self._period + self._chars
        if at - self._start + 1 < window:
            return False
        allowed = window // _NOVEL
        return len(self._novel) <= allowed or self._novel[-allowed - 1] <= at - window

    def _differs(self, sample: str, at: int) -> None:
        """Note a character that does not continue the period; look for the period that the sample suggests."""
        self._follows = False
        if self._period:
            self._novel.append(at)
            if len(self._novel) > (_REACH + self._chars) // _NOVEL + _SAMPLE:
                self._period = 0
                self._novel.clear()
        before = self._last.get(sample) or self._older.get(sample)
        if before is None or at - before > _REACH:
            return
        period, begin = at - before, at - len(sample) + 1
        times = round(period / self._period) if self._period else 0
        if not 1 <= times <= _BEFORE or abs(period - times * self._period) > _SHIFT:
            self._start = begin
            self._novel.clear()
        elif times > 1:  # the period before differs here, and those before do not
            period = self._period
        while self._novel and self._novel[-1] >= begin:  # the sample as a whole repeats
            self._novel.pop()
        self._period, self._follows = period, True

    def _forget(self) -> None:
        if len(self._last) > _REACH:
            self._last, self._older = {}, self._last
        if (drop := len(self._text) - 2 * (_REACH + _SAMPLE)) > 0:
            drop += _REACH
            self._text = self._text[drop:]
            self._passed += drop
        if self._novel and self._novel[0] < self._passed - self._chars:
            oldest = self._passed - self._chars
            self._novel = [each for each in self._novel if each >= oldest]


def check_chars(chars: object) -> int:
    """Return a valid number of characters.

    Raises:
        ConfigurationError: The number is not a whole number above 0.
    """
    if isinstance(chars, int) and not isinstance(chars, bool) and chars > 0:
        return chars
    raise ConfigurationError(f"until_repeating(chars={chars!r}): give a number of characters above 0.")
