"""The paragraphs of a text."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable

from ..text.segments import Paragraphs
from ._base.transform import transform


def paragraphs(*, strip: bool = False) -> Callable[[Observable[str]], Observable[str]]:
    r"""Split text into paragraphs, each with the blank line that follows.

    Further blank lines begin the next paragraph. Blocks of code are treated as text. Joined, the paragraphs are the
    text again. A paragraph of more than 1,048,576 characters is emitted in parts.

    .. marble::
        :alt: paragraphs

        --Io\n--\nEu--ropa--|
        [    paragraphs()   ]
        --------Io\n\n------Europa|

    Args:
        strip: True to remove blank lines, and white space behind paragraphs; an indent stays.

    Returns:
        An operator on pieces of text. Buffered text is emitted before the end, and before an error.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Io\n", "\nEu", "ropa\nis icy.")).pipe(paragraphs()))
    ['Io\n\n', 'Europa\nis icy.']
    """
    return transform(lambda: Paragraphs(strip=strip), emits="many", reads="text", gives="text", name="paragraphs()")
