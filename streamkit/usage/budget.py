"""A budget: bounds on the use of one or several streams, counted across threads."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from ..errors import ConfigurationError
from ..forks import new_lock
from ..settings import is_positive

Bound: TypeAlias = Literal["tokens", "chars", "seconds", "cost"]

_WHOLE = ("tokens", "chars")


class Budget:
    """Bounds on the use of all streams that have the budget in ``limit``; at least one bound is given.

    Args:
        tokens: Tokens of the answers, as the providers report them, else as they are estimated.
        chars: Characters of text.
        seconds: Seconds since the first subscription.
        cost: US dollars.

    Raises:
        ConfigurationError: There is no bound, or one is not above 0.

    >>> Budget(500, cost=0.01)
    Budget(tokens=500, cost=0.01)
    """

    def __init__(
        self,
        tokens: int | None = None,
        *,
        chars: int | None = None,
        seconds: float | None = None,
        cost: float | None = None,
    ) -> None:
        given: dict[Bound, float | None] = {"tokens": tokens, "chars": chars, "seconds": seconds, "cost": cost}
        self._bounds: dict[Bound, float] = {bound: value for bound, value in given.items() if value is not None}
        if not self._bounds:
            raise ConfigurationError("A budget needs a bound: tokens=, chars=, seconds= or cost=.")
        for bound, value in self._bounds.items():
            _check(bound, value)
        self._spent: dict[Bound, float] = dict.fromkeys(self._bounds, 0)
        self._since: datetime | None = None
        self._lock = new_lock()

    @property
    def bounds(self) -> dict[Bound, float]:
        """The bounds that were given, by name."""
        return dict(self._bounds)

    @property
    def spent(self) -> dict[Bound, float]:
        """The amount used of each bound; seconds are not counted while they pass, and are left out."""
        return {bound: used for bound, used in self._spent.items() if bound != "seconds"}

    @property
    def exhausted(self) -> Bound | None:
        """The first bound that is used up; None while all bounds have something left."""
        for bound, used in self._spent.items():
            if used >= self._bounds[bound]:
                return bound
        return None

    def left(self, bound: Bound) -> float:
        """Return the amount that is left of a bound."""
        return self._bounds[bound] - self._spent[bound]

    def spend(self, bound: Bound, amount: float) -> None:
        """Count an amount against a bound; a correction may be negative."""
        with self._lock:
            self._spent[bound] += amount

    def seconds_left(self, now: datetime) -> float:
        """Return the seconds that are left; the first call starts the count."""
        with self._lock:
            self._since = self._since or now
        return max(self._bounds["seconds"] - (now - self._since).total_seconds(), 0)

    def __repr__(self) -> str:
        return f"Budget({', '.join(f'{bound}={value}' for bound, value in self._bounds.items())})"


def _check(bound: Bound, value: object) -> None:
    if not is_positive(value, whole=bound in _WHOLE):
        whole = "a whole number" if bound in _WHOLE else "a number"
        raise ConfigurationError(f"{bound}={value!r}: give {whole} above 0.")
