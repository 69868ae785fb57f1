"""The sentences of a text."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable

from ..text.sentences import Sentences
from ._base.transform import transform


def sentences(*, strip: bool = False) -> Callable[[Observable[str]], Observable[str]]:
    r"""Split text into sentences, each with the closing quotes and white space that follow.

    A full stop is decided by the next word: "Dr. Galilei", "z. B.", "3.14" and "Wait... what?" are not split. "。" ends
    a sentence at once where no quote or bracket is open: white space behind it begins the next sentence. A line ends a
    sentence, unless the next line begins with a lower-case letter; headings and list items end theirs, too.

    Abbreviations are known in English, German, French, Spanish, Portuguese, Italian, Russian, Chinese and Japanese;
    Arabic and Hindi are split by simple rules. Text in lower case only is split at its lines. Joined, the sentences
    are the text again. A sentence of more than 65,536 characters is emitted in parts.

    .. marble::
        :alt: sentences

        --Io is --hot. Eu----ropa is --icy.--|
        [            sentences()             ]
        ---------------------Io is hot. -----Europa is icy.|

    Args:
        strip: True to remove the white space around sentences.

    Returns:
        An operator on pieces of text. Buffered text is emitted before the end, and before an error.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Dr. Marius saw I", "o. Was it", " 1610? Yes")).pipe(sentences()))
    ['Dr. Marius saw Io. ', 'Was it 1610? ', 'Yes']
    """
    return transform(lambda: Sentences(strip=strip), emits="many", reads="text", gives="text", name="sentences()")
