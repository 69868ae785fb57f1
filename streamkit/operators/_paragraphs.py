"""The paragraphs of a text, each as soon as a blank line ends it."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable

from ..runtime import transform
from ..segment import Paragraphs


def paragraphs(*, strip: bool = False) -> Callable[[Observable[str]], Observable[str]]:
    r"""Cut text into paragraphs, each with the blank line behind it.

    Further blank lines begin the next paragraph. Blocks of code are not told from text. Joined, the paragraphs
    are the text again. One of more than 1,048,576 characters comes in parts.

    .. marble::
        :alt: paragraphs

        --Io\n--\nEu--ropa--|
        [    paragraphs()     ]
        --------Io------------Europa|

    Args:
        strip: Whether to leave out blank lines, and white space behind paragraphs; an indent stays.

    Returns:
        An operator on pieces of text. What is held is emitted before the end, and before an error.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Io\n", "\nEu", "ropa\nis icy.")).pipe(paragraphs()))
    ['Io\n\n', 'Europa\nis icy.']
    """
    return transform(lambda: Paragraphs(strip=strip))
