"""Secrets go out of texts whole and in part, however they are written, and before anything is cut."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.scrub import LONGEST, Scrubber, one_line

KEY = "sk-canary-5d41402abc4b"
PROMPT = 'The canary\'s "question":\nwarum würde <er> singen & fliegen?'


WRITERS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON with umlauts": lambda text: json.dumps(text, ensure_ascii=False),
    "Python": repr,
    "HTML": html.escape,
    "an address": quote,
    "one line": one_line,
}


@pytest.mark.parametrize("form", WRITERS)
def test_a_secret_goes_in_each_form_that_quotes_it(form: str) -> None:
    scrub = Scrubber([KEY], [PROMPT])
    for secret in (KEY, PROMPT):
        scrubbed = scrub(f"bad: {WRITERS[form](secret)}!")
        assert scrubbed.replace('"', "").replace("'", "") == "bad: …!"


@given(begin=st.integers(0, len(KEY) - 8), length=st.integers(8, len(KEY)), before=st.text(max_size=40))
def test_eight_characters_of_a_key_are_never_shown(begin: int, length: int, before: str) -> None:
    scrubbed = Scrubber([KEY])(f"{before}{KEY[begin : begin + length]} was refused")
    assert not any(KEY[at : at + 8] in scrubbed for at in range(len(KEY) - 7))


@given(cut=st.integers(0, 400))
def test_wherever_the_text_is_cut_nothing_of_a_secret_is_left_at_the_cut(cut: int) -> None:
    scrubbed = Scrubber([KEY])("x" * cut + " " + KEY + " " + "y" * 400, longest=LONGEST)
    assert "sk-canar" not in scrubbed and len(scrubbed) <= LONGEST + 1


def test_a_part_of_a_prompt_goes_and_words_that_it_shares_stay() -> None:
    scrub = Scrubber(prompts=["Explain to me why the model does not exist, in three sentences."])
    assert scrub("The model does not know: 'Explain to me why the mo…'") == "The model does not know: '……'"


def test_short_texts_are_words_and_stay() -> None:
    assert Scrubber(["none"], ["Hi there"[:7]])("none of: Hi there") == "none of: Hi there"


def test_what_a_log_or_a_terminal_would_act_on_becomes_a_space() -> None:
    assert Scrubber()("gpt\r\nuser=admin\x1b[2J\u202etxt\x00") == "gpt  user=admin [2J txt "


def test_a_million_characters_of_prompt_are_searched_in_steps_that_do_not_grow_with_it() -> None:
    prompt = "".join(f"{number} moons, " for number in range(200_000))
    scrubbed = Scrubber(prompts=[prompt])(f"too long: {prompt[:400]} …", longest=LONGEST)
    assert scrubbed.startswith("too long: …")


def test_its_repr_shows_nothing() -> None:
    assert KEY not in repr(Scrubber([KEY]))
