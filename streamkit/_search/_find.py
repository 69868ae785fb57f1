"""Something looked for in one stream, which is stopped as soon as it is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._stream import Stream
from ..matcher import Found
from ..response import Response
from ._candidate import Reader
from ._judge import judge_of
from ._ledger import Row
from ._result import Pending

if TYPE_CHECKING:
    import regex

_CONTEXT = 200  # characters


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in a stream.

    Args:
        match: The match: its text, where it begins, its groups; None if it did not come.
        before: The characters before it, 200 at most.
        response: What has arrived.
        row: What it used, and what stopping it has saved.
    """

    match: Found | None
    before: str
    response: Response
    row: Row

    @property
    def text(self) -> str | None:
        """The text that matched."""
        return self.match.text if self.match else None

    def __bool__(self) -> bool:
        return self.match is not None


def find(stream: Stream, pattern: str | re.Pattern[str] | regex.Pattern[str]) -> Pending[Finding]:
    """Look for a text or a pattern in a stream, and stop it as soon as that has come.

    Args:
        stream: Where to look.
        pattern: A text, or a compiled pattern.

    Returns:
        Something to ``await``, or to ``run()``: a result with ``match``, ``before``, ``response`` and ``row``.

    Raises:
        ConfigurationError: The pattern matches nothing at all.
        StreamError: The stream failed before it came.

    >>> from streamkit.testing import Script, chat_events
    >>> found = find(Script([*chat_events("Io, Eu", "ropa")[:3], None]).stream(), "Europa").run()
    >>> found.text, found.before, found.response.state
    ('Europa', 'Io, ', 'stopped')
    """
    judge = judge_of(pattern)

    async def work() -> Finding:
        reader = Reader(Row(0), stream, judge)
        accepted = await reader.read()
        if reader.error is not None:
            raise reader.error
        match = reader.value if accepted else None
        content = reader.response.content
        start = match.start if match else 0
        return Finding(match, content[max(0, start - _CONTEXT) : start], reader.response, reader.row)

    return Pending(work)
