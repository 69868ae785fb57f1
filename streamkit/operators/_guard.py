"""Text that is checked before it is let through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import Literal, TypeVar, cast

from reactivex import Observable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..settings import is_positive
from ..text.segments import Spans
from ..text.sentences import Sentences
from ._base.guarded import AsyncGuard, GuardConfig, GuardMachine, GuardSubscription
from ._base.machine import operator
from ._base.pacer import Splitter
from ._base.passages import Passages

T = TypeVar("T", str, Chunk)


def guard(
    check: Callable[[str, str], bool] | Callable[[str, str], Awaitable[bool]],
    *,
    every: Literal["sentence"] | int = "sentence",
    on_trip: Literal["error", "replace"] = "error",
    replacement: str = "…",
    timeout: float = 10.0,
    ahead: int = 4,
    context: int = 2_000,
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Let text through only after a check has allowed it: sentence by sentence, or so many characters at a time.

    The check gets a passage and the text in front of it, and returns True to let the passage through. If it returns
    False or does not answer in time, the call is stopped and the flow ends in ``GuardTripped``, or the passage is
    replaced and the flow goes on. Text that has not been checked is never emitted: at the end, and before an error of
    the source, the last passage is checked, too. What a check raises ends the flow.

    Of chunks the ``content`` is checked, of each choice by itself. A chunk of which a part is emitted, or whose text
    is replaced, has no ``raw`` event. Thinking, refusals and tool calls are not checked; they stay in order, and a
    chunk with a tool call or a finish reason ends the passage in front of it.

    .. marble::
        :alt: guard

        --Io is hot. I h--ate you.---|
        [      guard(is_polite)      ]
        --Io is hot. ----------------#

    Args:
        check: Function of a passage and of the text in front of it. An async function runs as a task on the
            subscriber's loop, in the subscriber's context; a sync one must be quick, for it is called on the loop.
        every: Length of a passage: ``sentence``, or a number of characters.
        on_trip: Effect of a passage that is not allowed: ``error`` or ``replace``.
        replacement: Text in place of such a passage; white space at its end stays.
        timeout: Seconds that an async check may take.
        ahead: Number of async checks that run at a time; the order of the text stays.
        context: Number of characters of the text in front that the check gets, as the model wrote them.

    Returns:
        An operator on pieces of text or on chunks; of texts it emits whole passages.

    Raises:
        ConfigurationError: An option is out of range, or ``check`` is no function. By ``on_error``: the check returned
            something other than True and False, or an element is neither text nor a chunk.
        GuardTripped: By ``on_error``: a passage was not allowed, or its check did not answer in time.

    >>> import reactivex as rx, streamkit as sk
    >>> texts = sk.flow(rx.of("Io is hot. I h", "ate you. Bye."))
    >>> list(texts.pipe(guard(lambda text, before: "hate" not in text, on_trip="replace")))
    ['Io is hot. ', '… ', 'Bye.']
    """
    if not callable(check):
        raise ConfigurationError(f"guard({check!r}): give a function of a text and of the text before it.")
    if every != "sentence":
        _check("every", every, 'a number of characters above 0, or "sentence"', whole=True)
    _check("timeout", timeout, "a number of seconds above 0")
    _check("ahead", ahead, "a whole number above 0", whole=True)
    _check("context", context, "a whole number above 0", whole=True)
    if on_trip not in ("error", "replace") or not isinstance(cast("object", replacement), str):
        raise ConfigurationError('guard(on_trip=…): give "error" or "replace", and a text as replacement=.')
    name = f"guard({getattr(check, '__name__', 'a check')})"
    config = GuardConfig(name, check, replacement if on_trip == "replace" else None, timeout, ahead)

    def splitter() -> Splitter:
        return Sentences() if every == "sentence" else Spans(every)

    def make() -> Passages[T]:
        return Passages(name, splitter, context=context)

    if iscoroutinefunction(check) or iscoroutinefunction(getattr(check, "__call__", None)):  # noqa: B004
        return operator(partial(AsyncGuard, config, make), emits="many", gives="same", name=name)
    machine = partial(GuardSubscription, lambda: GuardMachine(config, make()), name=name)
    return operator(machine, emits="many", gives="same", name=name)


def _check(option: str, value: object, needed: str, *, whole: bool = False) -> None:
    if not is_positive(value, whole=whole):
        raise ConfigurationError(f"guard({option}={value!r}): give {needed}.")
