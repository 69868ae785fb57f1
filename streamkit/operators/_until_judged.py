"""Stop the call as soon as a second, cheaper call says that the text is enough."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Literal, TypeVar

from reactivex import Observable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..settings import is_positive
from ..text.segments import Spans
from ..text.sentences import Sentences
from ._base.machine import operator
from ._base.pacer import Splitter
from ._base.until_answer import QuestionConfig, UntilAnswer

T = TypeVar("T", str, Chunk)


def until_judged(
    ask: Callable[[str], Awaitable[Any]] | Callable[[str], bool],
    *,
    every: Literal["sentence"] | int = "sentence",
    lag: float = 5.0,
    choice: int = 0,
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Pass elements on at once, ask about the text so far beside them, and complete when the answer is yes.

    A question is asked when a sentence is complete, one at a time, and about all complete sentences so far. The text
    never waits for an answer. A question whose call fails, whose answer cannot be read, or that is not answered in
    time changes nothing; ``response.side_calls`` of the stream counts it, and has the usage and the cost of all
    questions. A question that is open at the end is stopped, and its call is closed.

    .. marble::
        :alt: until_judged

        --Io is hot. --Europa is icy. --So--is Ti--tan.--|
        [         until_judged(has_named_europa)         ]
        --Io is hot. --Europa is icy. --So--is Ti|

    Args:
        ask: Function of the text so far. It returns a Stream or a Flow of another call, any other awaitable, or the
            answer itself. An answer is True or False, a text that begins with "yes" or "no", or the Response of one.
        every: Text after which a question is asked: ``sentence``, or a number of characters.
        lag: Seconds that an answer may take; a later one is ignored, and its call is stopped.
        choice: Index of the answer that is asked about, if the elements are chunks.

    Returns:
        An operator on pieces of text or on chunks.

    Raises:
        ConfigurationError: ``ask`` is no function, or a number is not above 0. By ``on_error``: an element is neither
            text nor a chunk.

    >>> import reactivex as rx, streamkit as sk
    >>> texts = sk.flow(rx.of("Io is hot. And ", "Europa is icy. And ", "so on."))
    >>> list(texts.pipe(until_judged(lambda text: "Europa" in text)))
    ['Io is hot. And ', 'Europa is icy. And ']
    """
    if not callable(ask):
        raise ConfigurationError(f"until_judged({ask!r}): give a function of the text so far.")
    if every != "sentence" and not is_positive(every, whole=True):
        raise ConfigurationError(f'until_judged(every={every!r}): give a number of characters above 0, or "sentence".')
    if not is_positive(lag):
        raise ConfigurationError(f"until_judged(lag={lag!r}): give a number of seconds above 0.")
    name = f"until_judged({getattr(ask, '__name__', 'a question')})"
    config = QuestionConfig(name, ask, lag, choice)

    def splitter() -> Splitter:
        return Sentences() if every == "sentence" else Spans(every)

    return operator(partial(UntilAnswer, config, splitter), emits="same", gives="same", name=name)
