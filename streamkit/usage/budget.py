"""A budget: what streams may use, alone or together, counted right whichever threads they are on."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from ..errors import ConfigurationError
from ..forks import new_lock
from ..settings import is_positive

Bound: TypeAlias = Literal["tokens", "chars", "seconds", "cost"]

_WHOLE = ("tokens", "chars")


class Budget:
    """What streams may use, all that have it in their ``limit`` together; at least one bound.

    Args:
        tokens: Tokens of the answers, as the providers report them, else as they are estimated.
        chars: Characters of text.
        seconds: Seconds from the first subscription on.
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
        """What was given, each by its name."""
        return dict(self._bounds)

    @property
    def spent(self) -> dict[Bound, float]:
        """What has been used of each bound but the seconds, which nobody counts while they pass."""
        return {bound: used for bound, used in self._spent.items() if bound != "seconds"}

    @property
    def exhausted(self) -> Bound | None:
        """The first bound of which nothing is left; None while there is something of each."""
        for bound, used in self._spent.items():
            if used >= self._bounds[bound]:
                return bound
        return None

    def left(self, bound: Bound) -> float:
        """What is left of a bound."""
        return self._bounds[bound] - self._spent[bound]

    def spend(self, bound: Bound, amount: float) -> None:
        """Use some of a bound; a correction may be negative."""
        with self._lock:
            self._spent[bound] += amount

    def seconds_left(self, now: datetime) -> float:
        """What is left of the seconds; the first to ask starts them."""
        with self._lock:
            self._since = self._since or now
        return max(self._bounds["seconds"] - (now - self._since).total_seconds(), 0)

    def __repr__(self) -> str:
        return f"Budget({', '.join(f'{bound}={value}' for bound, value in self._bounds.items())})"


def _check(bound: Bound, value: object) -> None:
    if not is_positive(value, whole=bound in _WHOLE):
        whole = "a whole number" if bound in _WHOLE else "a number"
        raise ConfigurationError(f"{bound}={value!r}: give {whole} above 0.")
