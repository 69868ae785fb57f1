"""The lines of a text."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable

from ..text.segments import Lines
from ._base.transform import transform


def lines(*, strip: bool = False) -> Callable[[Observable[str]], Observable[str]]:
    r"""Split text into lines; each keeps the line end: ``\n``, ``\r\n`` or ``\r``.

    Joined, the lines are the text again. A line of more than 1,048,576 characters is emitted in parts.

    .. marble::
        :alt: lines

        --Io--\nEu--ropa\n--|
        [      lines()      ]
        ------Io\n--Europa\n|

    Args:
        strip: True to remove line ends; empty lines are emitted as well.

    Returns:
        An operator on pieces of text. A last line without an end is emitted before the end, and before an error.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Io", "\nEuropa\r", "\n")).pipe(lines()))
    ['Io\n', 'Europa\r\n']
    """
    return transform(lambda: Lines(strip=strip), emits="many", reads="text", gives="text", name="lines()")
