"""The sentences of a text, each as soon as it is certain where it ends."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable

from ..runtime import transform
from ..segment import Sentences


def sentences(*, strip: bool = False) -> Callable[[Observable[str]], Observable[str]]:
    r"""Cut text into sentences, each with its closing quotes and the white space behind it.

    A full stop is certain when the next word has come: "Dr. Galilei", "z. B.", "3.14" and "Wait... what?" go
    on. "。" is certain at once where no quote or bracket is open: white space behind it begins the next sentence. A
    line ends a sentence, unless the next one begins with a small letter; so do headings and list items.

    English, German, French, Spanish, Portuguese, Italian, Russian, Chinese and Japanese are told apart from
    their abbreviations, Arabic and Hindi simply. Text in small letters only is cut at its lines. Joined, the
    sentences are the text again. One of more than 65,536 characters comes in parts.

    .. marble::
        :alt: sentences

        --Io is--hot. Eu----ropa--|
        [      sentences()        ]
        ---------------Io is hot.-Europa|

    Args:
        strip: Whether to leave out the white space around sentences.

    Returns:
        An operator on pieces of text. What is held is emitted before the end, and before an error.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Dr. Marius saw I", "o. Was it", " 1610? Yes")).pipe(sentences()))
    ['Dr. Marius saw Io. ', 'Was it 1610? ', 'Yes']
    """
    return transform(lambda: Sentences(strip=strip))
