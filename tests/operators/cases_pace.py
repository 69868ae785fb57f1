"""Cases of the operators that let text wait: for its pace, or for a check."""

from __future__ import annotations

import streamkit as sk
from streamkit import operators as ops
from tests.operators.cases import Case, concat
from tests.operators.cases_buffer import CHUNKS, FRAGMENTS, content_of


def says_europa(text: str) -> bool:
    return "Europa" in text


def anything(text: str, before: str) -> bool:
    return True


def no_planet(text: str, before: str) -> bool:
    return "Europa" not in text


CASES: dict[str, Case] = {
    "guard": Case(
        lambda: ops.guard(no_planet, on_trip="replace"),
        ["Io is hot. Eur", "opa is not. ", "Bye"],
        ["Io is hot. ", "… ", "Bye"],
    ),
    "guard, characters": Case(lambda: ops.guard(anything, every=4), FRAGMENTS, ["Io u", "nd E", "urop", "a 木星"]),
    "guard, chunks": Case(lambda: ops.guard(anything), CHUNKS, ("Io und Titan", "{}", ["stop"]), content_of),
    "until_judged": Case(
        lambda: ops.until_judged(says_europa, every=1), FRAGMENTS, ["Io ", "und Eu", "ropa "], cut=None, stops=True
    ),
    "until_judged, never": Case(
        lambda: ops.until_judged(str.isspace), CHUNKS, ("Io und Titan", "{}", ["stop"]), content_of
    ),
    "smooth": Case(lambda: ops.smooth(chars_per_second=9), FRAGMENTS, "Io und Europa 木星", concat),
    "smooth, characters": Case(
        lambda: ops.smooth(tokens_per_second=1, by="grapheme", max_lag=60), FRAGMENTS, "Io und Europa 木星", concat
    ),
    "smooth, chunks": Case(
        lambda: ops.smooth(chars_per_second=2, max_lag=50), CHUNKS, ("Io und Titan", "{}", ["stop"]), content_of
    ),
    "smooth, another choice": Case(
        lambda: ops.smooth(chars_per_second=2, max_lag=50, choice=1), [sk.Chunk(content="Io", index=1)], "Io", concat
    ),
}
