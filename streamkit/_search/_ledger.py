"""The ledger: what each candidate was sent, what came of it, what it used, and what stopping it has saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from .._stream import Stream
from ..chunk import Usage
from ..response import Response, State

Verdict: TypeAlias = Literal["accepted", "rejected", "failed", "stopped", "not sent"]


@dataclass(slots=True)
class Row:
    """One candidate.

    Args:
        index: Its place among the candidates.
        verdict: ``accepted``, ``rejected`` (it ended and was not), ``failed``, ``stopped`` (somebody else won, or the
            budget was spent) or ``not sent``.
        state: How its stream ended.
        calls: How many requests were sent for it.
        chars: Characters of text that arrived.
        usage: Its tokens: as reported, partial or estimated.
        cost: Its price in US dollars, where that is known.
        saved_tokens: Output tokens that stopping it has saved at most, where that is known.
        saved_cost: Their price.
        close_ms: Milliseconds from the decision to stop it until its connection was closed.
        error: What it failed with.
        remembered: It was answered before, and taken from the journal.
    """

    index: int
    verdict: Verdict = "not sent"
    state: State | None = None
    calls: int = 0
    chars: int = 0
    usage: Usage | None = None
    cost: float | None = None
    saved_tokens: int | None = None
    saved_cost: float | None = None
    close_ms: float | None = None
    error: str | None = None
    remembered: bool = False

    def note(self, stream: Stream) -> None:
        """Take down how a stream stands; what it used is added to what a refused attempt before it did."""
        if stream.log is None:
            return
        response = stream.response
        self.state = response.state
        self.chars = len(response.content)
        self.usage = None if response.usage is None else replace(response.usage, raw={})
        self.cost = response.cost
        if response.saved is not None:
            self.saved_tokens, self.saved_cost = response.saved.output_tokens, response.saved.cost


@dataclass(slots=True)
class Ledger:
    """The rows of all candidates, and their sums; a sum leaves out what is not known of a row.

    Args:
        rows: One for each candidate, in their order.
    """

    rows: list[Row] = field(default_factory=list[Row])

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def open(self, index: int) -> Row:
        """Begin the row of a candidate."""
        row = Row(index)
        self.rows.append(row)
        return row

    @property
    def calls(self) -> int:
        """Requests that were sent."""
        return sum(row.calls for row in self.rows)

    @property
    def input_tokens(self) -> int:
        """Tokens of the prompts."""
        return sum((row.usage.input_tokens or 0) for row in self.rows if row.usage)

    @property
    def output_tokens(self) -> int:
        """Tokens of the answers."""
        return sum((row.usage.output_tokens or 0) for row in self.rows if row.usage)

    @property
    def cost(self) -> float | None:
        """US dollars; None if no price is known."""
        return _sum([row.cost for row in self.rows])

    @property
    def saved_tokens(self) -> int | None:
        """Output tokens that stopping has saved at most."""
        told = _sum([row.saved_tokens for row in self.rows])
        return None if told is None else round(told)

    @property
    def saved_cost(self) -> float | None:
        """Their price."""
        return _sum([row.saved_cost for row in self.rows])

    def count(self, verdict: Verdict) -> int:
        """Count the candidates with a verdict."""
        return sum(row.verdict == verdict for row in self.rows)

    def __str__(self) -> str:
        told = [f"{self.count(each)} {each}" for each in ("accepted", "rejected", "failed", "stopped", "not sent")]
        cost = "" if self.cost is None else f", ${self.cost:.4f}"
        return f"{', '.join(told)}; {self.calls} calls, {self.input_tokens} + {self.output_tokens} tokens{cost}"


def _sum(values: list[float | None] | list[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def answer_of(stream: Stream) -> Response:
    """Return what has arrived of a stream."""
    return stream.response
