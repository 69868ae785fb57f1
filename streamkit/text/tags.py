"""TagSplitter: splits streamed text at tags such as ``<think>``, however the text is cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias, cast

from ..errors import ConfigurationError
from ..settings import Tag
from .code_spans import CodeSpans
from .held_pattern import held_patterns
from .hold_back import HoldBack, Part

Run: TypeAlias = tuple[bool, str]
"""Text with one place: True if it stands inside a tag."""

_NAME = re.compile(r"[A-Za-z_][\w:.\-]*")

_ATTRIBUTES = 256
"""Most characters of a tag's attributes."""

_ANY = -1  # the tag that was open before the text began


class Tags:
    """Tags, prepared for the splitters of one call or operator.

    Args:
        tags: The names of the tags, or pairs of texts.
        anywhere: True if a tag opens anywhere outside code; by default it opens only before all other text.
        opened: True if the text begins inside a tag, whose opening was part of the prompt.
        label: The call as the user wrote it, with ``{}`` for the tags.

    Raises:
        ConfigurationError: There is none, or one of them is no name and no pair of texts.
    """

    def __init__(
        self, tags: Sequence[Tag], *, anywhere: bool = False, opened: bool = False, label: str = "route_tags({})"
    ) -> None:
        if not tags:
            raise ConfigurationError(f'{label.format("")}: give the name of a tag, such as "think".')
        self.anywhere, self.opened = anywhere, opened
        marks = [mark for number, tag in enumerate(tags) for mark in _marks(tag, number, label)]
        marks.sort(key=lambda mark: -len(mark[0]))  # of two texts that begin alike the longer one is tried first
        self._marks = [(re.compile(source), number, opens) for source, number, opens in marks]
        self.firsts = tuple({source.lstrip("\\")[0] for source, _, _ in marks})
        """The characters with which the tags begin."""
        self._pattern = held_patterns({"tag": re.compile("|".join(source for source, _, _ in marks))})

    def search(self) -> HoldBack:
        """Begin a search for the tags."""
        return HoldBack(self._pattern)

    def which(self, text: str) -> tuple[int, bool]:
        """Return the number of a tag that was found, and True if it is an opening one."""
        return next((number, opens) for mark, number, opens in self._marks if mark.fullmatch(text))


def _marks(tag: object, number: int, label: str) -> list[tuple[str, int, bool]]:
    """Return the patterns of a tag's opening and closing."""
    if isinstance(tag, str) and _NAME.fullmatch(tag):
        name = re.escape(tag)
        return [(rf"<{name}(?:\s[^<>]{{0,{_ATTRIBUTES}}})?/?>", number, True), (rf"</{name}\s?>", number, False)]
    pair = cast("tuple[object, ...]", tag) if isinstance(tag, tuple) else ()
    if len(pair) == 2 and all(isinstance(each, str) and each for each in pair) and pair[0] != pair[1]:
        opening, closing = cast("tuple[str, str]", pair)
        return [(re.escape(opening), number, True), (re.escape(closing), number, False)]
    raise ConfigurationError(
        f'{label.format(repr(cast("object", tag)))}: give a tag\'s name without brackets, such as "think", '
        'or the opening and the closing text as a pair, such as ("[THINK]", "[/THINK]").'
    )


class TagSplitter:
    r"""Splits a text into what stands inside tags and what stands outside; the tags themselves vanish.

    A tag opens before all other text but white space, or with ``anywhere`` everywhere outside code. Inside, an opening
    tag at the beginning of a line nests, and one within a line is text that mentions the tag; the closing tag counts
    wherever it stands. Newlines behind a closing tag vanish as long as no other text has come. What is inside a tag
    that is never closed stays inside.

    Args:
        tags: The tags.

    >>> splitter = TagSplitter(Tags(["think"]))
    >>> splitter.feed("<thi"), splitter.feed("nk>Ice?</thin"), splitter.feed("k>\n\nEuropa")
    ([], [(True, 'Ice?')], [(False, 'Europa')])
    """

    def __init__(self, tags: Tags) -> None:
        self._tags = tags
        self._begin()

    def _begin(self) -> None:
        self._search = self._tags.search()
        self._open: list[int] = [_ANY] if self._tags.opened else []
        self._started = False  # text has come outside of tags
        self._skips = False  # newlines behind a closing tag
        self._begins_line = True  # inside, only blanks stand before on the line
        self._untouched = True  # inside what was open before the text began, no text has come
        self._code = CodeSpans() if self._tags.anywhere else None

    def feed(self, fragment: str) -> list[Run]:
        """Take the next fragment; return what is certain."""
        runs: list[Run] = []
        if not self._search.buffered:
            if self.is_over:
                return [(False, fragment)]
            if not any(first in fragment for first in self._tags.firsts):
                self._add_text(runs, fragment)
                return runs
        self._read(runs, self._search.feed(fragment))
        if self.is_over and self._search.buffered:
            self._read(runs, self._search.flush())
        return runs

    def flush(self) -> list[Run]:
        """Return the rest, since the text has ended; what is fed behind it is a text of its own."""
        runs: list[Run] = []
        if self._search.buffered:
            self._read(runs, self._search.flush())
        self._begin()
        return runs

    @property
    def is_over(self) -> bool:
        """Whether no tag can open any more, so that all text stands outside until the end."""
        return self._started and self._code is None and not self._open

    def _read(self, runs: list[Run], parts: Sequence[Part]) -> None:
        for part in parts:
            if isinstance(part, str):
                self._add_text(runs, part)
            else:
                self._add_tag(runs, part.match.text)

    def _add_tag(self, runs: list[Run], text: str) -> None:
        number, opens = self._tags.which(text)
        empty = opens and text.endswith("/>")
        if not self._open:
            may_open = not self._started if self._code is None else not self._code.inside
            if not (opens and may_open):
                self._add_text(runs, text)
            elif empty:
                self._skips = not self._started
            else:
                self._open, self._begins_line = [number], True
        elif opens:
            if self._open == [_ANY] and self._untouched:
                self._open = [number]  # the server has sent the opening after all
            elif self._begins_line and not empty:
                self._open.append(number)
            else:
                self._add_text(runs, text)
        elif number in self._open:
            while self._open.pop() != number:
                pass
            self._skips = not self._started
        elif self._open[0] == _ANY:
            self._open, self._skips = [], not self._started
        else:
            self._add_text(runs, text)

    def _add_text(self, runs: list[Run], text: str) -> None:
        if self._open:
            line = text.rpartition("\n")
            self._begins_line = (bool(line[1]) or self._begins_line) and not line[2].strip()
            self._untouched = self._untouched and not text.strip()
        else:
            if self._skips:
                text = text.lstrip("\r\n")
                self._skips = not text
            self._started = self._started or bool(text.strip())
            if self._code is not None:
                self._code.feed(text)
        if not text:
            return
        inside = bool(self._open)
        if runs and runs[-1][0] is inside:
            runs[-1] = (inside, runs[-1][1] + text)
        else:
            runs.append((inside, text))
