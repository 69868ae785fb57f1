"""Fenced blocks of code in Markdown text that is still arriving."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .segments import Lines

_ITEM = re.compile(r"( *)(?:[-*+]|\d{1,9}[.)])( {1,4}(?=\S)| (?= {4})|(?=[\r\n]|\Z))")

_FENCE = re.compile(r"( *)(?:(`{3,})([^`\r\n]*)|(~{3,})([^\r\n]*))(?:[\r\n]|\Z)")

_CAP = 2**20


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced block of code.

    Args:
        language: First word behind the opening fence, unchanged; empty if there is none.
        code: Lines between the fences, each with its line end.
        closed: True once the closing fence has arrived.
    """

    language: str
    code: str
    closed: bool = True


@dataclass(slots=True)
class _Open:
    """A block whose closing fence has not come."""

    fence: str
    indent: int
    offset: int
    language: str


class CodeBlocks:
    r"""Finds the fenced blocks of code in a stream of text.

    >>> blocks = CodeBlocks()
    >>> blocks.feed("Run:\n```py\nprint(1)\n`"), blocks.feed("``\nThen"), blocks.flush()
    ([], [CodeBlock(language='py', code='print(1)\n', closed=True)], [])
    """

    error = None

    def __init__(self) -> None:
        self.done = False
        self._lines = Lines()
        self._lines.operator = "code_blocks()"
        self._items: list[int] = []  # indent of the text of each enclosing list item
        self._open: _Open | None = None
        self._code: list[str] = []
        self._size = 0
        self._in_line = False  # inside a line that is too long to be buffered whole

    def feed(self, fragment: str) -> list[CodeBlock]:
        """Take the next fragment; return the blocks that close in the fragment."""
        return [block for line in self._lines.feed(fragment) for block in self._take(line)]

    def flush(self) -> list[CodeBlock]:
        """Return the block that is still open."""
        blocks = [block for line in self._lines.flush() for block in self._take(line)]
        if self._open is not None:
            blocks.append(self._block(closed=False))
            self._open = None
        return blocks

    def _take(self, line: str) -> list[CodeBlock]:
        goes_on, self._in_line = self._in_line, line[-1] not in "\r\n"
        if self._open is None:
            if not goes_on:
                self._look(line)
            return []
        if not goes_on and self._closes(self._open, line):
            block = self._block(closed=True)
            self._open = None
            return [block]
        indent = 0 if goes_on else min(self._open.indent, len(line) - len(line.lstrip(" ")))
        self._code.append(line[indent:])
        self._size += len(line)
        return [self._block(closed=False)] if self._size >= _CAP else []

    def _look(self, line: str) -> None:
        """Look for an opening fence, and for enclosing list items."""
        indent = len(line) - len(line.lstrip(" "))
        while line.strip() and self._items and indent < self._items[-1]:
            self._items.pop()
        offset = self._items[-1] if self._items else 0
        while (item := _ITEM.match(line)) and len(item[1]) <= offset + 3:
            offset = item.end()
            self._items.append(offset)
            line = " " * offset + line[offset:]
        fence = _FENCE.match(line)
        if fence and len(fence[1]) <= offset + 3:
            language = (fence[3] or fence[5] or "").split(maxsplit=1)[:1]
            self._open = _Open(fence[2] or fence[4], len(fence[1]), offset, "".join(language))

    def _closes(self, opened: _Open, line: str) -> bool:
        text = line.strip(" \t\r\n")
        indent = len(line) - len(line.lstrip(" "))
        longest = len(text) >= len(opened.fence) and not text.strip(opened.fence[0])
        return longest and indent <= opened.offset + 3

    def _block(self, *, closed: bool) -> CodeBlock:
        assert self._open is not None
        block = CodeBlock(self._open.language, "".join(self._code), closed)
        self._code, self._size = [], 0
        return block
