"""The sequential test of ``quorum``: which answer is the most frequent one, whenever you look.

A posterior that is looked at after every answer crosses any threshold by chance sooner or later, most of all where two
answers are nearly equal. The ratio here may be looked at as often as you like: among two answers that are equally
frequent, it reaches ``1 / (1 - confidence)`` with a probability of at most ``1 - confidence`` (Ville's inequality).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import lru_cache
from math import comb, inf
from typing import TypeVar

A = TypeVar("A", bound=Hashable)


@lru_cache(4_096)
def evidence(ahead: int, behind: int) -> float:
    """Return the ratio of two chances of these votes: the first answer is more frequent, and both are equally frequent.

    Half of the prior is on "all answers agree", half is spread evenly over every share of the first answer above 0.5.

    Args:
        ahead: Votes for the first answer.
        behind: Votes for the second answer.

    >>> evidence(4, 0) < 20 < evidence(5, 0)
    True
    >>> evidence(500, 490) < 1
    True
    """
    votes = ahead + behind
    below = sum(comb(votes + 1, each) for each in range(ahead + 1))
    try:
        spread = below / ((votes + 1) * comb(votes, ahead))
    except OverflowError:
        return inf
    unanimous = 0.0 if behind else 2.0**votes
    return (spread + unanimous) / 2


def confident_answer(votes: Mapping[A, int], confidence: float) -> A | None:
    """Return the answer that is the most frequent one with this confidence; None while no answer is.

    Args:
        votes: Number of votes for each answer.
        confidence: Probability between 0 and 1 that the answer is the most frequent one.
    """
    first = max(votes, key=lambda answer: votes[answer], default=None)
    if first is None:
        return None
    others = [count for answer, count in votes.items() if answer != first] or [0]
    enough = len(others) / (1 - confidence)
    return first if all(evidence(votes[first], count) >= enough for count in others) else None
