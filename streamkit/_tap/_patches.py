"""Attributes that are replaced for the time of a test, in one place, so that none stays behind; and who may connect."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

_ABSENT: Any = object()

_sending: ContextVar[bool] = ContextVar("streamkit_tap_sending", default=False)


class Patches:
    """Replaced attributes, each with the original.

    >>> class Greeter:
    ...     word = "hello"
    >>> patches = Patches()
    >>> patches.put(Greeter, "word", "goodbye")
    >>> patches.undo(), Greeter.word
    (None, 'hello')
    """

    def __init__(self) -> None:
        self._originals: dict[tuple[int, str], tuple[Any, Any]] = {}

    def put(self, owner: Any, name: str, value: Any) -> None:
        """Replace an attribute of a class or a module; do nothing the second time.

        Args:
            owner: The class or module.
            name: The attribute's name; an inherited one gets a value in front of it.
            value: The new value.
        """
        if not self.has(owner, name):
            self._originals[id(owner), name] = owner, cast("dict[str, Any]", vars(owner)).get(name, _ABSENT)
            setattr(owner, name, value)

    def has(self, owner: Any, name: str) -> bool:
        """Return whether an attribute is replaced."""
        return (id(owner), name) in self._originals

    def undo(self) -> None:
        """Restore all attributes."""
        while self._originals:
            (_, name), (owner, original) = self._originals.popitem()
            if original is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, original)


@contextmanager
def sending() -> Generator[None]:
    """Let the current context connect: what it sends is recorded, or is not to be recorded."""
    token = _sending.set(True)
    try:
        yield
    finally:
        _sending.reset(token)


def is_sending() -> bool:
    """Return whether the current context may connect."""
    return _sending.get()
