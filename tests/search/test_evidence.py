"""The sequential test of `quorum`: an answer is given only if a thousand samples would give the same."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from math import inf

import pytest

from streamkit._search._evidence import confident_answer, evidence

SHARES = [
    [0.5, 0.5],
    [0.51, 0.49],
    [0.55, 0.45],
    [0.6, 0.4],
    [0.8, 0.2],
    [0.95, 0.05],
    [0.34, 0.33, 0.33],
    [0.4, 0.35, 0.25],
    [0.45, 0.44, 0.06, 0.05],
    [0.3, 0.28, 0.14, 0.14, 0.14],
]


def test_the_answer_given_differs_from_that_of_1000_samples_in_at_most_5_percent_of_10000_runs() -> None:
    chance, differs, runs = random.Random(17), Counter[int](), 1_000
    for number, share in enumerate(SHARES):
        for _ in range(runs):
            samples = chance.choices(range(len(share)), share, k=1_000)
            votes, given = Counter[int](), None
            for sample in samples[:60]:
                votes[sample] += 1
                if (given := confident_answer(votes, 0.95)) is not None:
                    break
            differs[number] += given not in (None, Counter(samples).most_common(1)[0][0])
    assert sum(differs.values()) <= 0.05 * runs * len(SHARES)
    assert max(differs.values()) <= 0.05 * runs  # in each of the ten, nearly equal answers included


@pytest.mark.parametrize(("confidence", "votes"), [(0.8, 3), (0.9, 4), (0.95, 5), (0.99, 8), (0.999, 11)])
def test_so_many_equal_answers_are_enough(confidence: float, votes: int) -> None:
    assert confident_answer({"Io": votes}, confidence) == "Io"
    assert confident_answer({"Io": votes - 1}, confidence) is None


def test_evidence_grows_with_votes_ahead_and_falls_with_votes_behind() -> None:
    assert all(evidence(more, 3) < evidence(more + 1, 3) for more in range(5, 200))
    assert all(few > many for few, many in pairwise(evidence(200, behind) for behind in range(200)))


def test_evidence_of_many_votes_is_a_number() -> None:
    assert evidence(2_000, 0) == inf
    assert 0 < evidence(900, 900) < 1


def test_no_votes_give_no_answer() -> None:
    assert confident_answer({}, 0.5) is None
