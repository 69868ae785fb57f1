"""``until_tool``: up to the chunk with which a call is whole; then the provider's call is stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, assert_type

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_tool_events


def double(a: int) -> int:
    return 2 * a


CALLS = [("look", "{}"), ("double", '{"a": "x"}'), ("double", '{"a": 2}'), ("look", '{"b": 1}')]


async def left(*waited_for: Any) -> tuple[list[str], str | None]:
    """Return the whole calls in what came, and the reason of the stop."""
    stream = Script([*chat_tool_events(*CALLS)[:-2], None]).stream()
    response = await stream.pipe(ops.until_tool(*waited_for), ops.to_response())
    return [call.arguments_text for call in response.tool_calls if call.complete], stream.response.stopped_by


@pytest.mark.parametrize(
    ("waited_for", "whole", "reason"),
    [
        ((), 1, "until_tool()"),
        (("look",), 1, "until_tool('look')"),
        (("double",), 2, "until_tool('double')"),
        ((double,), 3, "until_tool('double')"),
    ],
)
async def test_it_stops_the_call_as_soon_as_the_tool_is_whole(
    waited_for: tuple[Any, ...], whole: int, reason: str
) -> None:
    assert await left(*waited_for) == ([arguments for _, arguments in CALLS[:whole]], reason)


async def test_the_chunk_with_which_it_is_whole_is_the_last() -> None:
    stream = Script(chat_tool_events(("look", "{}"))).stream()
    chunks = [each async for each in stream.pipe(ops.until_tool("look"))]
    assert chunks[-1].finish_reasons == ["tool_calls"]


@pytest.mark.parametrize("waited_for", ["fly", sk.as_tool(double, name="look")])
async def test_without_such_a_call_that_fits_everything_comes(waited_for: Any) -> None:
    stream = Script(chat_tool_events(*CALLS)).stream()
    chunks = [each async for each in stream.pipe(ops.until_tool(waited_for))]
    assert stream.log is not None and chunks == stream.log.read(0, 99)
    assert (stream.state, stream.response.stopped_by) == ("complete", None)


async def test_another_choices_call_does_not_count() -> None:
    chunk = sk.Chunk(index=1, tool_calls=(sk.ToolCallDelta(0, "a", "look", "{}", complete=True),))

    async def chunks() -> AsyncIterator[sk.Chunk]:
        yield chunk
        yield chunk

    for choice, count in ((0, 2), (1, 1)):
        assert len([each async for each in sk.from_async(chunks()).pipe(ops.until_tool(choice=choice))]) == count


def test_what_cannot_be_a_tool_is_refused_at_once() -> None:
    with pytest.raises(sk.ConfigurationError, match="A tool is made of"):
        ops.until_tool(5)


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script(chat_tool_events()).stream().pipe(ops.until_tool()), sk.Flow[sk.Chunk])
