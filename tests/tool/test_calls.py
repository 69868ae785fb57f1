"""A tool call is handed out once, at its own end, and only if its arguments are whole."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamkit.chunk import Chunk, ToolCallDelta
from streamkit.tool import ToolCall, ToolCalls, deeper_than, strict_json

STOP = Chunk(finish_reasons=["tool_calls"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
OBJECTS = st.dictionaries(st.text(max_size=5), JSON, max_size=4)
NOT_JSON = [
    *(
        "",
        " ",
        "{",
        '{"a": 1',
        '{"a": 1}}',
        '{"a": 1} 2',
        '{"a": 1},',
        "{'a': 1}",
        '{"a": 1,}',
        "[1,]",
        "// 1",
        "\ufeff1",
    ),
    *("NaN", "[Infinity]", '{"a": -Infinity}', "1e999", "-1e999", "[1e400]", "01", "+1", ".5", "0x1", "True", "nul"),
    *('{"a": 1, "a": 2}', '[{"b": {"a": 1, "a": 1}}]', '"a\tb"', '"\\x"', '"\\ud83d"', '{"\\ude00": 1}', "9" * 5000),
    *("[" * 129 + "]" * 129, '{"a":' * 129 + "1" + "}" * 129, "[" * 100_000, "[" * 100_000 + "]" * 100_000),
]


def delta(arguments: str = "", index: int = 0, *, start: bool = False, complete: bool = False) -> Chunk:
    named = (f"call_{index}", f"tool_{index}") if start else (None, None)
    return Chunk(tool_calls=(ToolCallDelta(index, *named, arguments, complete),))


def calls(*chunks: Chunk) -> ToolCalls:
    tools = ToolCalls()
    for chunk in chunks:
        tools.feed(chunk)
    return tools


def emitted(*chunks: Chunk) -> list[list[int]]:
    """Return the indices of the calls that each chunk completes."""
    tools, found = ToolCalls(), list[list[int]]()
    for chunk in chunks:
        tools.feed(chunk)
        found.append([call.index for call in tools.completed()])
    return found


@given(JSON)
def test_strict_json_reads_what_json_writes(value: object) -> None:
    assert strict_json(json.dumps(value)) == value
    assert strict_json(f" {json.dumps(value, ensure_ascii=False)}\n") == value


@pytest.mark.parametrize("text", NOT_JSON, ids=range(len(NOT_JSON)))
def test_strict_json_refuses_what_is_not_whole_or_not_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        strict_json(text)


def test_strict_json_takes_what_only_looks_deep_or_halved() -> None:
    assert strict_json(json.dumps("[{" * 500)) == "[{" * 500
    assert strict_json(json.dumps([[]] * 500)) == [[]] * 500
    assert strict_json("[" * 128 + "]" * 128) != []
    assert strict_json(r'"\ud83d\ude00 \\ud83d"') == "\U0001f600 \\ud83d"


@given(st.recursive(st.just(0), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("a"), inner)))
def test_depth_counts_the_brackets_around_each_other(value: object) -> None:
    depth = deepest = 0
    for sign in json.dumps(value):
        depth += (sign in "[{") - (sign in "]}")
        deepest = max(deepest, depth)
    assert not deeper_than(deepest, value)
    assert deepest == 0 or deeper_than(deepest - 1, value)


@settings(max_examples=30)
@given(OBJECTS)
def test_arguments_cut_at_any_character_are_never_complete(value: dict[str, object]) -> None:
    text = json.dumps(value)
    ends = [[], [Chunk(finish_reasons=["length"])], [Chunk(finish_reasons=["content_filter"])], [delta("{}", 1)]]
    for cut in range(len(text)):
        for end in ends:
            found = calls(delta(text[:cut], start=True), *end)
            assert found.snapshot()[0] == ToolCall("call_0", "tool_0", 0, None, text[:cut], complete=False)
            assert found.completed() == []


@settings(max_examples=30)
@given(OBJECTS)
def test_arguments_cut_at_any_character_are_never_complete_after_any_other_reason(value: dict[str, object]) -> None:
    text = json.dumps(value)
    for cut in range(1, len(text)):
        assert emitted(delta(text[:cut], start=True), STOP, STOP) == [[], [], []]
        assert emitted(delta(text[:cut], start=True, complete=True)) == [[]]


@pytest.mark.parametrize("text", ["{}", '{"a": "b"}', '{"a": [1, {"b": null}]}'])
def test_whole_arguments_are_complete_only_at_the_end_of_the_call(text: str) -> None:
    assert emitted(delta(text, start=True), delta(""), STOP, STOP) == [[], [], [0], []]
    assert emitted(delta(text, start=True), delta("", complete=True), STOP) == [[], [0], []]
    assert emitted(delta(text, start=True), delta("{}", 1, start=True), STOP) == [[], [0], [1]]


def test_arguments_are_there_as_soon_as_they_are_whole_but_the_call_is_not_complete() -> None:
    call, *_ = calls(delta('{"a": 1}', start=True)).snapshot()
    assert call == ToolCall("call_0", "tool_0", 0, {"a": 1}, '{"a": 1}', complete=False)


def test_interleaved_calls_are_emitted_when_each_is_whole() -> None:
    turns = [delta('{"a":', start=True), delta('{"b":', 1, start=True), delta("1}"), delta("2}", 1), STOP]
    assert emitted(*turns) == [[], [], [0], [], [1]]


def test_no_characters_are_a_call_without_arguments_once_nothing_can_follow() -> None:
    assert emitted(delta(start=True), delta("{}", 1, start=True), STOP) == [[], [], [0, 1]]
    assert emitted(delta(start=True, complete=True), STOP) == [[], [0]]
    assert emitted(delta(start=True, complete=True), delta("{", 1, start=True)) == [[], [0]]
    assert calls(delta(start=True), STOP).snapshot()[0].arguments == {}
    assert calls(delta(start=True)).snapshot()[0] == ToolCall("call_0", "tool_0", 0, None, "", complete=False)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("reason", ["length", "max_tokens", "content_filter", "refusal"])
def test_no_characters_are_no_call_if_the_answer_was_cut_before_they_came(reason: str, closed: bool) -> None:
    found = calls(delta(start=True, complete=closed), Chunk(finish_reasons=[reason]))
    assert found.snapshot()[0] == ToolCall("call_0", "tool_0", 0, None, "", complete=False)
    assert found.completed() == []


def test_arguments_that_are_null_are_whole() -> None:
    call, *_ = calls(delta("null", start=True), STOP).snapshot()
    assert (call.arguments, call.complete) == (None, True)


def test_there_are_no_calls_before_the_first_delta() -> None:
    assert not calls(STOP)
    assert calls(delta())


def test_a_number_that_the_length_may_have_cut_is_not_a_whole_call() -> None:
    calls = ToolCalls()
    calls.feed(delta("1", start=True))
    calls.feed(Chunk(finish_reasons=["length"]))
    assert calls.completed() == []
    calls.feed(STOP)
    assert [call.arguments for call in calls.completed()] == [1]


def test_spaces_behind_arguments_may_come_by_themselves() -> None:
    cut = Chunk(finish_reasons=["length"])
    together = calls(delta('{"a": 1} \n', start=True), cut).snapshot()
    apart = calls(delta('{"a": 1}', start=True), delta(" "), delta("\n"), cut).snapshot()
    assert together == apart
    assert apart[0].complete


def test_a_closed_call_that_is_no_json_is_not_parsed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def refuse(text: str) -> object:
        parsed.append(text)
        raise ValueError

    monkeypatch.setattr("streamkit.tool._calls.strict_json", refuse)
    assert emitted(delta("{1}", start=True, complete=True), delta("{", 1, start=True), STOP) == [[], [], []]
    assert parsed == ["{1}", "{"]


def test_a_call_that_another_follows_is_not_parsed_again_at_every_delta(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def counted(text: str) -> object:
        parsed.append(text)
        return strict_json(text)

    monkeypatch.setattr("streamkit.tool._calls.strict_json", counted)
    calls = ToolCalls()
    for chunk in (delta('{"a": "', start=True), delta("{", 1, start=True), *[delta("word ")] * 100, delta('"}')):
        calls.feed(chunk)
        calls.completed()
    assert len(parsed) == 1
