"""The text that a search still needs: its last characters as one string, and what came before in parts."""

from __future__ import annotations

from collections import deque

CONTEXT = 256  # characters before a position that a lookbehind may see
_RECENT = 4_096  # characters; a longer string would be copied too often


class TextWindow:
    """The end of a text that arrives in fragments; positions are counted from the beginning of the whole text.

    >>> window = TextWindow()
    >>> window.append("Euro"), window.append("pa"), window.end
    (None, None, 6)
    >>> window.slice(2, 5)
    'rop'
    """

    __slots__ = ("_older", "base", "text")

    def __init__(self) -> None:
        self.text = ""
        """The last characters: those of the last fragment, and at least 256 before them if there are so many."""
        self.base = 0
        """Position of the first character of ``text``."""
        self._older: deque[tuple[int, str]] = deque()

    @property
    def end(self) -> int:
        """Position behind the last character."""
        return self.base + len(self.text)

    def append(self, fragment: str) -> None:
        """Add the next fragment."""
        if len(self.text) > _RECENT:
            cut = len(self.text) - CONTEXT
            self._older.append((self.base, self.text[:cut]))
            self.base += cut
            self.text = self.text[cut:]
        self.text += fragment

    def forget(self, before: int) -> None:
        """Drop what stands before a position; a part that reaches behind it is kept."""
        older = self._older
        while older and older[0][0] + len(older[0][1]) <= before:
            older.popleft()

    def slice(self, start: int, end: int) -> str:
        """Return the text between two positions that has not been dropped."""
        if start >= self.base:
            return self.text[start - self.base : end - self.base]
        at, text = self.around(start)
        return text[start - at : end - at]

    def around(self, position: int) -> tuple[int, str]:
        """Return the text from a part that holds a position on, and the position of its first character."""
        parts = [(at, part) for at, part in self._older if at + len(part) > position]
        if not parts:
            return self.base, self.text
        return parts[0][0], "".join(part for _, part in parts) + self.text
