"""The meter of a budget: counts the use of one stream, and cuts the text at the bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, cast

from ..chunk import Chunk, Usage
from ..errors import ConfigurationError
from ..text.graphemes import compiled
from ..text.matcher import ElementMatcher
from .prices import output_of, price, price_of_output
from .tokens import HEAVIEST, estimate_fast, prefix_for_tokens
from .turns import Turn

if TYPE_CHECKING:
    from .budget import Bound, Budget


T = TypeVar("T", str, Chunk)

_LONGEST = 32  # code points that a grapheme cluster may have

_CHARACTER = r"[\x00-\x7f]|\X"

_SAMPLE = 1_000_000  # tokens whose price gives the price of one


class _Gauge(Protocol):
    """Counts text against one bound."""

    bound: Bound

    def near(self, text: str) -> bool:
        """Whether the bound may be reached within this text and one character more."""
        ...

    def room(self, text: str) -> int | None:
        """Return the number of characters that pass before the bound is reached; None if the bound is not reached."""
        ...

    def spend(self, text: str) -> None:
        """Count a text."""
        ...


class _Chars:
    """Counts characters."""

    bound: Bound = "chars"

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def near(self, text: str) -> bool:
        return len(text) + _LONGEST >= self._budget.left("chars")

    def room(self, text: str) -> int | None:
        left = max(int(self._budget.left("chars")), 0)
        return left if left <= len(text) else None

    def spend(self, text: str) -> None:
        self._budget.spend("chars", len(text))


class _Tokens:
    """Counts the tokens that the provider has reported, and an estimate of the text since then."""

    bound: Bound = "tokens"
    rate = 0.01
    """A hundredth of a token, in the unit of the bound."""

    def __init__(self, budget: Budget) -> None:
        self.covered = False  # the provider's report includes the text of this chunk
        self._budget = budget
        self._reported = 0.0
        self._since = 0
        self._turn: Turn | None = None
        self._apart: dict[Turn | None, tuple[float, int]] = {}  # what was reported of other turns

    def near(self, text: str) -> bool:
        return not self.covered and estimate_fast(text) + _LONGEST * HEAVIEST >= self._left

    def room(self, text: str) -> int | None:
        if self.covered:
            return None
        left = self._left
        return 0 if left <= 0 else prefix_for_tokens(text, left)

    def spend(self, text: str) -> None:
        if not self.covered:
            weight = estimate_fast(text)
            self._since += weight
            self._budget.spend(self.bound, weight * self.rate)

    def report(self, usage: Usage) -> None:
        """Replace all counts so far by the provider's report."""
        used = self.worth(usage)
        self._budget.spend(self.bound, used - self._reported - self._since * self.rate)
        self._reported, self._since = used, 0

    def go_to(self, turn: Turn) -> None:
        """Go to another turn of a conversation, whose reports count beside those of the other turns."""
        self._apart[self._turn] = self._reported, self._since
        self._reported, self._since = self._apart.pop(turn, (0.0, 0))
        self._turn = turn

    def end_call(self, path: tuple[str, ...]) -> None:
        """Forget what the calls inside of a tool have reported; another turn may have a tool call of the same path."""
        for turn in [each for each in self._apart if each is not None and each[0][: len(path)] == path]:
            del self._apart[turn]

    def worth(self, usage: Usage) -> float:
        """Return a usage in the unit of the bound."""
        return output_of(usage)

    @property
    def _left(self) -> float:
        """Hundredths of a token that are left."""
        return round(self._budget.left(self.bound) / self.rate, 6)


class _Cost(_Tokens):
    """Counts dollars in the same way; the dollars of the prompt come with the provider's report."""

    bound: Bound = "cost"

    def __init__(self, budget: Budget, model: str | None) -> None:
        super().__init__(budget)
        self.rate = 0.0
        self._provider, self._model = "", model
        self._fixed = model is not None
        if model is not None:
            provider, slash, name = model.partition("/")
            self._provider, self._model = (provider, name) if slash else ("", model)
            self._look_up()

    def go_to(self, turn: Turn) -> None:
        """Go to another turn, which another model may answer."""
        super().go_to(turn)
        if not self._fixed:
            self.rate, self._provider, self._model = 0.0, "", None

    def identify(self, chunk: Chunk) -> None:
        """Take the provider and model, whose price counts, from a chunk."""
        if not self.rate and (chunk.model or chunk.content or chunk.thinking or chunk.tool_calls):
            self._provider, self._model = self._provider or chunk.provider, self._model or chunk.model
            self._look_up()

    def worth(self, usage: Usage) -> float:
        dollars = price(usage, model=self._model, provider=self._provider)
        return output_of(usage) * 100 * self.rate if dollars is None else dollars

    def _look_up(self) -> None:
        found = price_of_output(_SAMPLE, model=self._model, provider=self._provider)
        if not found:
            who = f"of {self._provider or 'any provider'}/{self._model}" if self._model else "of a model without a name"
            raise ConfigurationError(
                f"limit(cost=…) knows no price {who}: give model='provider/model' of one that costs the same."
            )
        self.rate = found / _SAMPLE / 100


class _Cut:
    """Cuts text where the first of several bounds is reached, and never inside a grapheme cluster.

    Near the end the last character is buffered until the next one shows that it is complete, unless it is ASCII: so
    an accent that is written as a character of its own may be parted from its letter.
    """

    def __init__(self, gauges: Sequence[_Gauge]) -> None:
        self.bound: Bound | None = None
        self._gauges = gauges
        self.buffered = ""
        """A last character that may be incomplete."""

    def feed(self, fragment: str) -> tuple[str, bool]:
        text, self.buffered = self.buffered + fragment if self.buffered else fragment, ""
        if not text:
            return "", False
        for gauge in self._gauges:  # most text is far from any bound
            if gauge.near(text):
                return self._near(text)
        return self._spend(text), False

    def _near(self, text: str) -> tuple[str, bool]:
        rooms: list[tuple[int, Bound]] = [
            (room, gauge.bound) for gauge in self._gauges if (room := gauge.room(text)) is not None
        ]
        whole = _whole(text)
        first = min(rooms, key=lambda each: each[0], default=None)
        if first is None or (first[0] == len(text) and whole < len(text)):
            self.buffered = text[whole:]
            return self._spend(text[:whole]), False
        room, self.bound = first
        return self._spend(text[: whole if whole <= room else _whole_within(text, room)]), True

    def flush(self) -> str:
        buffered, self.buffered = self.buffered, ""
        return self._spend(buffered)

    def _spend(self, text: str) -> str:
        for gauge in self._gauges:
            gauge.spend(text)
        return text


class Spending(Generic[T]):
    """The stop condition of ``limit``: emits the elements of one stream that a budget has room for.

    Args:
        budget: The budget.
        model: Model whose price counts, as ``provider/model``, instead of the one that the chunks name.
        alone: True if no other stream uses the budget, which then need not be read for each element.
    """

    error = None

    def __init__(self, budget: Budget, model: str | None = None, *, alone: bool = False) -> None:
        self.done = False
        """True once a bound is reached."""
        self.reached: Bound | None = None
        """The bound that is reached."""
        self.budget = budget
        bounds = budget.bounds
        self._cost = _Cost(budget, model) if "cost" in bounds else None
        self._tokens = [*([_Tokens(budget)] if "tokens" in bounds else []), *([self._cost] if self._cost else [])]
        self._cut = _Cut([*([_Chars(budget)] if "chars" in bounds else []), *self._tokens])
        self._alone = alone
        self._grants = alone and bounds.keys() <= {"chars", "seconds"} and "chars" in bounds
        self._granted = self._ahead = 0  # characters that may pass before the budget is read again, and those left
        self._grant()
        self._turn: Turn | None = None
        self._element = ElementMatcher(self._cut)
        self._counts = bounds.keys() != {"seconds"}

    def reason(self, bound: Bound) -> str:
        """Return the reason of a stop at a bound, as the user wrote the option."""
        value = f"{bound}={self.budget.bounds[bound]}"
        return f"limit({value})" if self._alone else f"limit(Budget({value}))"

    def feed(self, item: T) -> Iterable[T]:
        """Count the next element; return what the budget has room for.

        Raises:
            ConfigurationError: Tokens or dollars are to be counted, and cannot be; or what comes is no text or chunk.
        """
        try:
            text = item if isinstance(item, str) else item.content if item.plain else ""
        except AttributeError:
            return self._foreign(item)
        if text and len(text) < self._ahead:  # the fast path: text far from the only bound
            self._ahead -= len(text)
            return (item,)
        if not self._counts:
            return (item,)
        self._settle()
        usage = None if isinstance(item, str) else item.usage
        reported = usage if usage is not None and usage.output_tokens is not None else None
        if self._tokens:
            self._begin(item, covered=reported is not None)
        released, matched = self._element.feed(item)
        if self._tokens and not isinstance(item, str) and item.tool_calls:
            self._count("".join(f"{call.name or ''}{call.arguments}" for call in item.tool_calls))
        if reported is not None:
            for gauge in self._tokens:
                gauge.report(reported)
        if not self._tokens:
            self._grant()
        self.reached = self._cut.bound if matched else self.budget.exhausted
        self.done = self.reached is not None
        return () if released is None else (released,)

    def _foreign(self, item: T) -> Iterable[T]:
        """Return an element that is no text and no chunk, of which only the seconds can be counted."""
        if self._counts:
            raise ConfigurationError(
                f"limit() counts texts and chunks, and {type(item).__name__} came: put it before that operator, or "
                "limit the seconds only."
            ) from None
        return (item,)

    def flush(self) -> Iterable[T]:
        """Return the last character, if one is still buffered."""
        buffered = cast("T | None", self._element.flush())
        return () if buffered is None else (buffered,)

    def _grant(self) -> None:
        if self._grants and not self._cut.buffered:
            self._granted = self._ahead = max(0, int(self.budget.left("chars")) - _LONGEST)

    def _settle(self) -> None:
        if self._granted:
            self.budget.spend("chars", self._granted - self._ahead)
            self._granted = self._ahead = 0

    def _begin(self, item: str | Chunk, *, covered: bool) -> None:
        """Count the parts of a chunk that are not cut: thinking, and the text of other choices."""
        if isinstance(item, str):
            raise ConfigurationError("limit(tokens=…) and limit(cost=…) count chunks: put limit before text().")
        if item.origin is not None and self._turn != (turn := (item.origin.path, item.origin.answer)):
            self._turn = turn
            for gauge in self._tokens:
                gauge.go_to(turn)
        if item.origin is not None and (ended := item.origin.ended_call) is not None:
            for gauge in self._tokens:
                gauge.end_call(ended)
        if self._cost is not None:
            self._cost.identify(item)
        for gauge in self._tokens:
            gauge.covered = covered
        if not item.plain:
            others = item.content if item.index > 0 else ""
            self._count(item.thinking + item.refusal + item.tool_plan + item.audio_transcript + others)

    def _count(self, hidden: str) -> None:
        if hidden:
            for gauge in self._tokens:
                gauge.spend(hidden)


def _whole(text: str) -> int:
    """Return the length of a text without a last character that may be incomplete."""
    if text[-1:].isascii():
        return len(text)
    return len(text) - len(compiled(_CHARACTER).findall(text[-2 * _LONGEST :])[-1])


def _whole_within(text: str, room: int) -> int:
    """Return the length of the longest prefix of a text that fits and ends with a complete character."""
    end = 0
    for found in compiled(_CHARACTER).finditer(text):
        if found.end() > room:
            break
        end = found.end()
    return end
