"""`partial_tool_calls`: a tool call while it arrives, which is not the call and cannot be run."""

from __future__ import annotations

import time
from typing import Any, assert_type

import pytest
import reactivex as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_tool_events


def fragments(*texts: str) -> list[sk.Chunk]:
    deltas = [sk.ToolCallDelta(0, "call_0", "look"), *(sk.ToolCallDelta(arguments=text) for text in texts)]
    return [sk.Chunk(tool_calls=(each,)) for each in deltas]


def collect(chunks: list[sk.Chunk], **options: Any) -> list[sk.PartialToolCall]:
    found: list[sk.PartialToolCall] = []
    rx.from_iterable(chunks).pipe(ops.partial_tool_calls(**options)).subscribe(found.append)
    return found


def test_each_partial_call_has_everything_up_to_then() -> None:
    found = collect(fragments('{"moon": "Eu', 'ropa", "depth"', ": 10", "0}"))
    assert {(each.index, each.id, each.name) for each in found} == {(0, "call_0", "look")}
    assert [each.delta for each in found] == ["", '{"moon": "Eu', 'ropa", "depth"', ": 10", "0}"]
    assert found[-1].arguments_text == "".join(each.delta for each in found)
    assert [each.arguments for each in found] == [
        None,
        {"moon": "Eu"},
        {"moon": "Europa"},
        {"moon": "Europa", "depth": 10},
        {"moon": "Europa", "depth": 100},
    ]


def test_a_partial_call_does_not_change_when_more_arrives() -> None:
    first, second, _ = collect(fragments("{", "}"))
    assert (first.arguments_text, second.arguments_text) == ("", "{")


@pytest.mark.parametrize("text", ["}", '{"a": NaN', "{'a'", "[" * 100_000])
def test_what_is_no_json_has_no_arguments(text: str) -> None:
    *_, last = collect(fragments(text))
    assert (last.arguments, last.arguments_text) == (None, text)


def test_it_is_another_type_than_a_call_and_cannot_be_run() -> None:
    *_, last = collect(fragments('{"moon": "Io"}'))
    assert not isinstance(last, sk.ToolCall)
    assert not hasattr(last, "call") and not hasattr(last, "complete")


def test_interleaved_calls_and_choices_are_kept_apart() -> None:
    both = (sk.ToolCallDelta(0, "a", "look", "{"), sk.ToolCallDelta(1, "b", "look", "["))
    chunks = [sk.Chunk(tool_calls=both), sk.Chunk(index=1, tool_calls=both), sk.Chunk(tool_calls=both[:1])]
    assert [(each.id, each.arguments_text) for each in collect(chunks)] == [("a", "{"), ("b", "["), ("a", "{{")]
    assert len(collect(chunks, choice=1)) == 2


def test_a_name_that_comes_late_is_there_from_then_on() -> None:
    deltas = [sk.ToolCallDelta(arguments="{"), sk.ToolCallDelta(name="look"), sk.ToolCallDelta(arguments="}")]
    found = collect([sk.Chunk(tool_calls=(each,)) for each in deltas])
    assert [(each.name, each.delta) for each in found] == [("", "{"), ("look", ""), ("look", "}")]


def test_a_delta_that_only_closes_a_call_emits_nothing() -> None:
    chunks = [*fragments("{}"), sk.Chunk(tool_calls=(sk.ToolCallDelta(complete=True),))]
    assert [each.delta for each in collect(chunks)] == ["", "{}"]


def test_a_long_call_costs_no_more_per_delta_than_a_short_one() -> None:
    def spent(count: int) -> float:
        chunks = fragments(*['"word", '] * count)
        start = time.process_time()
        assert len(collect(chunks)) == count + 1
        return time.process_time() - start

    spent(1_000)
    assert min(spent(40_000) for _ in range(3)) < 40 * 4 * max(min(spent(1_000) for _ in range(3)), 0.001)


def test_the_checker_knows_what_comes_out() -> None:
    flow = Script(chat_tool_events(("look", "{}"))).stream().pipe(ops.partial_tool_calls())
    assert_type(flow, sk.Flow[sk.PartialToolCall])
    assert [each.delta for each in flow] == ["{", "}"]
