"""`HoldBack`: it splits a text as a search of the whole does, and lets nothing of a match pass that was cut."""

from __future__ import annotations

import functools
import os
import random
import re
import tracemalloc
from collections.abc import Sequence
from typing import Any, TypeAlias

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit.text.held_pattern import CheckedPattern, HeldPattern, Searched, held_patterns
from streamkit.text.hold_back import HoldBack, Part, Removal
from tests.text.patterns import PATTERNS, TEXTS

Split: TypeAlias = "str | tuple[str, str, int, tuple[str | None, ...], bool]"


@functools.cache
def prepared(name: str, searched: Searched) -> HeldPattern:
    return held_patterns({name: searched})[0]


def fragments(text: str, cuts: Sequence[int]) -> list[str]:
    edges = [0, *sorted(cuts), len(text)]
    return [text[edges[at] : edges[at + 1]] for at in range(len(edges) - 1)]


def split(patterns: dict[str, Any], given_fragments: Sequence[str], *, max_hold: int = 2_000) -> list[Split]:
    machine = HoldBack([prepared(*each) for each in patterns.items()], max_hold=max_hold)
    parts: list[Part] = [part for fragment in given_fragments for part in machine.feed(fragment)] + machine.flush()
    found: list[Split] = []
    for part in parts:
        if isinstance(part, Removal):
            match = part.match
            found.append((part.name, match.text, match.start, match.groups, part.cut))
        elif found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return found


def split_whole(patterns: dict[str, re.Pattern[str]], text: str) -> list[Split]:
    """Split with `re`: the leftmost match, and of those the longest one, from the end of the last one on."""
    found: list[Split] = []
    at = 0
    while True:
        matches = [(name, match) for name, pattern in patterns.items() if (match := pattern.search(text, at))]
        if not matches:
            return [*found, text[at:]] if text[at:] else found
        name, match = min(matches, key=lambda each: (each[1].start(), -each[1].end()))
        found += [text[at : match.start()]] if match.start() > at else []
        found.append((name, match.group(), match.start(), match.groups(), False))
        at = match.end()


@given(
    TEXTS,
    st.sets(st.integers(1, 11)),
    st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=3, unique=True).map(
        lambda few: {each: re.compile(each) for each in few}
    ),
)
def test_the_parts_are_those_of_the_whole_text(text: str, cuts: set[int], patterns: dict[str, Any]) -> None:
    expected = split_whole(patterns, text)
    assert split(patterns, fragments(text, [cut for cut in cuts if cut < len(text)])) == expected
    assert split(patterns, list(text)) == expected


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (re.compile(r"👨‍👩‍👧+"), "x👨‍👩‍👧👧👨‍👩"),
        (re.compile(r"木\w"), "木星木 土木星"),
        (re.compile(r"(?i)straße"), "STRAßE Strasse straße"),
        (re.compile(r"\d{2,3}(?!\d)"), "1234 12 ١٢٣"),
        (re.compile(r"\w+@\w+", re.ASCII), "zoë@io.org a@b"),
    ],
)
@given(seed=st.integers(0, 2**32))
def test_emoji_and_other_scripts_are_split_as_in_the_whole(pattern: re.Pattern[str], text: str, seed: int) -> None:
    cuts = random.Random(seed).sample(range(len(text) + 1), 3)
    assert split({"a": pattern}, fragments(text, cuts)) == split_whole({"a": pattern}, text)


def test_no_more_is_held_back_than_may_be_part_of_a_match() -> None:
    machine = HoldBack(held_patterns({"key": re.compile(r"sk-\w{4}"), "tag": "<think>"}))
    assert [machine.feed(each) for each in ("Io s", "k-", "ab", ".", "<thi", "s")] == [
        *(["Io "], [], [], ["sk-ab."], [], ["<thi"])
    ]
    assert machine.buffered == 1  # the last letter may begin a key


def test_a_match_of_known_length_is_certain_at_once() -> None:
    machine = HoldBack(held_patterns({"key": re.compile(r"sk-\w{4}")}), max_hold=2)
    assert [getattr(part, "name", part) for part in machine.feed("sk-ab") + machine.feed("cdef")] == ["key", "ef"]


def test_a_lazy_match_is_certain_at_once() -> None:
    machine = HoldBack(held_patterns({"tag": re.compile(r"<a.*?</a>")}))
    assert len(machine.feed("<a>Io</a>")) == 1


CASES = int(os.environ.get("STREAMKIT_PLANTED", "1000"))
SECRET = "Q7Z9"
OPEN = {
    "key": re.compile(r"sk-[A-Za-z0-9]+"),
    "tag": re.compile(r"<a.*?</a>"),
    "mail": re.compile(r"[\w.]+@[\w.]+"),
    "curly": re.compile(r"\{[^}]*\}"),
    "ahead": re.compile(r"key=\w+(?=;;)"),
    "quoted": re.compile(r"(['\"])\w*\1"),
    "pin": re.compile(r"pin\d{2}"),
}
NOISE = ["a", "b ", "@", ".", "<a", "</a>", "\n", "{", "}", "key=", "sk", "-", "'", "pin1", "木", "👩‍🚀"]


def planted(random_: random.Random) -> tuple[dict[str, Any], str, int]:
    """Plant a secret in noise; return the patterns, the text, and a bound."""
    names = {*random_.sample(sorted(OPEN), random_.randint(0, 4)), "key"}
    noise = ["".join(random_.choices(NOISE, k=random_.randint(0, 40))) for _ in range(2)]
    secret = "".join(random_.choices(SECRET, k=random_.randint(1, 60)))
    text = f"{noise[0]} sk-{secret} {noise[1]}"
    return {name: OPEN[name] for name in sorted(names)}, text, random_.choice([4, 10, 20])


def check_planted(seed: int) -> bool:
    """Check that nothing of a secret passes, however the text is cut; return whether a match reached the bound."""
    random_ = random.Random(seed)
    patterns, text, bound = planted(random_)
    cuts = random_.sample(range(len(text) + 1), random_.randint(0, len(text)))
    parts = split(patterns, fragments(text, cuts), max_hold=bound)
    passed = "".join(part for part in parts if isinstance(part, str))
    assert not set(SECRET) & set(passed), (patterns, text, bound)
    return any(part[-1] is True for part in parts)


def test_nothing_of_a_planted_secret_passes_beyond_the_bound() -> None:
    assert sum(map(check_planted, range(CASES))) > CASES / 2  # most of them reach it


@given(st.integers(0, 2**32))
def test_beyond_the_bound_the_cut_of_the_text_does_not_matter_either(seed: int) -> None:
    random_ = random.Random(seed)
    patterns, text, bound = planted(random_)
    cuts = random_.sample(range(len(text) + 1), random_.randint(0, len(text)))
    expected = split(patterns, [text], max_hold=bound)
    assert (
        split(patterns, list(text), max_hold=bound)
        == split(patterns, fragments(text, cuts), max_hold=bound)
        == expected
    )


def test_text_behind_a_match_that_was_cut_passes_again() -> None:
    parts = split({"key": OPEN["key"]}, list("Io sk-" + "x" * 50 + " Titan"), max_hold=10)
    assert parts == ["Io ", ("key", "sk-xxxxxxx", 3, (), True), " Titan"]


def test_a_pattern_of_regex_that_is_cut_lets_nothing_pass_any_more() -> None:
    parts = split({"upper": regex.compile(r"\p{Lu}+")}, ["Io ", "A" * 50, " Titan"], max_hold=10)
    assert parts == [("upper", "I", 0, (), False), "o ", ("upper", "A" * 10, 3, (), True)]


def test_an_endless_match_costs_no_memory() -> None:
    machine = HoldBack(held_patterns({"key": OPEN["key"], "curly": OPEN["curly"]}), max_hold=100)
    machine.feed("sk-{" + "word" * 50)
    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    for _ in range(5_000):
        assert machine.feed("word" * 10) == []
    grown = sum(each.size_diff for each in tracemalloc.take_snapshot().compare_to(before, "filename"))
    tracemalloc.stop()
    assert grown < 50_000  # of 200,000 characters


def test_a_check_takes_the_beginning_of_a_match_or_none_of_it() -> None:
    even = CheckedPattern(re.compile(r"\d{2,4}"), lambda digits: 2 if int(digits[1]) % 2 == 0 else 0)
    expected = [("even", "12", 0, (), False), ("even", "34", 2, (), False), " 1", ("even", "14", 6, (), False), "5"]
    assert split({"even": even}, list("1234 1145")) == expected


def test_text_behind_a_flush_is_searched_by_itself() -> None:
    machine = HoldBack(held_patterns({"moon": "Titan"}))
    assert [machine.feed("Ti"), machine.flush(), machine.feed("tan"), machine.flush()] == [[], ["Ti"], ["tan"], []]


@pytest.mark.parametrize(
    "found", ["", re.compile("a*"), re.compile(r"\b"), re.compile(r"(?<=a)"), re.compile("(?=ab)")]
)
def test_what_matches_the_empty_text_is_refused(found: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"empty text|has characters"):
        held_patterns({"a": found})


@pytest.mark.parametrize("found", [None, 7, re.compile(b"a")])
def test_what_is_no_pattern_is_refused(found: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"give a text|for bytes"):
        held_patterns({"a": found})
