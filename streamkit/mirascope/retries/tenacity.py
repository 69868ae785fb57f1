"""Mirascope's help for tenacity, alone because programs import this path."""

from collections.abc import Callable
from typing import Any


def collect_errors(*kinds: type[Exception]) -> Callable[[Any], None]:
    """Make a function for tenacity's ``after=``, which passes errors of these kinds to the next attempt."""

    def collect(state: Any) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, kinds):
            state.kwargs["errors"] = [*(state.kwargs.get("errors") or ()), error]

    return collect
