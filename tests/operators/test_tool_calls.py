"""``tool_calls``: each call once it is whole, and none that is not; the recordings' own, whatever their provider."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, assert_type

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit import operators as ops
from streamkit import wire
from streamkit.testing import Script, chat_tool_events

STOP = sk.Chunk(finish_reasons=["tool_calls"])


def double(a: int) -> int:
    return 2 * a


def look(moon: str = "Io") -> str:
    return moon


def collect(chunks: list[sk.Chunk], *tools: Any, **options: Any) -> tuple[list[sk.ToolCall], list[Any]]:
    found, ends = list[sk.ToolCall](), list[Any]()
    rx.from_iterable(chunks).pipe(ops.tool_calls(*tools, **options)).subscribe(
        found.append, ends.append, lambda: ends.append("end")
    )
    return found, ends


def delta(arguments: str = "", index: int = 0, *, name: str | None = None, id: str | None = None) -> sk.ToolCallDelta:  # noqa: A002
    return sk.ToolCallDelta(index, id, name, arguments)


def answer(*deltas: sk.ToolCallDelta, reason: str = "tool_calls") -> list[sk.Chunk]:
    return [*(sk.Chunk(tool_calls=(each,)) for each in deltas), sk.Chunk(finish_reasons=[reason])]


def test_calls_are_emitted_as_the_model_made_them_if_no_tools_are_given() -> None:
    found, ends = collect(answer(delta('{"a": 1}', name="any", id="x"), delta('{"b": 2}', 1, name="any", id="x")))
    assert found == [
        sk.ToolCall("x", "any", 0, {"a": 1}, '{"a": 1}', complete=True),
        sk.ToolCall("x", "any", 1, {"b": 2}, '{"b": 2}', complete=True),
    ]
    assert ends == ["end"]


def test_several_that_become_whole_in_one_event_are_emitted_one_by_one() -> None:
    chunk = sk.Chunk(tool_calls=(delta('{"a": 1}', name="double"), delta('{"a": 2}', 1, name="double")))
    found, _ = collect([chunk, STOP], double)
    assert [call.call() for call in found] == [2, 4]


def test_a_call_without_arguments_is_one() -> None:
    found, ends = collect(answer(delta(name="look"), delta(index=1, name="look")), look)
    assert ([call.call() for call in found], ends) == (["Io", "Io"], ["end"])


def test_those_that_fit_come_before_the_error_of_the_first_that_does_not() -> None:
    calls = ['{"a": 1}', '{"a": "x"}', "{", '{"a": 4}']
    chunks = answer(*(delta(text, at, name="double", id=f"c{at}") for at, text in enumerate(calls)))
    found, (error,) = collect([sk.Chunk(content="Well: "), *chunks], double)
    assert [call.call() for call in found] == [2, 8]
    assert isinstance(error, sk.ToolArgumentsError) and (error.id, error.arguments_text) == ("c1", '{"a": "x"}')
    assert error.partial is not None
    assert (error.partial.content, error.partial.state, len(error.partial.tool_calls)) == ("Well: ", "complete", 4)


def test_a_call_of_no_tool_that_was_given_is_an_error_too() -> None:
    _, (error,) = collect(answer(delta("{}", name="fly")), double, look)
    assert isinstance(error, sk.ToolArgumentsError) and error.name == "fly"
    assert "none of this call's tools: double, look" in str(error)


@pytest.mark.parametrize("reason", ["length", "content_filter"])
@pytest.mark.parametrize("tools", [(), (look,)])
def test_what_was_cut_is_neither_emitted_nor_an_error(reason: str, tools: tuple[Any, ...]) -> None:
    text = '{"moon": "Europa"}'
    for cut in range(len(text)):
        assert collect(answer(delta(text[:cut], name="look"), reason=reason), *tools) == ([], ["end"])


async def test_the_errors_of_the_stream_itself_come_first() -> None:
    stream = Script(chat_tool_events(("double", '{"a": "x"}'), finish=None)).stream()
    with pytest.raises(sk.TruncatedError):
        await stream.pipe(ops.tool_calls(double)).last()


def test_each_choice_has_calls_of_its_own() -> None:
    chunks = [sk.Chunk(index=at, tool_calls=(delta(f'{{"a": {at}}}', name="double"),)) for at in (1, 0)]
    chunks += [sk.Chunk(index=at, finish_reasons=["stop"]) for at in (0, 1)]
    for choice in (0, 1):
        found, _ = collect(chunks, double, choice=choice)
        assert [call.call() for call in found] == [2 * choice]


@given(st.permutations([0, 0, 0, 1, 1, 1, 2, 2, 2]))
def test_interleaved_calls_are_kept_apart_in_any_order(order: list[int]) -> None:
    deltas = {at: iter(['{"a"', ": ", f"{at}}}"]) for at in range(3)}
    starts = [delta(index=at, name="double") for at in range(3)]
    found, ends = collect(answer(*starts, *(delta(next(deltas[at]), at) for at in order)), double)
    assert sorted(call.call() for call in found) == [0, 2, 4] and ends == ["end"]


def test_what_cannot_be_a_tool_is_refused_at_once() -> None:
    with pytest.raises(sk.ConfigurationError, match="Two tools are named 'double'"):
        ops.tool_calls(double, double)


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_tool_events()).stream()
    assert_type(stream.pipe(ops.tool_calls(double)), sk.Flow[sk.ToolCall])


# Recordings ---------------------------------------------------------------------------------------


def lines() -> list[dict[str, Any]]:
    """Read the manifest's lines of answers with tools; where there is none, `wire_dir` skips or fails the tests."""
    manifest = Path(os.environ.get("STREAMKIT_WIRE") or ".") / "manifest.jsonl"
    found = [json.loads(line) for line in manifest.read_text("utf-8").splitlines()] if manifest.is_file() else []
    return [line for line in found if line["expect"].get("tools") and line["api"] in wire.APIS]


@pytest.mark.parametrize("line", lines() or [None], ids=lambda line: line["file"] if line else "no-recordings")
def test_a_recordings_calls_are_those_that_were_made(line: dict[str, Any] | None, wire_dir: Path) -> None:
    assert line is not None
    decoder = wire.decoder(line["api"], line["provider"])
    chunks = decoder.feed((wire_dir / line["file"]).read_bytes())
    try:
        chunks += decoder.finish()
    except sk.StreamError:
        assert collect(chunks)[1] == ["end"]  # cut: what came of it is emitted only if it came to its own end
        return
    made = [call for call in line["expect"]["tools"] if "custom" not in call and not unparsed(call["arguments"])]
    found, _ = collect(chunks)
    assert [(call.id, call.name, call.arguments) for call in found if not isinstance(call.arguments, str)] == [
        (call["id"], call["name"], call["arguments"]) for call in made
    ]


def unparsed(arguments: Any) -> bool:
    return isinstance(arguments, dict) and "__unparsed__" in arguments
