"""Mirascope's help for tenacity, in a file of its own because programs import it by this path."""

from collections.abc import Callable
from typing import Any


def collect_errors(*kinds: type[Exception]) -> Callable[[Any], None]:
    """Make a function for tenacity's ``after=`` that passes the errors so far to the next attempt as ``errors=``.

    Args:
        kinds: Classes of the errors to pass on.
    """

    def collect(state: Any) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, kinds):
            state.kwargs["errors"] = [*(state.kwargs.get("errors") or ()), error]

    return collect
