"""The mark of an operator: how many elements it emits, what it reads and emits, and its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict, TypeVar, Unpack

O = TypeVar("O", bound=Callable[[Any], Any])  # noqa: E741 - an operator

Emits = Literal["one", "many", "same"]
"""``one`` element (or several of which the last is the whole), ``many``, or the ``same`` number as the source."""

Elements = Literal["chunks", "text", "sound", "other", "same", "any"]
"""The kind of elements: ``sound`` is bytes of audio, ``same`` is that of the source, ``any`` says nothing."""


class Mark(NamedTuple):
    """What ``pipe`` knows of an operator before anything is subscribed to."""

    emits: Emits
    reads: Elements = "any"
    gives: Elements = "any"
    name: str = ""


class MarkFields(TypedDict):
    """The keywords of every helper that makes an operator.

    ``emits`` is required. ``reads`` and ``gives`` are the kinds of elements, such as ``"chunks"`` and ``"text"``;
    ``name`` is the operator as its user writes it, such as ``"text()"``.
    """

    emits: Emits
    reads: NotRequired[Elements]
    gives: NotRequired[Elements]
    name: NotRequired[str]


def with_mark(apply: O, **mark: Unpack[MarkFields]) -> O:
    """Mark a function from Observable to Observable, which no helper has made, and return it."""
    marked: Any = apply
    marked.mark = Mark(**mark)
    return apply


def mark_of(operator: Callable[..., Any]) -> Mark | None:
    """Return the mark of an operator; None for stock and foreign operators and for any other callable.

    >>> from streamkit import operators as ops
    >>> mark_of(ops.text()).emits
    'many'
    """
    found = getattr(operator, "mark", None)
    return found if isinstance(found, Mark) else None
