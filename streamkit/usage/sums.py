"""Sums of the usage and the cost of several calls or attempts, and the certainty of a sum."""

from __future__ import annotations

from ..chunk import Usage

_CERTAINTY: dict[str, int] = {"none": 0, "provider": 1, "partial": 2, "estimated": 3}


def added(one: Usage | None, other: Usage | None) -> Usage | None:
    """Add the token counts of two calls, leaving out unknown counts; the source is the less certain one.

    >>> added(Usage(7, 2), Usage(7, 3, source="partial"))
    Usage(input_tokens=14, output_tokens=5, source='partial')
    """
    if one is None or other is None:
        return one or other
    low = high = None
    if one.low is not None or other.low is not None:
        low = plus(*(each.output_tokens if each.low is None else each.low for each in (one, other)))
        high = _upper(one, other)
    return Usage(
        input_tokens=plus(one.input_tokens, other.input_tokens),
        output_tokens=plus(one.output_tokens, other.output_tokens),
        cached_tokens=plus(one.cached_tokens, other.cached_tokens),
        reasoning_tokens=plus(one.reasoning_tokens, other.reasoning_tokens),
        audio_tokens=plus(one.audio_tokens, other.audio_tokens),
        total_tokens=plus(one.total_tokens, other.total_tokens),
        source=max(one, other, key=lambda each: _CERTAINTY[each.source]).source,
        low=low,
        high=high,
        cache_write_tokens=plus(one.cache_write_tokens, other.cache_write_tokens),
    )


def _upper(one: Usage, other: Usage) -> int | None:
    """Return the upper bound of a sum; None if one of the two has only a lower bound."""
    bounds = [(each.output_tokens or 0) if each.low is None else each.high for each in (one, other)]
    return None if None in bounds else sum(bound for bound in bounds if bound is not None)


def plus(one: int | None, other: int | None) -> int | None:
    """Add two counts, leaving out an unknown one."""
    return None if one is None and other is None else (one or 0) + (other or 0)
