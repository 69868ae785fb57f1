"""Tool calls of Gemini: whole in one part, or value by value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.errors import MalformedError, TruncatedError
from streamkit.fold import Fold
from streamkit.testing import gemini_event, regroup
from streamkit.tool import ToolCall, ToolCalls
from streamkit.wire.gemini.partial_args import ArgumentsText
from tests.wire.outcome import Outcome, outcome

API = "gemini.generate_content"


def call(name: str | None = None, /, **fields: Any) -> dict[str, Any]:
    """Write a part with a call, or with some arguments of one."""
    return {"functionCall": {**({"name": name} if name else {}), **fields}}


def value(path: str, /, **fields: Any) -> dict[str, Any]:
    """Write a part with one value of the arguments."""
    return call(partialArgs=[{"jsonPath": path, **fields}], willContinue=True)


BEGIN, DONE = call("look_up", willContinue=True), call()


def read(*parts: dict[str, Any], finish: str | None = "STOP") -> Outcome:
    return outcome([*map(gemini_event, parts), gemini_event(finish=finish)], api=API)


def calls(*parts: dict[str, Any], finish: str | None = "STOP") -> list[tuple[str | None, str, Any, bool]]:
    result = read(*parts, finish=finish)
    assert result.error is None or finish is None
    return [(each.id, each.name, each.arguments, each.complete) for each in result.response.tool_calls]


def test_a_call_comes_whole_in_one_part_and_is_handed_out_with_it() -> None:
    result = read(call("look_up", args={"moon": "Io"}))
    found = ToolCalls()
    found.feed(result.chunks[0])
    assert found.completed() == [ToolCall(None, "look_up", 0, {"moon": "Io"}, '{"moon": "Io"}', complete=True)]


def test_several_calls_of_one_event_and_of_several() -> None:
    one, two, three = (call("look_up", args={"n": n}, id=f"c{n}") for n in range(3))
    events = [gemini_event("Let me see. ", one, two), gemini_event(three), gemini_event(finish="STOP")]
    response = outcome(events, api=API).response
    assert response.content == "Let me see. "
    assert [(each.id, each.arguments) for each in response.tool_calls] == [(f"c{n}", {"n": n}) for n in range(3)]


@pytest.mark.parametrize("fields", [{}, {"args": None}, {"args": {}}])
def test_a_call_without_arguments_takes_none(fields: dict[str, Any]) -> None:
    assert calls(call("look_up", **fields)) == [(None, "look_up", {}, True)]


def test_a_whole_call_stays_whole_when_the_answer_is_cut() -> None:
    assert calls(call("f", args={"n": 1}), finish="MAX_TOKENS") == [(None, "f", {"n": 1}, True)]
    assert isinstance(read(call("f", args={"n": 1}), finish=None).error, TruncatedError)


def test_the_signature_of_a_call_stays_with_it() -> None:
    signed = {**call("f", args={}), "thoughtSignature": "c2ln"}
    response = read(
        signed, call("g", args={}), {**BEGIN, "thoughtSignature": "b3Ro"}, value("$.n", numberValue=1), DONE
    )
    assert [each.signature for each in response.response.tool_calls] == ["c2ln", None, "b3Ro"]
    assert response.response.signature is None


def test_the_signature_of_a_call_survives_other_cuts_of_the_answer() -> None:
    chunks = read({**call("f", args={"moon": "Io"}), "thoughtSignature": "c2ln"}).chunks
    for seed in range(9):
        fold = Fold()
        fold.add(regroup(chunks, seed=seed))
        (found,) = fold.response().tool_calls
        assert (found.signature, found.arguments) == ("c2ln", {"moon": "Io"})


def test_values_are_assembled_to_arguments_whose_text_only_grows() -> None:
    parts = [
        *(
            BEGIN,
            value("$.moon", stringValue="Eu", willContinue=True),
            value("$.moon", stringValue='ro"pa\n'),
        ),
        *(
            value("$.moon", stringValue=""),
            value("$.size.km", numberValue=3121.6),
            value("$.size.exact", boolValue=False),
        ),
        *(value("$.near[0].name", stringValue="Io"), value("$.near[0].rank", numberValue=1)),
        *(value("$.near[1]", nullValue="NULL_VALUE"), value("$['the end']", stringValue=""), DONE),
    ]
    expected = {
        "moon": 'Euro"pa\n',
        "size": {"km": 3121.6, "exact": False},
        "near": [{"name": "Io", "rank": 1}, None],
        "the end": "",
    }
    assert calls(*parts) == [(None, "look_up", expected, True)]
    texts = [delta.arguments for chunk in read(*parts).chunks for delta in chunk.tool_calls]
    assert texts[:4] == ["{", '"moon":"Eu', r"ro\"pa\n", '","size":{"km":3121.6']
    assert json.loads("".join(texts)) == expected


def test_several_values_may_come_in_one_part_with_the_name() -> None:
    values = [{"jsonPath": "$.a", "numberValue": 1}, {"jsonPath": "$.b", "stringValue": "x"}]
    assert calls(call("f", partialArgs=values)) == [(None, "f", {"a": 1, "b": "x"}, True)]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param([DONE], id="an empty call"),
        pytest.param([call(partialArgs=[{"jsonPath": "$.n", "stringValue": ""}])], id="a piece that does not go on"),
        pytest.param([call("g", args={})], id="the next call"),
        pytest.param([], id="the end of the body"),
    ],
)
def test_a_call_sent_in_partial_args_ends_by(end: list[dict[str, Any]]) -> None:
    found = calls(BEGIN, value("$.n", stringValue="1"), *end)
    assert found[0] == (None, "look_up", {"n": "1"}, True)


def test_a_call_opened_for_partial_args_without_any_takes_no_arguments() -> None:
    assert calls(BEGIN, DONE) == [(None, "look_up", {}, True)]


@pytest.mark.parametrize("finish", ["MAX_TOKENS", "SAFETY", "MALFORMED_FUNCTION_CALL", "BRAND_NEW", None])
def test_a_call_that_was_cut_is_not_whole(finish: str | None) -> None:
    for parts in ([BEGIN], [BEGIN, value("$.n", numberValue=10)], [BEGIN, value("$.s", stringValue="x")]):
        (found,) = calls(*parts, finish=finish)
        assert found == (None, "look_up", None, False)


def test_two_calls_follow_each_other() -> None:
    first, second = value("$.moon", stringValue="Io"), value("$.moon", stringValue="Titan")
    found = calls(BEGIN, first, DONE, DONE, {"text": "and"}, BEGIN, second, DONE)
    assert [(each[2], each[3]) for each in found] == [({"moon": "Io"}, True), ({"moon": "Titan"}, True)]


@pytest.mark.parametrize(
    "late",
    [
        *(
            value("$.a.x", numberValue=2),
            value("$.b", numberValue=2),
            value("$.a", numberValue=2),
            value("$[0]", boolValue=True),
        ),
        *(
            value("$.c[1]", numberValue=2),
            value("$.b.c", numberValue=2),
            value("b", numberValue=2),
            value("$", numberValue=2),
        ),
        *(value("$.b", stringValue="x"), value("$.c[", stringValue="x")),
    ],
)
def test_a_value_whose_path_does_not_fit_spoils_its_call_and_nothing_else(late: dict[str, Any]) -> None:
    before = [BEGIN, value("$.a.y", numberValue=1), value("$.b", numberValue=1)]
    result = read(*before, late, value("$.z", numberValue=3), DONE, call("g", args={}), {"text": "Io"})
    assert (result.error, result.notes, result.response.content) == (None, ["tool_arguments_out_of_order"], "Io")
    found = [(each.name, each.arguments, each.complete) for each in result.response.tool_calls]
    assert found == [("look_up", None, False), ("g", {}, True)]


def test_a_path_without_a_value_says_nothing() -> None:
    assert calls(BEGIN, value("$.n", willContinue=True), value("$.n", numberValue=1), DONE)[0][2] == {"n": 1}


def test_arguments_of_no_call_are_malformed() -> None:
    assert isinstance(read(value("$.n", numberValue=1)).error, MalformedError)
    assert isinstance(read(BEGIN, DONE, value("$.n", numberValue=1)).error, MalformedError)


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4)
)
NAMES = st.text(alphabet="abÜ", min_size=1, max_size=2)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3),
    max_leaves=8,
)


def leaves(value: Any, path: str, draw: st.DataObject) -> Iterator[dict[str, Any]]:
    """Yield JSON as the server sends it: leaf by leaf, and strings in fragments."""
    if isinstance(value, dict):
        for name, each in value.items():  # pyright: ignore[reportUnknownVariableType] - any JSON
            yield from leaves(each, f"{path}.{name}", draw)
    elif isinstance(value, list):
        for at, each in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            yield from leaves(each, f"{path}[{at}]", draw)
    elif isinstance(value, str):
        cuts = sorted(draw.draw(st.lists(st.integers(0, len(value)), max_size=3)))
        for start, stop in pairwise([0, *cuts, len(value)]):
            yield {"jsonPath": path, "stringValue": value[start:stop], "willContinue": True}
    elif value is None:
        yield {"jsonPath": path, "nullValue": "NULL_VALUE"}
    else:
        yield {"jsonPath": path, "boolValue" if isinstance(value, bool) else "numberValue": value}


@given(st.dictionaries(NAMES, VALUES, max_size=3), st.data())
def test_any_arguments_sent_leaf_by_leaf_are_assembled(arguments: dict[str, Any], draw: st.DataObject) -> None:
    text = ArgumentsText()
    written = "".join(text.add(each) for each in leaves(arguments, "$", draw))
    assert json.loads(text.opening + written + text.flush()) == arguments
