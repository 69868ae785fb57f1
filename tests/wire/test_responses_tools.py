"""Tool calls of the Responses wire: interleaved, repeated, cut, and those of custom tools."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.errors import MalformedError
from tests.wire.outcome import Outcome
from tests.wire.responses import Event, arguments, begun, called, called_out, ended, over, read

IO, TITAN = '{"moon": "Io"}', '{"moon": "Titan"}'


def calls(result: Outcome) -> list[tuple[str | None, str, object, bool]]:
    return [(call.id, call.name, call.arguments, call.complete) for call in result.response.tool_calls]


def test_a_call_is_answered_by_its_call_id() -> None:
    result = read(called(0), arguments(0, '{"moon": '), arguments(0, '"Io"}'), called_out(0, IO), over())
    assert calls(result) == [("call_0", "look_up", {"moon": "Io"}, True)]
    deltas = [delta for chunk in result.chunks for delta in chunk.tool_calls]
    assert "".join(delta.arguments for delta in deltas) == IO
    assert [delta.complete for delta in deltas] == [False, False, False, True]


def test_interleaved_calls_are_kept_apart() -> None:
    result = read(
        called(1, "first"),
        called(2, "second"),
        *(event for one, other in zip(IO, TITAN, strict=False) for event in (arguments(2, other), arguments(1, one))),
        arguments(2, TITAN[len(IO) :]),
        called_out(2, TITAN, "second"),
        called_out(1, IO, "first"),
        over(),
    )
    assert calls(result) == [
        ("call_1", "first", {"moon": "Io"}, True),
        ("call_2", "second", {"moon": "Titan"}, True),
    ]


@given(st.lists(st.sampled_from([0, 1, 2]), max_size=60), st.data())
def test_any_turns_give_the_same_calls(turns: list[int], data: st.DataObject) -> None:
    texts = [IO, TITAN, "{}"]
    rest = list(texts)
    events = [called(at) for at in range(3)]
    for at in turns:
        size = data.draw(st.integers(0, len(rest[at])))
        events.append(arguments(at, rest[at][:size]))
        rest[at] = rest[at][size:]
    events += [called_out(at, text) for at, text in enumerate(texts)]
    assert [each[2:] for each in calls(read(*events, over()))] == [(json.loads(text), True) for text in texts]


DONE_FIRST: Event = ("function_call_arguments.done", {"output_index": 0, "arguments": IO})


@pytest.mark.parametrize(
    "events",
    [
        [called(0), DONE_FIRST, called_out(0, IO)],
        [called(0), called_out(0, IO)],
        [called_out(0, IO)],
        [called(0), arguments(0, IO[:5]), DONE_FIRST],
        [called(0), arguments(0, IO[:5]), called_out(0, IO)],
        [
            called(0),
            arguments(0, IO),
            ("function_call_arguments.done", {"output_index": 0, "arguments": '{"moon":"Io"}'}),
        ],
    ],
    ids=["arguments", "item", "item alone", "arguments' rest", "item's rest", "in another spelling"],
)
def test_what_the_deltas_leave_out_of_a_call_is_taken_from_the_whole(events: list[Event]) -> None:
    assert calls(read(*events, over())) == [("call_0", "look_up", {"moon": "Io"}, True)]


def test_a_call_that_only_the_final_event_holds_is_taken_from_it() -> None:
    output = [called_out(0, IO)[1]["item"]]
    assert calls(read(over(output=output))) == [("call_0", "look_up", {"moon": "Io"}, True)]
    assert len(read(called(0), called_out(0, IO), over(output=output)).response.tool_calls) == 1


@pytest.mark.parametrize("whole", [TITAN, "{", '{"moon": "Io"'])
def test_arguments_that_are_sent_twice_and_differ_are_malformed(whole: str) -> None:
    result = read(called(0), arguments(0, IO), called_out(0, whole), over())
    assert isinstance(result.error, MalformedError) and "told twice" in str(result.error)


def test_arguments_go_not_on_after_their_end() -> None:
    result = read(called(0), arguments(0, IO), called_out(0, IO), arguments(0, "}"), over())
    assert isinstance(result.error, MalformedError)


def test_a_call_without_arguments_is_whole_at_its_end() -> None:
    assert calls(read(called(0), called_out(0, ""), over())) == [("call_0", "look_up", {}, True)]
    assert calls(read(called(0), over())) == [("call_0", "look_up", {}, True)]


@pytest.mark.parametrize("text", ["", '{"mo', '{"moon": "Io"'])
def test_a_call_that_is_cut_is_no_call(text: str) -> None:
    whole: Event = ("function_call_arguments.done", {"output_index": 0, "arguments": text})
    result = read(called(0), arguments(0, text), whole, called_out(0, text, status="incomplete"), over("incomplete"))
    assert calls(result) == [("call_0", "look_up", None, False)]
    assert (result.error, result.response.tool_calls[0].arguments_text) == (None, text)
    assert calls(read(called(0), arguments(0, text))) == [("call_0", "look_up", None, False)]


def test_a_call_is_found_by_its_output_index_though_its_id_changes() -> None:
    events = [called(0)]
    for at, letter in enumerate(IO):
        events.append(("function_call_arguments.delta", {"item_id": f"new_{at}", "output_index": 0, "delta": letter}))
    assert calls(read(*events, called_out(0, IO), over())) == [("call_0", "look_up", {"moon": "Io"}, True)]


def test_without_an_index_calls_are_kept_apart_by_id() -> None:
    events: list[Event] = []
    for at, text in enumerate((IO, TITAN)):
        item = {"type": "function_call", "call_id": f"call_{at}", "name": "look_up", "arguments": ""}
        events.append(("output_item.added", {"item_id": f"item_{at}", "item": item}))
        events.append(("function_call_arguments.delta", {"item_id": f"item_{at}", "delta": text}))
    assert [each[2] for each in calls(read(*events, over()))] == [{"moon": "Io"}, {"moon": "Titan"}]


# Custom tools take a text.


def custom(*deltas: str, whole: str | None = None) -> list[Event]:
    fields = {"call_id": "call_0", "name": "write"}
    events = [begun(0, "custom_tool_call", **fields, input="")]
    events += [("custom_tool_call_input.delta", {"output_index": 0, "delta": each}) for each in deltas]
    return events if whole is None else [*events, ended(0, "custom_tool_call", **fields, input=whole)]


def test_a_custom_tool_takes_a_text() -> None:
    text = 'say "Io"\n\\ and é 🌋'
    for events in (custom(*text, whole=text), custom(text, whole=text), custom(whole=text), custom("", whole=text)):
        assert calls(read(*events, over())) == [("call_0", "write", text, True)]


def test_a_custom_tool_may_have_an_empty_input() -> None:
    assert calls(read(*custom(whole=""), over())) == [("call_0", "write", "", True)]


def test_a_custom_tools_text_that_is_cut_is_no_call() -> None:
    for status in ("incomplete", "completed"):
        result = read(*custom("rm -rf /srv/data/o"), over(status))
        assert calls(result) == [("call_0", "write", None, False)]
    assert isinstance(read(*custom("one", whole="other"), over()).error, MalformedError)
