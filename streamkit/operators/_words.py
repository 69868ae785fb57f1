"""The words of a text, each as soon as it is whole."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable

from ..runtime import transform
from ..segment import Words


def words(*, strip: bool = False) -> Callable[[Observable[str]], Observable[str]]:
    r"""Cut text into words, each with the white space behind it.

    A word is let go when the next one begins, or a blank line ends. Chinese and Japanese have no spaces: there
    every character is a unit, with the marks that close it, and so is a run of Katakana. Joined, the words are the
    text again; no character as people see them is ever cut. A word of more than 65,536 characters comes in parts.

    .. marble::
        :alt: words

        --Io a--nd Eu----ropa--|
        [       words()        ]
        --------Io --and-------Europa|

    Args:
        strip: Whether to leave out the white space around words.

    Returns:
        An operator on pieces of text. What is held is emitted before the end, and before an error.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Io a", "nd Eu", "ropa")).pipe(words()))
    ['Io ', 'and ', 'Europa']
    >>> list(sk.flow(rx.of("木星 is ", "Jupiter")).pipe(words(strip=True)))
    ['木', '星', 'is', 'Jupiter']
    """
    return transform(lambda: Words(strip=strip))
