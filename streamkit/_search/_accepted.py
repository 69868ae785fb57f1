"""What a candidate may be given as, and what it becomes if it is good enough."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from .._stream import Stream
from ..response import Response

Make: TypeAlias = Callable[[], "Stream | Awaitable[Stream]"]
Candidate: TypeAlias = "Stream | Make | Awaitable[Stream]"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A candidate that is good enough.

    Args:
        index: Its place among the candidates.
        response: Its answer, as far as it was read.
        value: What was looked for: the match, the object, the tool call.
        candidate: What was asked: the prompt, the Stream, or what made it.
    """

    index: int
    response: Response
    value: Any = None
    candidate: Any = None
