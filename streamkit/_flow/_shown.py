"""What ``dir`` and ``repr`` show of streams and flows; it stands alone since both use it."""

from __future__ import annotations

import inspect

from reactivex import Observable

# Methods of every Observable that the documentation teaches.
_TAUGHT = frozenset({"first", "last", "pipe", "run", "subscribe", "to_list"})

_FLUENT = frozenset(name for name in (*dir(Observable), "lock") if not name.startswith("_")) - _TAUGHT


def own_names(shown: Observable[object]) -> list[str]:
    """Return the attributes of a stream or flow without the fluent methods of reactivex, which work all the same."""
    return sorted(set(object.__dir__(shown)) - _FLUENT)


def task_hint(hint: str) -> str:
    """Return a hint for the repr that ``create_task`` puts into its error, and "" for any other caller of ``repr``.

    ``asyncio.create_task`` takes coroutines only, and its error has nothing but the repr of what it got.

    Args:
        hint: The sentence that says what a task takes instead.
    """
    frame = inspect.currentframe()
    caller = frame and frame.f_back and frame.f_back.f_back  # behind this function and __repr__
    return f" ({hint})" if caller is not None and caller.f_code.co_name == "create_task" else ""
