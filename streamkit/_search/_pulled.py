"""Candidates, pulled one by one from whatever they come in."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import Any, TypeAlias, cast

from reactivex import Observable

from ..flow import flow
from ..messages import Prompt
from ._accepted import Candidate

Asked: TypeAlias = "Prompt | Candidate"
Candidates: TypeAlias = "Iterable[Asked] | AsyncIterable[Asked] | Observable[Asked]"


async def pulled(candidates: Candidates) -> AsyncGenerator[Asked, None]:
    """Yield one candidate after the other; a generator is closed with this one, and an Observable left.

    Args:
        candidates: An iterable, async or not, or an Observable, which is held back while nobody pulls.
    """
    observed = isinstance(candidates, Observable)
    if observed or isinstance(candidates, AsyncIterable):
        source = flow(candidates) if observed else candidates
        waiting: Any = aiter(cast("AsyncIterable[Asked]", source))
        try:
            async for each in waiting:
                yield each
        finally:
            if observed or inspect.isasyncgen(waiting):
                await waiting.aclose()
        return
    given = iter(candidates)
    try:
        for each in given:
            yield each
    finally:
        if inspect.isgenerator(given):
            given.close()
