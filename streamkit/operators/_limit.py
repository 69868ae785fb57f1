"""Stop the call when a budget of tokens, characters, seconds or dollars is used up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import reactivex
from reactivex import Observable, abc

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..runtime import LoopScheduler, current_or_background_loop
from ..usage.budget import Budget
from ..usage.budget_meter import Spending
from ..usage.prices import require_prices
from ._base.machine import operator
from ._base.take_until import TakeUntilSubscription

T = TypeVar("T", str, Chunk)


def limit(
    tokens: int | Budget | None = None,
    *,
    chars: int | None = None,
    seconds: float | None = None,
    cost: float | None = None,
    model: str | None = None,
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Complete when the first bound of a budget is reached, and stop the source at once.

    .. marble::
        :alt: limit

        --Euro--pa or--Titan--|
        [   limit(chars=6)    ]
        --Euro--pa|

    Characters are exact: the text is cut between two grapheme clusters (a family of emoji is one; an accent that is
    written as a character of its own may be parted from an ASCII letter). Tokens are output tokens as the provider
    reports them; until then they are estimated from the text, and so are dollars. The dollars of the prompt count
    from the first report on. Text is cut at these bounds, too; thinking and tool calls end with their chunk. Each
    subscription counts separately, and uses up a shared ``Budget`` again.

    Args:
        tokens: Number of output tokens; or a ``Budget`` that several streams share: once it is used up, each of
            them stops with its next chunk.
        chars: Number of characters of text.
        seconds: Seconds from the subscription on.
        cost: US dollars. The price table takes half a second to load, the first time.
        model: Model whose price counts, as ``provider/model``, instead of the one that the chunks name.

    Returns:
        An operator on chunks (characters are those of choice 0); without tokens and dollars, on pieces of text too.

    Raises:
        ConfigurationError: No bound is given, a bound is not above 0, or there is no price table. By ``on_error``:
            the price of the model is unknown, or tokens or dollars of pieces of text cannot be counted.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Euro", "pa or", " Titan")).pipe(limit(chars=6)))
    ['Euro', 'pa']
    """
    shared = tokens if isinstance(tokens, Budget) else None
    if shared and (chars, seconds, cost) != (None, None, None):
        raise ConfigurationError("limit(budget) takes its bounds from the budget: give it chars=, seconds= or cost=.")
    own = None if isinstance(tokens, Budget) else tokens

    def budget() -> Budget:
        return shared or Budget(own, chars=chars, seconds=seconds, cost=cost)

    def make() -> Spending[T]:
        return Spending(budget(), model, alone=shared is None)

    if "cost" in budget().bounds:
        require_prices("limit(cost=…)")
        make()  # raises if the model has no price
    return operator(partial(_LimitSubscription, make), emits="same", gives="same", name="limit()")


class _LimitSubscription(TakeUntilSubscription[T]):
    """A subscription that also ends when the seconds of the budget are over."""

    _machine: Spending[T]
    _timer: abc.DisposableBase | None = None

    def _start(self, source: Observable[T], scheduler: abc.SchedulerBase | None) -> None:
        budget = self._machine.budget
        exhausted = budget.exhausted is not None
        if "seconds" in budget.bounds and not exhausted:
            clock = scheduler or LoopScheduler(current_or_background_loop())
            left = budget.seconds_left(clock.now)
            if left:
                self._timer = clock.schedule_relative(left, self._time_is_up)
            exhausted = not left
        super()._start(reactivex.empty() if exhausted else source, scheduler)

    def dispose(self) -> None:
        """Dispose the timer and the subscription to the source."""
        if self._timer is not None:
            self._timer.dispose()
        super().dispose()

    def _stop(self) -> None:
        assert self._machine.reached is not None
        self._name = self._machine.reason(self._machine.reached)
        super()._stop()

    def _time_is_up(self, _scheduler: abc.SchedulerBase, _state: object) -> None:
        self.stop(self._machine.reason("seconds"))
