"""Pieces of tool calls come together again, however a server numbers, names and mixes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.testing import chat_event
from streamkit.tool import ToolCall
from tests.wire.outcome import DONE, delta, outcome


def calls(*deltas: dict[str, Any], finish: str | None = "tool_calls") -> tuple[ToolCall, ...]:
    events = [chat_event(each) for each in deltas]
    return outcome([*events, chat_event({}, finish=finish), DONE]).response.tool_calls


def whole(*deltas: dict[str, Any]) -> list[tuple[str | None, str, Any]]:
    found = calls(*deltas)
    assert all(call.complete for call in found)
    assert [call.index for call in found] == list(range(len(found)))
    return [(call.id, call.name, call.arguments) for call in found]


AB = [("a", "f", {"x": 1}), ("b", "g", {"y": 2})]


def test_fragments_of_one_call_join() -> None:
    start = delta({"index": 0, "id": "a", "type": "function"}, name="f", arguments="")
    assert whole(start, *(delta({"index": 0}, arguments=text) for text in '{"x": 1}')) == AB[:1]


def test_one_call_after_the_other() -> None:
    assert (
        whole(
            delta({"index": 0, "id": "a"}, name="f", arguments='{"x":'),
            delta({"index": 0}, arguments=" 1}"),
            delta({"index": 1, "id": "b"}, name="g", arguments='{"y":'),
            delta({"index": 1}, arguments=" 2}"),
        )
        == AB
    )


def test_interleaved_calls_are_kept_apart_by_index() -> None:
    assert (
        whole(
            delta({"index": 0, "id": "a"}, name="f", arguments='{"x":'),
            delta({"index": 1, "id": "b"}, name="g", arguments='{"y":'),
            delta({"index": 0}, arguments=" 1}"),
            delta({"index": 1}, arguments=" 2}"),
        )
        == AB
    )


def test_several_calls_in_one_delta() -> None:
    both = [{"index": at, "id": call_id, "function": {"name": name}} for at, (call_id, name, _) in enumerate(AB)]
    more = [{"index": at, "function": {"arguments": json.dumps(value)}} for at, (*_, value) in enumerate(AB)]
    assert whole({"tool_calls": both}, {"tool_calls": more}) == AB


def test_indexes_need_not_begin_at_0_nor_follow_each_other() -> None:
    first, second = delta({"index": 7, "id": "a"}, name="f"), delta({"index": 3, "id": "b"}, name="g")
    assert (
        whole(first, second, delta({"index": 3}, arguments='{"y":2}'), delta({"index": 7}, arguments='{"x":1}')) == AB
    )


def test_without_an_index_the_id_decides() -> None:
    first, second = (
        delta({"id": "a"}, name="f", arguments='{"x":'),
        delta({"id": "b"}, name="g", arguments='{"y":'),
    )
    assert whole(first, second, delta({"id": "a"}, arguments="1}"), delta({"id": "b"}, arguments="2}")) == AB


def test_without_index_and_id_a_delta_belongs_to_the_last_call() -> None:
    first, second = (
        delta({"id": "a"}, name="f", arguments='{"x":'),
        delta({"id": "b"}, name="g", arguments='{"y":'),
    )
    assert whole(first, delta(arguments="1}"), second, delta(arguments="2}")) == AB


def test_without_index_and_id_a_name_begins_a_call() -> None:
    one, two = delta(name="f", arguments='{"x":1}'), delta(name="f", arguments='{"x":2}')
    assert whole(one, two) == [(None, "f", {"x": 1}), (None, "f", {"x": 2})]


def test_a_new_id_at_a_known_index_begins_a_call() -> None:
    """Some servers number every call 0; the fragments look alike but belong to the call that began last."""
    first, second = delta({"index": 0, "id": "a"}, name="f"), delta({"index": 0, "id": "b"}, name="g")
    fragments = [[delta({"index": 0}, arguments=text) for text in json.dumps(value)] for *_, value in AB]
    assert whole(first, *fragments[0], second, *fragments[1]) == AB


def test_fragments_without_an_index_follow_the_call_that_began_last() -> None:
    fragments = [[delta(arguments=text) for text in json.dumps(value)] for *_, value in AB]
    assert whole(delta({"id": "a"}, name="f"), *fragments[0], delta({"id": "b"}, name="g"), *fragments[1]) == AB


def test_two_ids_in_turns_at_one_index_are_two_calls() -> None:
    halves = [("a", "f", '{"x":'), ("b", "g", '{"y":'), ("a", None, "1}"), ("b", None, "2}")]
    assert (
        whole(*(delta({"index": 0, "id": call_id}, name=name, arguments=text) for call_id, name, text in halves)) == AB
    )


def test_another_name_at_a_known_index_begins_a_call() -> None:
    one, two = delta({"index": 0}, name="f"), delta({"index": 0}, name="g", arguments='{"y":2}')
    assert whole(one, two) == [(None, "f", {}), (None, "g", {"y": 2})]


@pytest.mark.parametrize("index", [{"index": 0}, {}])
def test_an_id_may_come_late(index: dict[str, int]) -> None:
    assert whole(delta(index, name="f", arguments='{"x":'), delta({**index, "id": "a"}, arguments="1}")) == AB[:1]


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_id_or_name_is_none(empty: str | None) -> None:
    start = delta({"index": 0, "id": "a"}, name="f", arguments='{"x":')
    assert whole(start, delta({"index": 0, "id": empty}, name=empty, arguments="1}")) == AB[:1]
    assert whole(start, delta({"id": empty}, name=empty, arguments="1}")) == AB[:1]


def test_a_legacy_function_call_is_a_call_without_id() -> None:
    deltas = [{"name": "f", "arguments": ""}, {"arguments": '{"x":'}, {"arguments": "1}"}]
    assert whole(*({"function_call": each} for each in deltas)) == [(None, "f", {"x": 1})]


def test_arguments_may_come_as_an_object() -> None:
    assert whole(delta({"index": 0, "id": "a"}, name="f", arguments={"x": "Ü", "y": [None]})) == [
        ("a", "f", {"x": "Ü", "y": [None]})
    ]


@pytest.mark.parametrize("nothing", [{}, {"arguments": ""}, {"arguments": None}])
def test_a_call_without_arguments_has_none_of_them(nothing: dict[str, Any]) -> None:
    assert whole(delta({"index": 0, "id": "a"}, name="f", **nothing)) == [("a", "f", {})]


def test_a_call_in_the_event_of_the_finish_reason_is_whole() -> None:
    last = chat_event(delta({"index": 0, "id": "a"}, name="f", arguments='{"x":1}'), finish="tool_calls")
    assert outcome([last]).response.tool_calls == (ToolCall("a", "f", 0, {"x": 1}, '{"x":1}', complete=True),)


def test_a_call_cut_by_the_length_is_not_complete() -> None:
    found = calls(delta({"index": 0, "id": "a"}, name="f", arguments='{"x": 1, "y"'), finish="length")
    assert found == (ToolCall("a", "f", 0, None, '{"x": 1, "y"', complete=False),)


def test_a_call_of_a_cut_stream_is_not_complete_although_its_arguments_are() -> None:
    result = outcome([chat_event(delta({"index": 0, "id": "a"}, name="f", arguments='{"x":1}'))])
    assert result.response.tool_calls == (ToolCall("a", "f", 0, {"x": 1}, '{"x":1}', complete=False),)


@dataclass(frozen=True, slots=True)
class Style:
    """The style in which a server sends calls: their index, which deltas bear the id, and if calls interleave."""

    index: int | None
    ids: str
    mixed: bool

    def deltas(self, at: int, fragments: list[str]) -> list[dict[str, Any]]:
        bears = {"first": [0], "last": [len(fragments) - 1], "every": range(len(fragments))}[self.ids]
        index = {} if self.index is None else {"index": at * self.index}
        return [
            {
                **index,
                **({"id": f"call_{at}"} if n in bears else {}),
                "function": {"arguments": text, **({} if n else {"name": f"tool_{at}"})},
            }
            for n, text in enumerate(fragments)
        ]


STYLES = [
    *(Style(index, ids, mixed=True) for index in (1, 3, -1) for ids in ("first", "last", "every")),
    *(Style(index, "every", mixed=True) for index in (0, None)),
    *(Style(index, "first", mixed=False) for index in (0, None)),
]
TEXTS = st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5) | st.none(), max_size=3).map(
    json.dumps
)


@given(st.data(), st.sampled_from(STYLES), st.lists(TEXTS | st.just(""), min_size=1, max_size=8))
def test_any_calls_in_any_order_are_the_calls_that_were_made(
    data: st.DataObject, style: Style, texts: list[str]
) -> None:
    queues = [style.deltas(at, data.draw(fragments(text))) for at, text in enumerate(texts)]
    turns = [at for at, deltas in enumerate(queues) for _ in deltas]
    order = data.draw(st.permutations(turns)) if style.mixed else turns
    queue = [queues[at].pop(0) for at in order]
    edges = [0, *sorted(data.draw(st.sets(st.integers(0, len(queue))))), len(queue)]
    found = calls(*({"tool_calls": queue[start:stop]} for start, stop in pairwise(edges)))
    begun = list(dict.fromkeys(order))
    assert found == tuple(
        ToolCall(f"call_{at}", f"tool_{at}", n, json.loads(texts[at] or "{}"), texts[at], complete=True)
        for n, at in enumerate(begun)
    )


def fragments(text: str) -> st.SearchStrategy[list[str]]:
    cuts = st.lists(st.integers(0, len(text)), max_size=5).map(sorted)
    return cuts.map(lambda cuts: [text[start:stop] for start, stop in pairwise([0, *cuts, len(text)])])
