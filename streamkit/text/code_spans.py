"""CodeSpans: whether streamed text ends inside code of Markdown, a fenced block or a span between backticks."""

from __future__ import annotations

import re

_RUN = re.compile(r"`+|~+|\n|[^`~\n]+")

_INDENT = 3  # blanks that may stand before a fence


class CodeSpans:
    """Follows a text, however it is cut.

    A span ends at as many backticks as have opened it, or at an empty line; a fence at a line that begins with as
    many backticks or tildes.

    >>> code = CodeSpans()
    >>> code.feed("Write `"), code.inside, code.feed("<think>` or"), code.inside
    (None, True, None, False)
    """

    def __init__(self) -> None:
        self._fence = ""  # the run that has opened a block
        self._on_line = False  # it has opened it on this line
        self._span = 0  # backticks that have opened a span
        self._run = ""  # the run at the end of the text, which may go on
        self._before: str | None = ""  # blanks before it on its line; None behind anything else

    @property
    def inside(self) -> bool:
        """Whether the text so far ends inside code."""
        self._end_run()
        return bool(self._fence or self._span)

    def feed(self, text: str) -> None:
        """Read the next text."""
        for part in _RUN.findall(text):
            if self._run and part[0] == self._run[0]:
                self._run += part
                continue
            self._end_run()
            if part[0] in "`~":
                self._run = part
            elif part == "\n":
                if self._before is not None:  # an empty line
                    self._span = 0
                self._before, self._on_line = "", False
            elif self._before is not None:
                blanks = self._before + part
                self._before = None if blanks.strip() else blanks[: _INDENT + 1]

    def _end_run(self) -> None:
        run, self._run = self._run, ""
        if not run:
            return
        begins_line = self._before is not None and len(self._before) <= _INDENT
        self._before = None
        if self._fence:
            if run.startswith(self._fence) and (begins_line or (self._on_line and run[0] == "`")):
                self._fence = ""
        elif begins_line and len(run) >= 3 and not self._span:
            self._fence, self._on_line = run, True
        elif run[0] == "`":
            self._span = 0 if self._span == len(run) else self._span or len(run)
