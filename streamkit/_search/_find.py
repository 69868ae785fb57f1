"""Something looked for in one stream, which is stopped as soon as it is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from .._stream import Stream
from ..errors import ConfigurationError
from ..response import Response
from ..text.matcher import TextMatch
from ._candidate import CandidateConfig, Reader
from ._judge import make_acceptor
from ._ledger import Ledger, Row
from ._race import end, raise_if_all_failed
from ._result import Pending
from ._task_pool import TaskPool

if TYPE_CHECKING:
    import regex


_CONTEXT = 200  # characters


@dataclass(frozen=True, slots=True)
class FindResult:
    """What was found in a stream; true if it was.

    Args:
        match: The match: its text, where it begins, its groups; None if it did not come.
        before: The characters before it, 200 at most.
        after: The characters behind it, as far as they had come already, 200 at most.
        response: What has arrived.
        row: What it used, and what stopping it has saved.
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


Finding = FindResult  # the older name


def find(stream: Stream, pattern: str | re.Pattern[str] | regex.Pattern[str]) -> Pending[FindResult]:
    """Look for a text or a pattern in a stream, and leave it as soon as that has come.

    Args:
        stream: Where to look.
        pattern: A text, or a compiled pattern.

    Returns:
        Something to ``await``, or to ``run()``: a result with ``match``, ``before``, ``after``, ``response`` and
        ``row``.

    Raises:
        ConfigurationError: It is no stream, or the pattern matches nothing at all.
        StreamError: The stream failed before it came.

    >>> from streamkit.testing import Script, chat_events
    >>> found = find(Script([*chat_events("Io, Eu", "ropa")[:3], None]).stream(), "Europa").run()
    >>> found.text, found.before, found.response.state, found.response.stopped_by
    ('Europa', 'Io, ', 'stopped', "find('Europa')")
    """
    if not isinstance(cast("object", stream), Stream):
        raise ConfigurationError(f"find(…) looks in a Stream, not in a {type(stream).__name__}.")
    wanted = pattern if isinstance(pattern, str) else getattr(pattern, "pattern", None)
    if wanted is None:
        raise ConfigurationError(f"find(stream, {pattern!r}): give a text, or a compiled pattern.")
    terms = CandidateConfig(f"find({wanted!r})", make_acceptor(pattern, asked="find(stream, {})"))
    return Pending("find(…)", lambda: _find(stream, terms))


async def _find(stream: Stream, terms: CandidateConfig) -> FindResult:
    ledger = Ledger()
    reader = Reader(ledger, stream, stream, terms)
    async with TaskPool[Reader]() as crowd:
        crowd.start(0, reader.run)
        await crowd.some()
        await end(crowd, ledger, [reader], keep=[reader])  # it is closed in a moment, and its row is final then
    raise_if_all_failed([reader])
    match: TextMatch | None = reader.value if reader.accepted is not None else None
    response = stream.response if reader.accepted is None else reader.accepted.response
    content = response.content
    start = match.start if match else 0
    behind = start + len(match.text) if match else 0
    before = content[max(0, start - _CONTEXT) : start]
    return FindResult(match, before, content[behind : behind + _CONTEXT] if match else "", response, reader.row)
