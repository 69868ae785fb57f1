"""Stop when a budget of tokens, characters, seconds or dollars is used up, and stop the call with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import reactivex
from reactivex import Observable, abc

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..prices import require_prices
from ..runtime import Budget, LoopScheduler, TakeUntilSubscription, home_loop, operator
from ..spending import Spending

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

    Characters are exact: no more than these pass, cut between characters as people see them (a family of emoji
    is one; an accent that is written as a character of its own may be parted from an ASCII letter). Tokens are
    those of the answer as the provider reports them, and until it does, estimated from the text, as dollars are;
    the prompt's dollars count from the first report. Text is cut there too; thinking and tool calls end with
    their chunk. Each subscription counts by itself, and uses up a shared ``Budget`` again.

    Args:
        tokens: Tokens of the answer; or a ``Budget``, which all streams that are given it use up together: each
            of the others stops with its first chunk after that.
        chars: Characters of text.
        seconds: Seconds from the subscription on.
        cost: US dollars. The price table takes half a second to load, the first time.
        model: Whose price counts, as ``provider/model``, instead of what the chunks name.

    Returns:
        An operator on chunks (characters are those of choice 0); on pieces of text if no tokens or dollars count.

    Raises:
        ConfigurationError: There is no bound, one is not above 0, or there is no price table. By ``on_error``:
            the price of the model is not known, or tokens and dollars are to be counted of pieces of text.

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
    return operator(partial(_LimitSubscription, make))


class _LimitSubscription(TakeUntilSubscription[T]):
    """A subscription that also ends when the seconds of its budget are over."""

    _machine: Spending[T]
    _timer: abc.DisposableBase | None = None

    def _start(self, source: Observable[T], scheduler: abc.SchedulerBase | None) -> None:
        budget = self._machine.budget
        exhausted = budget.exhausted is not None
        if "seconds" in budget.bounds and not exhausted:
            clock = scheduler or LoopScheduler(home_loop())
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
