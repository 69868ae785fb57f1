"""Finding: the match, what stands around it, and what stopping has saved."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script, chat_events

from .scripts import all_closed, hangs, in_virtual_time, says

TEXT = "Io is hot. Europa hides an ocean, and Titan has lakes."


async def found_in(script: Script, pattern: Any, **params: Any) -> Any:
    return await sk.find(script.stream(**params), pattern)


def test_a_match_comes_with_the_text_before_it() -> None:
    script = hangs("Io is hot. Eu", "ropa hid", "es an ocean")
    found = in_virtual_time(lambda: found_in(script, re.compile(r"(?P<moon>E\w+) hides"), max_tokens=100))
    assert (found.text, found.before, bool(found)) == ("Europa hides", "Io is hot. ", True)
    assert (found.match.start, found.match.groups, found.match.named) == (11, ("Europa",), {"moon": "Europa"})
    assert (found.response.state, found.response.stopped_by) == ("stopped", r"find('(?P<moon>E\\w+) hides')")
    assert found.row.saved is not None and found.row.saved.output_tokens > 80
    assert found.row.usage is not None and found.row.usage.source == "estimated"
    assert found.row.close_ms is not None and all_closed([script])


def test_the_context_of_a_match_in_a_long_text_is_short() -> None:
    found = in_virtual_time(lambda: found_in(says("a" * 500 + "Europa" + "b" * 500), "Europa"))
    assert (found.before, found.after) == ("a" * 200, "b" * 200)


def test_what_does_not_come_is_not_found() -> None:
    found = in_virtual_time(lambda: found_in(says(TEXT), "Ganymede"))
    assert (found.match, found.text, found.before, found.after, bool(found)) == (None, None, "", "", False)
    assert (found.response.content, found.row.verdict, found.row.usage.output_tokens) == (TEXT, "rejected", 1)


def test_what_a_pattern_says_of_the_end_is_known_at_the_end() -> None:
    assert in_virtual_time(lambda: found_in(says(TEXT), re.compile(r"lakes\.$"))).text == "lakes."


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_however_the_text_is_cut_the_same_is_found(size: int) -> None:
    fragments = [TEXT[at : at + size] for at in range(0, len(TEXT), size)]
    found = in_virtual_time(lambda: found_in(Script(chat_events(*fragments)), re.compile(r"\b[A-Z]\w+ has")))
    assert (found.text, found.match.start) == ("Titan has", TEXT.index("Titan"))


async def test_others_go_on_reading_what_is_looked_through() -> None:
    stream = says("Io, ", "Europa, ", "Titan", every=0.01).stream()
    found, whole = await asyncio.gather(sk.find(stream, "Europa"), stream)
    assert (found.text, whole.content, found.row.verdict) == ("Europa", "Io, Europa, Titan", "accepted")


async def test_a_log_is_looked_through_again_for_nothing() -> None:
    script = says(TEXT)
    stream = script.stream()
    await stream
    found = await sk.find(stream, "Europa")
    assert (found.text, found.after, script.opened, found.row.calls) == (
        "Europa",
        " hides an ocean, and Titan has lakes.",
        1,
        0,
    )


def test_a_stream_that_fails_before_raises_and_one_that_fails_behind_does_not_matter() -> None:
    cut = Script(says("Io, ", "Europa").steps[:6])
    with pytest.raises(sk.TruncatedError):
        in_virtual_time(lambda: found_in(cut, "Titan"))
    assert in_virtual_time(lambda: found_in(cut, "Europa")).text == "Europa"


@pytest.mark.parametrize(
    ("pattern", "says"), [("", "give a text"), (re.compile("x?"), "empty text"), (3, "give a text")]
)
def test_a_pattern_that_cannot_be_searched_raises_at_the_call(pattern: Any, says: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=says) as caught:
        sk.find(hangs().stream(), pattern)
    assert "find(stream" in str(caught.value)


def test_only_a_stream_can_be_looked_through() -> None:
    with pytest.raises(sk.ConfigurationError, match="looks in a Stream, not in a list"):
        sk.find([], "Io")  # pyright: ignore[reportArgumentType] - the test
