"""Forks: in a child all locks are free, calls of the parent are ended, and no import is half done."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import weakref
from collections.abc import Callable, Generator
from typing import Any, Protocol, TypeVar

from ._compat.private import free_in_child

T = TypeVar("T")

_IMPORT = 30.0  # seconds that a fork waits for imports at most


class LeftBehind(Protocol):
    """An object whose work goes on in the parent after a fork, so that a child has only a dead copy."""

    def leave_to_parent(self) -> None:
        """End the copy, so that nobody waits for it; called in the child, before anything else runs there."""
        ...


# A WeakSet would take four times as long, and every call makes half a dozen locks.
_locks: set[weakref.ref[Any]] = set()

_left: set[weakref.ref[LeftBehind]] = set()


def new_lock() -> threading.RLock:
    """Return a lock that is free in a forked child if another thread held the lock during the fork.

    The forking thread goes on in the child, and still holds there the locks that it held.
    """
    lock = threading.RLock()
    _locks.add(weakref.ref(lock, _locks.discard))
    return lock


def leave_in_child(copy: LeftBehind) -> None:
    """Call a method of this object in every forked child, as long as the object lives."""
    _left.add(weakref.ref(copy, _left.discard))


class cached(functools.cached_property[T]):  # noqa: N801 - a decorator
    """A ``cached_property`` whose lock (Python 3.11 has one) is free in a forked child."""

    def __init__(self, function: Callable[[Any], T]) -> None:
        super().__init__(function)
        if hasattr(self, "lock"):
            self.lock = new_lock()


class _Imports:
    """The number of threads that import at the moment; a module half imported would stay so in a child for ever."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._here = threading.local()

    @contextlib.contextmanager
    def run(self) -> Generator[None]:
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._changed:
            self._running += change
            self._here.running = self._own + change
            self._changed.notify_all()

    @property
    def _own(self) -> int:
        return getattr(self._here, "running", 0)

    def before(self) -> None:
        """Wait until no other thread imports, and let no import begin until the fork is over."""
        self._changed.acquire()
        self._changed.wait_for(lambda: self._running <= self._own, timeout=_IMPORT)

    def in_parent(self) -> None:
        self._changed.release()

    def in_child(self) -> None:
        self._changed = threading.Condition()
        self._running = self._own


_imports = _Imports()


def importing() -> contextlib.AbstractContextManager[None]:
    """Delay forks while this thread imports, for at most ``_IMPORT`` seconds."""
    return _imports.run()


def _living(references: set[weakref.ref[T]]) -> list[T]:
    return [found for each in list(references) if (found := each()) is not None]


def _in_child() -> None:
    _imports.in_child()
    for lock in _living(_locks):
        free_in_child(lock)
    for copy in _living(_left):
        copy.leave_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_imports.before, after_in_parent=_imports.in_parent, after_in_child=_in_child)
