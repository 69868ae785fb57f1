"""`route_tags`: what stands inside tags is thinking, and what only mentions them is text."""

from __future__ import annotations

from typing import Any, cast

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events
from tests.operators.cases_tags import R1, Runs, chunks, runs


def route(*given: sk.Chunk, tags: tuple[Any, ...] = ("think",), **options: Any) -> list[sk.Chunk]:
    return list(sk.flow(rx.of(*given)).pipe(ops.route_tags(*tags, **options)))


def routed(text: str, **options: Any) -> Runs:
    """Route a text whole and character by character, which must not differ."""
    found, one_by_one = (runs(route(*chunks(*parts), **options)) for parts in ([text], text))
    assert found == one_by_one
    return found


THOUGHT = ("thinking", "Ice?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>Ice?</think>Io", [THOUGHT, ("content", "Io")]),
        ("\n <think>Ice?</think>\r\n\n Io", [("content", "\n "), THOUGHT, ("content", " Io")]),
        ("<think>Ice?</think>\n<think>Io?</think>\nIo", [("thinking", "Ice?Io?"), ("content", "Io")]),
        ("<think>Ice?", [THOUGHT]),
        ("<think>Ice?</thi", [("thinking", "Ice?</thi")]),
        ("<thi", [("content", "<thi")]),
        ("<thinking>Ice?</thinking>", [("content", "<thinking>Ice?</thinking>")]),
        ('<think effort="1">Ice?</think >Io', [THOUGHT, ("content", "Io")]),
        (f'<think a="{"b" * 300}">Ice?', [("content", f'<think a="{"b" * 300}">Ice?')]),
        ("<think/>\n\nIo", [("content", "Io")]),
        ("Io</think>", [("content", "Io</think>")]),
        ("<Think>Ice?", [("content", "<Think>Ice?")]),
    ],
)
def test_a_tag_opens_before_all_other_text(text: str, expected: Runs) -> None:
    assert routed(text) == expected


def test_a_text_that_mentions_the_tag_keeps_it() -> None:
    answer = "The tag <think> opens, and </think> closes."
    assert routed(answer) == [("content", answer)]
    assert routed(f"<think>Ice?</think>{answer}") == [THOUGHT, ("content", answer)]
    mention = "They ask for <think> here."
    assert routed(f"<think>{mention}</think>Io") == [("thinking", mention), ("content", "Io")]


def test_tags_nest_at_the_beginning_of_a_line() -> None:
    assert routed("<think>a\n <think>b</think>c</think>Io") == [("thinking", "a\n bc"), ("content", "Io")]
    both: dict[str, Any] = {"tags": ("think", "plan")}
    assert routed("<think><plan>b</plan>c</think>Io", **both) == [("thinking", "bc"), ("content", "Io")]
    assert routed("<think>\n<plan>b</think>Io</plan>", **both) == [("thinking", "\nb"), ("content", "Io</plan>")]
    assert routed("<think>b</plan></think>Io", **both) == [("thinking", "b</plan>"), ("content", "Io")]


@pytest.mark.parametrize(
    "code",
    ["`<think>`", "``a ` <think>``", "\n```\n<think>\n```\n", "\n~~~xml\n<think>\n\n</think>\n~~~\n", "`a\n<think>`"],
)
def test_code_is_text_even_where_a_tag_opens_anywhere(code: str) -> None:
    assert routed(f"See {code} <think>Ice?", anywhere=True) == [("content", f"See {code} "), THOUGHT]


def test_an_open_backtick_hides_no_tag_beyond_its_paragraph() -> None:
    assert routed("a ` b\n\n<think>Ice?</think>", anywhere=True) == [("content", "a ` b\n\n"), THOUGHT]
    assert routed("```x``` <think>Ice?", anywhere=True) == [("content", "```x``` "), THOUGHT]


def test_behind_text_newlines_stay() -> None:
    found = routed("Io\n\n<think>Ice?</think>\n\nTitan", anywhere=True)
    assert found == [("content", "Io\n\n"), THOUGHT, ("content", "\n\nTitan")]


def test_an_answer_may_begin_inside_the_tag() -> None:
    assert routed("Ice?</think>\n\nIo", opened=True) == [THOUGHT, ("content", "Io")]
    assert routed("\n<think>Ice?</think>\n\nIo", opened=True) == [("thinking", "\nIce?"), ("content", "Io")]
    assert routed("Ice?", opened=True) == [THOUGHT]


SAMPLE = "<think>木 <b>👩‍🚀\n<think>é</think></think>\n\nIo `<think>` <think>x</think> y\n```\n<think>\n```\n</think>"


@given(cuts=st.lists(st.integers(1, len(SAMPLE))), anywhere=st.booleans(), opened=st.booleans())
def test_the_cut_does_not_matter(cuts: list[int], anywhere: bool, opened: bool) -> None:
    ends = sorted({*cuts, len(SAMPLE)})
    parts = [SAMPLE[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    found = route(*chunks(*parts), anywhere=anywhere, opened=opened)
    assert runs(found) == routed(SAMPLE, anywhere=anywhere, opened=opened)
    assert not any(chunk.thinking and chunk.content for chunk in found)


@given(st.text(alphabet="<think>/ \n`a木", max_size=60))
def test_nothing_but_tags_and_newlines_is_lost(text: str) -> None:
    found = "".join(part for _, part in routed(text, anywhere=True))
    assert _without(found) == _without(text)


def _without(text: str) -> str:
    for mark in ("<think>", "</think>", "<think/>", "\n"):
        text = text.replace(mark, "")
    return "".join(each for each in text if each not in "<think/> ")


def test_a_changed_chunk_has_no_event_and_others_are_the_same_objects() -> None:
    script = Script(chat_events("<think>Ice?", "</think>", "Io"))
    given = [chunk for chunk, _ in script.stream()]
    found = route(*given)
    changed = [chunk for chunk in found if not any(chunk is each for each in given)]
    assert changed and all(chunk.raw == {} and chunk.payload is None for chunk in changed)
    assert any(chunk.content == "Io" and chunk is each for chunk in found for each in given)


def test_a_chunk_with_both_becomes_several_and_the_last_has_the_rest() -> None:
    usage = sk.Usage(7, 2)
    given = sk.Chunk(content="<think>Ice?</think>Io", thinking="Hm. ", finish_reasons=["stop"], usage=usage, id="a")
    first, last = route(given)
    assert (first.thinking, first.content, first.finish_reasons, first.id) == ("Hm. Ice?", "", None, "a")
    assert (last.thinking, last.content, last.finish_reasons, last.usage) == ("", "Io", ["stop"], usage)


def test_what_is_held_comes_before_the_finish_reason_and_the_next_turn_begins_anew() -> None:
    given = [*chunks("<think>a</th"), sk.Chunk(finish_reasons=["length"]), *chunks("<think>b</think>Io")]
    found = route(*given)
    assert [(chunk.thinking, chunk.finish_reasons) for chunk in found][:2] == [("a", None), ("</th", ["length"])]
    assert runs(found[2:]) == [("thinking", "b"), ("content", "Io")]


def test_a_response_behind_it_has_both_apart_and_the_stream_keeps_the_providers_text() -> None:
    script = Script(chat_events("<think>Ice", "?</think>\n\nIo"))
    stream = script.stream()
    response = stream.pipe(ops.route_tags("think"), ops.to_response()).run()
    assert (response.thinking, response.content, response.state) == ("Ice?", "Io", "complete")
    assert stream.response.content == "<think>Ice?</think>\n\nIo"


def test_a_cut_answer_keeps_what_was_inside_as_thinking() -> None:
    script = Script([chat_event({"content": "<think>Ice</th"})])
    found: list[sk.Chunk] = []
    with pytest.raises(sk.TruncatedError):
        for chunk in script.stream().pipe(ops.route_tags("think")):
            found.append(chunk)
    assert runs(found) == [("thinking", "Ice</th")]


@pytest.mark.parametrize(
    ("tags", "options", "says"),
    [
        ((), {}, "name of a tag"),
        (("<think>",), {}, "without brackets"),
        (("",), {}, "without brackets"),
        ((3,), {}, "without brackets"),
        ((("a", ""),), {}, "as a pair"),
        ((("a", "a"),), {}, "as a pair"),
        (("think",), {"to": "content"}, "'thinking', 'refusal', 'tool_plan'"),
    ],
)
def test_what_is_no_tag_is_refused_at_the_call(tags: tuple[Any, ...], options: Any, says: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=says):
        ops.route_tags(*tags, **options)


def test_texts_are_refused_and_the_error_says_where_it_belongs() -> None:
    texts = cast("Any", rx.of("<think>"))
    with pytest.raises(sk.ConfigurationError, match="reads chunks, and str came"):
        sk.flow(texts).pipe(ops.route_tags("think")).last().run()


def test_r1_is_split_as_its_server_would() -> None:
    assert runs(route(*R1)) == [("thinking", "\n木星 has 👩‍🚀?"), ("content", "Europa 👍🏽")]
