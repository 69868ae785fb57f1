"""Stop the call once its text repeats itself without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reactivex import Observable

from ..chunk import Chunk
from ..text.repetition import RepetitionMatcher, check_chars
from ._base.match_condition import MatchCondition
from ._base.take_until import take_until

T = TypeVar("T", str, Chunk)


def until_repeating(*, chars: int = 350) -> Callable[[Observable[T]], Observable[T]]:
    r"""Complete once the text repeats itself, and stop the source at once.

    A model in a degenerate loop writes the same passage again and again until it reaches its token limit. The stream
    ends after two equal periods and ``chars`` further characters that are equal too, however the text was cut. Periods
    of up to 4,096 characters are found; one character in 400 may differ. Text in which a number counts on, or in which
    sentences return in another order, is not taken for a loop. An answer that is meant to repeat itself, such as an
    empty board of 30 rows, needs a greater ``chars``.

    .. marble::
        :alt: until_repeating

        --Io. --Io. --Io. --Io. --Io. --Io. --|
        [       until_repeating(chars=8)      ]
        --Io. --Io. --Io. --Io. --Io. |

    Args:
        chars: Characters that must repeat behind the second period.

    Returns:
        An operator on pieces of text or on chunks (of which choice 0 is searched). The text passes unchanged and
        without delay, up to the character at which the stream ends.

    Raises:
        ConfigurationError: ``chars`` is not a whole number above 0.

    >>> import reactivex as rx, streamkit as sk
    >>> loop = ["The answer is ", *["42, or perhaps "] * 1_000]
    >>> answer = sk.flow(rx.of(*loop)).pipe(until_repeating(), sk.operators.join()).run()
    >>> len(answer), len("".join(loop))
    (392, 15014)
    """
    name = f"until_repeating(chars={chars})" if chars != 350 else "until_repeating()"
    checked = check_chars(chars)
    return take_until(lambda: MatchCondition[T](RepetitionMatcher(checked)), name=name)
