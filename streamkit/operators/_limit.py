"""Stop when a budget of tokens, characters, seconds or dollars is used up, and stop the call with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import reactivex
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..prices import require_prices
from ..runtime import Bound, Budget, LoopScheduler, Passing, home_loop
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

    def make() -> Budget:
        return shared or Budget(own, chars=chars, seconds=seconds, cost=cost)

    if "cost" in make().bounds:
        require_prices("limit(cost=…)")
        Spending(make(), model)  # says at once if that model has no price

    def operator(source: Observable[T]) -> Observable[T]:
        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            return _subscribe(_Limit[T](make(), model, shared=shared is not None), source, observer, scheduler)

        return Observable(subscribe)

    return operator


class _Limit(Generic[T]):
    """Lets through what a budget has room for."""

    def __init__(self, budget: Budget, model: str | None, *, shared: bool) -> None:
        self.budget = budget
        self._spending = Spending(budget, model, alone=not shared)
        self._passes = self._spending.passes
        self._shared = shared

    def feed(self, item: T) -> tuple[T | None, str | None]:
        if self._passes(item):
            return item, None
        free, bound = self._spending.feed(item)
        return free, None if bound is None else self.reason(bound)

    def rest(self) -> T | None:
        return self._spending.rest()

    def reason(self, bound: Bound) -> str:
        value = f"{bound}={self.budget.bounds[bound]}"
        return f"limit(Budget({value}))" if self._shared else f"limit({value})"


def _subscribe(
    look: _Limit[T], source: Observable[T], observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None
) -> abc.DisposableBase:
    passing, budget = Passing(observer, look), look.budget
    if budget.exhausted:
        return reactivex.empty().subscribe(observer, scheduler=scheduler)
    if "seconds" not in budget.bounds:
        return passing.start(source, scheduler)
    clock = scheduler or LoopScheduler(home_loop())
    left = budget.seconds_left(clock.now)
    if not left:
        return reactivex.empty().subscribe(observer, scheduler=scheduler)
    timer = clock.schedule_relative(left, lambda _scheduler, _state: passing.stop(look.reason("seconds")))
    return CompositeDisposable(timer, passing.start(source, scheduler))
