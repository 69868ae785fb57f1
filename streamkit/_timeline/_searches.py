"""The lanes of a search: one for each candidate, winners and losers, with what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .._search import Ledger, Row, SearchResult
from ..chunk import Usage
from ._calls import call_lane
from ._lane import Lane, Section, counted


def search_section(result: SearchResult) -> Section:
    """Return the lanes of a search, a race, a hedged call or a quorum.

    Args:
        result: The result.
    """
    ledger, index = result.ledger, {each.index for each in result.accepted}
    rows = list(ledger)
    models = {row.model for row in rows if row.model}
    one = models.pop() if len(models) == 1 else ""
    lanes = tuple(_lane(row, accepted=row.index in index, named=not one) for row in rows)
    hidden = len(ledger) - len(lanes)
    more = (f"{counted(hidden, 'candidate')} more are not kept",) if hidden else ()
    facts = (*((one,) if one else ()), *_sums(ledger), f"ended: {result.ended_by}", *more)
    return Section(title="Search", facts=facts, lanes=lanes)


def _sums(ledger: Ledger) -> Iterator[str]:
    yield from str(ledger).split("; ")
    if ledger.saved_tokens:
        yield f"saved at most {ledger.saved_tokens:,} tokens"


def _lane(row: Row, *, accepted: bool, named: bool) -> Lane:
    title = f"{row.index} · {row.model}" if named and row.model else f"candidate {row.index}"
    facts = ["taken from the journal"] if row.remembered else []
    if row.close_ms is not None and row.verdict == "stopped":
        facts.append(f"closed in {row.close_ms:.0f} ms")
    if row.trace is not None:
        usage = row.usage or Usage()
        traced = replace(
            row.trace,
            cost=row.cost,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            estimated=usage.source == "estimated",
            saved=None if row.saved is None else row.saved.output_tokens,
        )
        return call_lane(traced, title=title, verdict=row.verdict, extra=facts, accepted=accepted)
    if row.verdict not in ("not sent", "open") and not row.remembered:
        facts.append("its times are not kept")
    if row.error is not None:
        facts.append(row.error.partition(":")[0])
    return Lane(title=title, state=row.verdict, facts=(row.verdict, *facts), accepted=accepted)
