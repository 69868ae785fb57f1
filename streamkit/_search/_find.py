"""``sk.find``: searches one stream for a text or a pattern, and stops the stream at the match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from .._stream import Stream
from ..errors import ConfigurationError
from ..reprs import short_repr
from ..response import Response
from ..text.compiled import TextMatch
from ._acceptors import make_acceptor
from ._candidate import CandidateConfig, Reader
from ._ledger import Ledger, Row
from ._race import end, raise_if_all_failed
from ._result import Pending
from ._task_pool import TaskPool

if TYPE_CHECKING:
    import regex


_CONTEXT = 200  # characters


@dataclass(frozen=True, slots=True, repr=False)
class FindResult:
    """The result of ``find``; true if there is a match.

    After ``if result:`` type checkers know that ``match`` and ``text`` are not None.

    Args:
        match: The match with its text, start and groups; None without a match.
        before: Up to 200 characters before the match.
        after: Up to 200 characters after the match, as far as they have arrived.
        response: The Response so far.
        row: Usage of the call, and what stopping it has saved.
    """

    match: TextMatch | None
    before: str
    after: str
    response: Response
    row: Row

    @property
    def text(self) -> str | None:
        """The text that matched."""
        return self.match.text if self.match else None

    def __bool__(self) -> bool:
        return self.match is not None

    def __repr__(self) -> str:
        shown = ("text", None), ("before", ""), ("after", ""), ("response", None)
        return short_repr(self, [(name, getattr(self, name), default) for name, default in shown])


class FindHit(FindResult):
    """A result with a match; it is true."""

    __slots__ = ()

    if TYPE_CHECKING:
        match: TextMatch

    @property
    def text(self) -> str:
        """The text that matched."""
        return self.match.text

    def __bool__(self) -> Literal[True]:
        return True


class FindMiss(FindResult):
    """A result without a match; it is false."""

    __slots__ = ()

    if TYPE_CHECKING:
        match: None

    @property
    def text(self) -> None:
        """There is no match."""

    def __bool__(self) -> Literal[False]:
        return False


Finding = FindResult  # the older name


def find(stream: Stream, pattern: str | re.Pattern[str] | regex.Pattern[str]) -> Pending[FindHit | FindMiss]:
    """Search a stream for a text or a pattern, and stop reading at the match.

    Args:
        stream: The stream to search.
        pattern: A text, or a compiled pattern.

    Returns:
        A ``FindResult`` to ``await``, or to ``run()`` in synchronous code; once.

    Raises:
        ConfigurationError: ``stream`` is no Stream, or the pattern matches the empty text.
        StreamError: The stream failed before the match.

    >>> from streamkit.testing import Script, chat_events
    >>> found = find(Script([*chat_events("Io, Eu", "ropa")[:3], None]).stream(), "Europa").run()
    >>> found.text, found.before, found.response.state, found.response.stopped_by
    ('Europa', 'Io, ', 'stopped', "find('Europa')")
    """
    if not isinstance(cast("object", stream), Stream):
        raise ConfigurationError(f"find(…) looks in a Stream, not in a {type(stream).__name__}.")
    text_or_pattern = pattern if isinstance(pattern, str) else getattr(pattern, "pattern", None)
    if text_or_pattern is None:
        raise ConfigurationError(f"find(stream, {pattern!r}): give a text, or a compiled pattern.")
    config = CandidateConfig(f"find({text_or_pattern!r})", make_acceptor(pattern, template="find(stream, {})"))
    return Pending("find(…)", lambda: _find(stream, config))


async def _find(stream: Stream, config: CandidateConfig) -> FindHit | FindMiss:
    ledger = Ledger()
    reader = Reader(ledger, stream, stream, config)
    async with TaskPool[Reader]() as pool:
        pool.start(0, reader.run)
        await pool.next_reports()
        await end(pool, ledger, [reader], keep=[reader])  # closed at once, which makes the row final
    raise_if_all_failed([reader])
    match: TextMatch | None = reader.value if reader.accepted is not None else None
    response = stream.response if reader.accepted is None else reader.accepted.response
    content = response.content
    start = match.start if match else 0
    behind = start + len(match.text) if match else 0
    before = content[max(0, start - _CONTEXT) : start]
    kind = FindHit if match else FindMiss
    return kind(match, before, content[behind : behind + _CONTEXT] if match else "", response, reader.row)
