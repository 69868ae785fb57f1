"""Text at an even pace, for a screen that people read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeVar

from reactivex import Observable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..settings import is_positive
from ..text.graphemes import Graphemes
from ..text.words import Words
from ..usage.tokens import estimate_fast
from ._base.element_queue import ElementQueue
from ._base.machine import operator
from ._base.paced import PacedSubscription
from ._base.pacer import Pacer

T = TypeVar("T", str, Chunk)


def smooth(
    chars_per_second: float | None = None,
    *,
    tokens_per_second: float | None = None,
    max_lag: float = 2.0,
    by: Literal["word", "grapheme"] = "word",
    choice: int = 0,
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Emit text at an even pace, and never more than some seconds after the text arrived; nothing is lost.

    The first word is emitted at once, and each further word when the time of the word before it has passed. If text
    arrives faster than the pace, the pace rises just enough for every character to be out within ``max_lag``. What is
    still buffered at the end, before an error, or before a chunk with a tool call, media or a finish reason, is emitted
    at once. Other chunks keep their place. At most 8,192 characters are buffered; the oldest of more are emitted.

    .. marble::
        :alt: smooth

        --Io is hot. Eu-----------ropa--|
        [           smooth(12)          ]
        --Io --is --hot. ---------------Europa|

    Args:
        chars_per_second: Characters that are emitted in a second.
        tokens_per_second: Tokens, as estimated from the text, that are emitted in a second.
        max_lag: Seconds that a character waits at most, on the subscriber's scheduler. A word that is not complete by
            then is emitted in parts.
        by: Unit of text that is never split: ``word``, or ``grapheme`` for single characters as people see them.
        choice: Index of the answer whose text is paced, if the elements are chunks.

    Returns:
        An operator on pieces of text or on chunks. A chunk of which a part is emitted has no ``raw`` event.

    Raises:
        ConfigurationError: Not exactly one rate is given, a rate or ``max_lag`` is not above 0, or ``by`` has another
            value. By ``on_error``: an element is neither text nor a chunk.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Io is hot. Eu", "ropa is icy.")).pipe(smooth(40)))
    ['Io ', 'is hot. Europa is icy.']
    """
    given = {"chars_per_second": chars_per_second, "tokens_per_second": tokens_per_second}
    rates = {name: rate for name, rate in given.items() if rate is not None}
    if len(rates) != 1:
        raise ConfigurationError("smooth(…): give it one of chars_per_second= and tokens_per_second=.")
    for name, value in {**rates, "max_lag": max_lag}.items():
        if not is_positive(value):
            raise ConfigurationError(f"smooth({name}={value!r}): give a number above 0.")
    if by not in ("word", "grapheme"):
        raise ConfigurationError(f'smooth(by={by!r}): give "word" or "grapheme".')

    (rate_name, rate), *_ = rates.items()
    name = f"smooth({rate_name}={rate!r})"

    def make() -> Pacer[T]:
        return Pacer(
            ElementQueue(name, choice=choice),
            _ShortWords() if by == "word" else Graphemes(),
            measure=len if tokens_per_second is None else _tokens,
            rate=rate,
            max_lag=max_lag,
            choice=choice,
        )

    # A single text becomes several elements.
    return operator(partial(PacedSubscription, make), emits="many", gives="same", name=name)


class _ShortWords(Words):
    """Splits text into words; a run of characters without a space is cut, so that it does not wait for its end."""

    cap = 100


def _tokens(text: str) -> float:
    return estimate_fast(text) / 100
