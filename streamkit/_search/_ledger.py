"""Ledger: one row for each candidate, with its calls, verdict and usage, and the sums of all rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Literal, TypeAlias

from .._stream import CallTrace
from ..chunk import Usage
from ..reprs import short_repr
from ..response import Response, Saved, State
from ..usage.prices import price
from ..usage.sums import added, plus

Verdict: TypeAlias = Literal["not sent", "open", "accepted", "rejected", "failed", "stopped", "left"]

_MOST = 100_000  # rows that are kept

_UNSEEN = Usage(output_tokens=0, source="estimated", low=0)  # of a call that was stopped before its first chunk


@dataclass(frozen=True, slots=True)
class Bill:
    """The usage of one call."""

    usage: Usage
    model: str | None
    provider: str

    @property
    def price(self) -> float | None:
        """The price in US dollars; None if unknown."""
        return price(self.usage, model=self.model, provider=self.provider)


@dataclass(slots=True, repr=False)
class Row:
    """The row of one candidate.

    Args:
        index: Position among the candidates, from 0.
        model: The model, as ``provider/model``.
        verdict: ``not sent``, ``open`` (not decided yet), ``accepted``, ``rejected`` (the answer ended unaccepted),
            ``failed``, ``stopped`` (others won, or the budget was used up), or ``left`` (to another subscriber).
        state: State of the stream.
        calls: Number of requests sent.
        prompt_tokens: Estimated number of tokens of the prompt's text.
        chars: Characters of text that arrived.
        usage: Token counts of all calls: reported, partial or estimated; None if nothing is known.
        saved: Upper bound of what the stop has saved; None if the request set no ``max_tokens``.
        close_ms: Milliseconds from the decision until the connection was closed.
        error: Class and message of the error; None without one.
        remembered: True if the answer was taken from the journal; such a row is in no sum.
    """

    index: int
    model: str = ""
    verdict: Verdict = "not sent"
    state: State | None = None
    calls: int = 0
    prompt_tokens: int = 0
    chars: int = 0
    usage: Usage | None = None
    saved: Saved | None = None
    close_ms: float | None = None
    error: str | None = None
    remembered: bool = False
    bills: tuple[Bill, ...] = field(default=(), repr=False)
    """Usage, model and provider of each call."""
    trace: CallTrace | None = field(default=None, repr=False, compare=False)
    """What the last call has done and when, in seconds since the start of the search; of the first 256 candidates."""

    @property
    def cost(self) -> float | None:
        """The price of all calls in US dollars, computed on access; None if unknown."""
        return total([each.price for each in self.bills])

    def __repr__(self) -> str:
        shown = [each for each in fields(self) if each.repr]
        return short_repr(self, [(each.name, getattr(self, each.name), each.default) for each in shown])

    def update(self, response: Response) -> None:
        """Update the row from the Response so far, which has the attempts and calls that failed before."""
        self.state = response.state
        self.chars = len(response.content)
        self.saved = response.saved
        own = response.last_usage if response.attempts else response.usage
        used = own or (_UNSEEN if self.state == "stopped" and self.calls else None)
        parts = [*((each.usage, each) for each in response.attempts), (used, response)]
        self.charge(tuple(Bill(usage, each.model, each.provider) for usage, each in parts if usage is not None))

    def charge(self, bills: tuple[Bill, ...]) -> None:
        """Set the usage from the bills of all calls."""
        self.bills = bills
        self.usage = None
        for bill in bills:
            self.usage = added(self.usage, bill.usage)


class Ledger:
    """The rows of all candidates by index, and their sums, which leave out unknown values.

    All values are current; they are final once the search is closed. The ledger keeps 100,000 rows; older rows count
    in the sums only.
    """

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self._opened = 0
        self._sums = _Sums()  # of the rows that are no longer kept
        self._dropped_cost: float | None = None
        self._dropped_saved_cost: float | None = None
        self._verdicts: Counter[Verdict] = Counter()
        self.decided: float | None = None
        """The time of the decision, on the loop's clock; None before."""
        self.began: float | None = None
        """The time when the first candidate was begun, on the loop's clock; None before."""
        self.open_rows: dict[int, Callable[[], object]] = {}
        """Functions that update the rows of candidates that are not closed yet, by index."""

    @property
    def rows(self) -> list[Row]:
        """The current rows, in the order of the candidates."""
        for update in self.open_rows.values():
            update()
        return list(self._rows.values())

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        """The number of candidates."""
        return self._opened

    def __getitem__(self, index: int) -> Row:
        at = index if index >= 0 else self._opened + index
        if at not in self._rows:
            raise IndexError(f"There is no row {index}: of {self._opened} candidates {len(self._rows)} rows are kept.")
        if at in self.open_rows:
            self.open_rows[at]()
        return self._rows[at]

    def open(self) -> Row:
        """Add the row of the next candidate."""
        row = self._rows[self._opened] = Row(self._opened)
        self._opened += 1
        self._verdicts[row.verdict] += 1
        if len(self._rows) > _MOST:
            oldest = next(each for each in self._rows.values() if each.verdict not in ("not sent", "open"))
            self._drop(self._rows.pop(oldest.index))
        return row

    def _drop(self, row: Row) -> None:
        self._sums.add(row)
        if not row.remembered:
            self._dropped_cost = total([self._dropped_cost, row.cost])
            self._dropped_saved_cost = total([self._dropped_saved_cost, row.saved.cost if row.saved else None])

    def settle(self, row: Row, verdict: Verdict) -> None:
        """Set the verdict of a candidate."""
        self._verdicts[row.verdict] -= 1
        self._verdicts[verdict] += 1
        row.verdict = verdict

    def count(self, verdict: Verdict) -> int:
        """Count the candidates with a verdict."""
        return self._verdicts[verdict]

    @property
    def remembered(self) -> int:
        """The number of candidates whose answer was taken from the journal."""
        return self._summed().remembered

    @property
    def calls(self) -> int:
        """The number of requests sent."""
        return self._summed().calls

    @property
    def usage(self) -> Usage | None:
        """Token counts of all calls; an estimate with bounds if one of them is estimated."""
        return self._summed().usage

    @property
    def input_tokens(self) -> int:
        """Tokens of the prompts, as far as the providers have reported them."""
        return (self.usage or Usage()).input_tokens or 0

    @property
    def output_tokens(self) -> int:
        """Tokens of the answers."""
        return (self.usage or Usage()).output_tokens or 0

    @property
    def cost(self) -> float | None:
        """The price of all calls in US dollars, computed on access; None if no price is known."""
        return total([self._dropped_cost, *(row.cost for row in self.rows if not row.remembered)])

    @property
    def saved_tokens(self) -> int | None:
        """An upper bound of the output tokens that stopping has saved; None if no request set ``max_tokens``."""
        return self._summed().saved_tokens

    @property
    def saved_cost(self) -> float | None:
        """The price of ``saved_tokens`` in US dollars; None if no price is known."""
        saved = [None if row.saved is None else row.saved.cost for row in self.rows if not row.remembered]
        return total([self._dropped_saved_cost, *saved])

    def __repr__(self) -> str:
        return f"<Ledger: {', '.join(self._verdict_counts()) or 'no candidates'}>"

    def _verdict_counts(self) -> list[str]:
        verdicts: tuple[Verdict, ...] = ("accepted", "rejected", "failed", "stopped", "left", "open", "not sent")
        return [f"{self.count(each)} {each}" for each in verdicts if self.count(each)]

    def __str__(self) -> str:
        verdict_counts = self._verdict_counts()
        sums = self._summed()
        usage, about = sums.usage or Usage(), "about " if sums.usage and sums.usage.source == "estimated" else ""
        input_tokens = usage.input_tokens if usage.input_tokens is not None or not sums.calls else "unknown"
        used = f"{input_tokens or 0} tokens in, {about}{usage.output_tokens or 0} out"
        cost = "" if self.cost is None else f", ${self.cost:.4f}"
        again = f" ({sums.remembered} from the journal)" if sums.remembered else ""
        return f"{', '.join(verdict_counts) or 'no candidates'}{again}; {sums.calls} calls, {used}{cost}"

    def _summed(self) -> _Sums:
        sums = replace(self._sums)
        for row in self.rows:
            sums.add(row)
        return sums


@dataclass(slots=True)
class _Sums:
    calls: int = 0
    usage: Usage | None = None
    saved_tokens: int | None = None
    remembered: int = 0

    def add(self, row: Row) -> None:
        if row.remembered:
            self.remembered += 1
            return
        self.calls += row.calls
        self.usage = added(self.usage, row.usage)
        self.saved_tokens = plus(self.saved_tokens, None if row.saved is None else row.saved.output_tokens)


def total(amounts: list[float | None]) -> float | None:
    """Add the known amounts; None if no amount is known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
