"""The words of a text."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable

from ..text.words import Words
from ._base.transform import transform


def words(*, strip: bool = False) -> Callable[[Observable[str]], Observable[str]]:
    r"""Split text into words, each with the white space that follows.

    A word is emitted when the next word begins, or after a blank line. Chinese and Japanese have no spaces: there
    every character is a unit, with its closing marks, and so is a run of Katakana. Joined, the words are the text
    again; grapheme clusters are never cut. A word of more than 65,536 characters is emitted in parts.

    .. marble::
        :alt: words

        --Io a--nd Eu----ropa--|
        [       words()        ]
        --Io ---and -----------Europa|

    Args:
        strip: True to remove the white space around words.

    Returns:
        An operator on pieces of text. Buffered text is emitted before the end, and before an error.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Io a", "nd Eu", "ropa")).pipe(words()))
    ['Io ', 'and ', 'Europa']
    >>> list(sk.flow(rx.of("木星 is ", "Jupiter")).pipe(words(strip=True)))
    ['木', '星', 'is', 'Jupiter']
    """
    return transform(lambda: Words(strip=strip), emits="many", reads="text", gives="text", name="words()")
