"""`until`: stop as soon as a text, a pattern or a condition matches, and stop the source with it."""

from __future__ import annotations

import itertools
import re
import time
from typing import Any, assert_type

import pytest
import reactivex as rx
import regex
from reactivex import Observable, Subject  # noqa: TID251 - a hot source that a test can push into
from reactivex import operators as rxops
from reactivex.scheduler import ImmediateScheduler
from reactivex.testing import ReactiveTest, TestScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events

on_next, on_completed = ReactiveTest.on_next, ReactiveTest.on_completed
DONE = b"data: [DONE]\n\n"


def until(found: Any, *fragments: str, inclusive: bool = True) -> list[str]:
    return sk.flow(rx.of(*fragments)).pipe(ops.until(found, inclusive=inclusive), rxops.to_list()).run()


def chunk(content: str) -> sk.Chunk:
    return sk.Chunk(content=content)


def test_a_text_is_found_across_chunks_and_the_last_chunk_is_cut() -> None:
    assert until("ropa", "Io Eu", "r", "o", "pa Titan", "!") == ["Io Eu", "r", "o", "pa"]


def test_exclusive_leaves_the_match_out() -> None:
    assert until("ropa", "Io Eu", "r", "o", "pa Titan", inclusive=False) == ["Io Eu"]
    assert until(re.compile("r.pa"), "Io Eu", "r", "o", "pa Titan", inclusive=False) == ["Io Eu"]


def test_exclusive_holds_back_no_more_than_what_may_begin_a_match() -> None:
    assert until("abac", "xab", "aba", "c", inclusive=False) == ["x", "ab"]
    assert until("abac", "xab", "abz", "c", inclusive=False) == ["x", "ababz", "c"]


@pytest.mark.parametrize("found", ["Enceladus", re.compile("Enceladus"), re.compile(r"E\w+dus\b")])
@pytest.mark.parametrize("lift", [str, chunk])
def test_every_character_is_let_go_when_no_match_comes_also_before_an_error(found: Any, lift: Any) -> None:
    for end in (rx.empty(), rx.throw(ValueError("the end"))):
        seen: list[Any] = []
        fragments = rx.from_iterable([lift("Io E"), lift("ncel")])
        rx.concat(fragments, end).pipe(ops.until(found, inclusive=False)).subscribe(seen.append, seen.append)
        assert "".join(map(str, seen)).removesuffix("the end") == "Io Encel"


def test_a_condition_runs_once_an_element_and_the_match_is_emitted() -> None:
    seen: list[str] = []

    def is_europa(fragment: str) -> bool:
        seen.append(fragment)
        return fragment == "Europa"

    assert until(is_europa, "Io", "Europa", "Titan") == ["Io", "Europa"]
    assert until(is_europa, "Io", "Europa", "Titan", inclusive=False) == ["Io"]
    assert seen == ["Io", "Europa"] * 2


def test_a_condition_that_raises_is_an_error_of_this_subscriber_and_leaves_the_source() -> None:
    source, seen = Subject[str](), list[Any]()
    source.pipe(ops.until(lambda fragment: 1 / len(fragment) > 1)).subscribe(seen.append, seen.append)
    source.on_next("Io")
    source.on_next("")
    assert (seen[0], type(seen[1]), source.observers) == ("Io", ZeroDivisionError, [])


async def test_chunks_of_other_choices_and_of_tools_pass_untouched() -> None:
    call = {"index": 0, "id": "call_1", "function": {"name": "look_up", "arguments": "{}"}}
    events = [
        chat_event({"content": "Eu"}),
        chat_event({"content": "ropa"}, index=1),
        chat_event({"tool_calls": [call]}),
        chat_event({"content": "ropa!"}),
        chat_event({"content": "late"}),
    ]
    stream = Script([*events, None]).stream(n=2)
    chunks = [chunk async for chunk in stream.pipe(ops.until("ropa"))]
    assert [(chunk.index, chunk.content) for chunk in chunks] == [(0, "Eu"), (1, "ropa"), (0, ""), (0, "ropa")]
    assert chunks[:3] == stream.log.read(0, 3) if stream.log else False


async def test_a_chunk_that_is_cut_keeps_everything_but_its_text() -> None:
    event = chat_event({"content": "Europa"}, finish="stop", usage={"prompt_tokens": 7, "completion_tokens": 1})
    (chunk,) = [chunk async for chunk in Script([event, DONE]).stream().pipe(ops.until("Eu"))]
    assert (chunk.content, chunk.finish_reasons, chunk.input_tokens, chunk.id) == ("Eu", ["stop"], 7, "chatcmpl-1")


@pytest.mark.parametrize("found", ["", re.compile(""), re.compile("a*"), re.compile("^"), re.compile(r"\b|$")])
def test_what_matches_the_empty_text_is_refused(found: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match=r"empty text|has characters"):
        ops.until(found)


def test_a_pattern_for_bytes_is_refused() -> None:
    with pytest.raises(sk.ConfigurationError, match="for bytes"):
        ops.until(re.compile(b"Io"))  # pyright: ignore[reportArgumentType] - wrong on purpose


def test_flags_of_either_module_count() -> None:
    assert until(re.compile("EUROPA", re.I), "Europa!") == ["Europa"]
    assert until(re.compile(r"o\b.", re.ASCII), "Zoë") == ["Zoë"]
    assert until(re.compile("a # a moon", re.X), "Europa!") == ["Europa"]
    assert until(regex.compile(r"\p{Lu}\w+\b.", regex.V1), "die Io!", "!") == ["die Io!"]


def test_a_lookbehind_sees_what_has_long_been_let_go() -> None:
    assert until(re.compile(r"(?<=moon )Io"), *"the moon ", "x" * 99, "the moon ", "Io!")[-1] == "Io"


def test_the_source_is_left_before_the_end_is_delivered() -> None:
    source, left_first = Subject[str](), list[bool]()
    source.pipe(ops.until("Io")).subscribe(on_completed=lambda: left_first.append(not source.observers))
    source.on_next("Io")
    assert left_first == [True]


def test_synchronous_sources_stop_too_even_endless_ones() -> None:
    counter = itertools.count()
    endless = rx.from_iterable(f"{next(counter)} " for _ in itertools.repeat(None))
    assert endless.pipe(ops.until("7 "), rxops.to_list()).run()[-1] == "7 "
    assert next(counter) == 8


def test_nothing_follows_the_end_of_a_source_that_cannot_be_stopped() -> None:
    seen: list[str] = []
    rx.of("Io", "Io", "Io").pipe(ops.until("Io")).subscribe(
        seen.append, on_completed=lambda: seen.append("end"), scheduler=ImmediateScheduler()
    )
    assert seen == ["Io", "end"]


def test_it_ends_in_the_tick_of_the_match() -> None:
    scheduler = TestScheduler()
    source = scheduler.create_hot_observable(on_next(210, "Eu"), on_next(220, "ropa "), on_next(230, "x"))
    result = scheduler.start(lambda: source.pipe(ops.until("ropa")))
    assert result.messages == [on_next(210, "Eu"), on_next(220, "ropa"), on_completed(220)]
    assert [(each.subscribe, each.unsubscribe) for each in source.subscriptions] == [(200, 220)]


@pytest.mark.parametrize("found", ["ropa", re.compile("ropa$"), re.compile(r"Eu\w+")])
async def test_a_call_that_it_stops_says_so(found: Any) -> None:
    script = Script([*chat_events("Io Eu", "ropa")[:3], None])
    stream = script.stream()
    await stream.pipe(ops.until(found)).last()
    name = found if isinstance(found, str) else found.pattern
    assert (stream.state, stream.response.stopped_by, script.closed) == ("stopped", f"until({name!r})", 1)


@pytest.mark.parametrize(
    "found",
    [
        "Titan",
        re.compile(r"\bTitan\b"),
        re.compile(r"(?i)[.!?]\s+titan"),
        re.compile(r"\n\n"),
        # These begin a match with every character, and never end it.
        re.compile(r"[a-z]+9"),
        re.compile(r"\w+@\w+"),
        re.compile(r"m.*?</a>", re.DOTALL),
        re.compile(r"^(\w+)+!$"),
    ],
)
@pytest.mark.parametrize("inclusive", [True, False])
def test_long_text_costs_its_length(found: Any, inclusive: bool) -> None:
    fragments = ["moon"] * 25_000
    start = time.process_time()
    assert "".join(until(found, *fragments, inclusive=inclusive)) == "moon" * 25_000
    assert time.process_time() - start < 5


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.until("Io")), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.until(lambda chunk: chunk.index == 1)), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.text(), ops.until("Io")), sk.Flow[str])
    assert_type(stream.pipe(ops.text(), ops.until(re.compile("Io")), ops.join()), sk.Flow[str])
    assert_type(stream.pipe(ops.text(), ops.until(lambda fragment: fragment.isupper())), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.until("Io")), Observable[str])


@pytest.mark.parametrize("found", [re.compile(r"<[^>]*>"), re.compile(r"<(?=[^>]*>>)[^>]*>")])
@pytest.mark.parametrize("size", [1, 3, 50])
def test_a_match_that_grows_too_long_is_given_up_and_the_search_goes_on_behind_it(found: Any, size: int) -> None:
    text = "<" + "x" * 20 + "> and <Io>> and Titan"
    fragments = [text[at : at + size] for at in range(0, len(text), size)]
    for inclusive in (True, False):
        given = sk.flow(rx.of(*fragments)).pipe(ops.until(found, inclusive=inclusive, max_match=10))
        end = text.index(" and Titan") if "=" in found.pattern else text.index("> and Titan")
        assert "".join(given) == (text[:end] if inclusive else text[: text.index("<Io")])


@pytest.mark.parametrize("number", [0, -1, 1.5, True, "9"])
def test_a_bound_that_is_no_number_of_characters_is_refused(number: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="max_match"):
        ops.until(re.compile("Io"), max_match=number)


@pytest.mark.parametrize("pattern", [r"(?:a|a)+(?=!!)", r"(?:(a|aa)+)+\1(?=!!)"])
def test_a_pattern_that_explodes_ends_in_an_error_that_names_it(pattern: str) -> None:
    with pytest.raises(sk.LimitExceeded, match=re.escape(repr(pattern))):
        until(re.compile(pattern), "a" * 60, "b")


@pytest.mark.parametrize(
    "pattern", [r"^(a+)+!$", r"(a|aa)+$b", r"(x+x+)+y", r"(.*)*z", r"(\w+\s?)*!", r"(a*)*b|(c|c)*d"]
)
def test_patterns_that_are_known_to_explode_run_in_one_pass(pattern: str) -> None:
    text = "a" * 2_000 + "x" * 2_000 + "c" * 2_000
    assert "".join(until(re.compile(pattern), *text)) == text
