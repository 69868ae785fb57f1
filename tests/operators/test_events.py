"""``events``: an answer as events; errors and stops come as an event that names the open blocks, then as the error."""

from __future__ import annotations

import asyncio
from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import operators as rxops

import streamkit as sk
from streamkit import events
from streamkit import operators as ops
from streamkit.events import Event
from streamkit.testing import Script, chat_event, chat_events, whole_body
from tests.events.reading import check_blocks

CALL = {"index": 0, "id": "call_1", "function": {"name": "look_up", "arguments": '{"moon": "Io"}'}}
DONE = b"data: [DONE]\n\n"
ANSWER = [
    *(chat_event({"reasoning": "Which?"}), chat_event({"content": "I look"}), chat_event({"content": " it up."})),
    *(chat_event({"tool_calls": [CALL]}), chat_event({}, finish="tool_calls"), DONE),
]


def collect(source: rx.Observable[sk.Chunk]) -> tuple[list[Event], list[Exception | None]]:
    found: list[Event] = []
    ends: list[Exception | None] = []
    source.pipe(ops.events()).subscribe(found.append, ends.append, lambda: ends.append(None))
    return found, ends


async def read(stream: sk.Stream) -> tuple[list[Event], Exception | None]:
    found: list[Event] = []
    try:
        async for event in stream.pipe(ops.events()):
            found.append(event)
    except sk.StreamError as error:
        return found, error
    return found, None


def test_a_program_reads_an_answer_by_match() -> None:
    shown = ""
    flow = Script(ANSWER).stream().pipe(ops.events())
    assert_type(flow, sk.Flow[Event])
    for event in flow:
        match event:
            case events.TextDelta(text=text):
                shown += text
            case events.ThinkingDelta(text=text):
                shown += f"({text})"
            case events.ToolInputEnd(name=name, arguments=arguments):
                shown += f" {name}({arguments})"
            case events.Finish(common_finish_reasons=reasons):
                shown += f" {reasons}"
            case _:
                pass
    assert shown == "(Which?)I look it up. look_up({'moon': 'Io'}) ['tool_calls']"


async def test_a_call_without_streaming_has_the_same_events() -> None:
    streamed, _ = await read(Script(ANSWER).stream())
    whole, error = await read(Script([whole_body(ANSWER)]).stream(stream=False))
    assert error is None
    assert [each for each in whole if not isinstance(each, events.BlockDelta)] == [
        each for each in streamed if not isinstance(each, events.BlockDelta)
    ]
    assert [each.text for each in whole if isinstance(each, events.TextDelta)] == ["I look it up."]


@pytest.mark.parametrize("count", range(1, 5))
async def test_an_answer_cut_after_any_event_ends_in_an_error_and_no_open_block_ends(count: int) -> None:
    found, error = await read(Script(ANSWER[:count]).stream())
    assert isinstance(error, sk.TruncatedError)
    assert isinstance(last := found[-1], events.Error)
    assert (last.error, list(last.blocks)) == (error, check_blocks(found))
    assert len(last.blocks) == 1


async def test_a_provider_that_fails_behind_its_text_ends_no_block() -> None:
    failing = b'data: {"error": {"message": "overloaded", "code": 503}}\n\n'
    found, error = await read(Script([*chat_events("Io")[:2], failing]).stream())
    assert isinstance(error, sk.ProviderError)
    assert [event.kind for event in found] == ["text_start", "text_delta", "usage", "error"]
    assert [event.usage.source for event in found if isinstance(event, events.UsageReport)] == ["estimated"]


async def test_a_stopped_stream_says_so_to_its_readers_and_to_later_ones() -> None:
    stream = Script([*chat_events("Io")[:2], None]).stream()
    found: list[Event] = []
    ended = asyncio.Event()
    errors: list[Exception] = []

    def on_next(event: Event) -> None:
        found.append(event)
        if isinstance(event, events.TextDelta):
            stream.stop()

    def on_error(error: Exception) -> None:
        errors.append(error)
        ended.set()

    stream.pipe(ops.events()).subscribe(on_next, on_error)
    await ended.wait()
    later, error = await read(stream)
    for events_of, end in ((found, errors[0]), (later, error)):
        assert isinstance(end, sk.StoppedError)
        assert isinstance(last := events_of[-1], events.Error)
        assert (type(last.error), last.blocks) == (sk.StoppedError, ("0-0",))


async def test_what_an_operator_in_front_cut_off_has_no_finish_reason() -> None:
    found = [event async for event in Script(ANSWER).stream().pipe(ops.until("look"), ops.events())]
    assert isinstance(last := found[-1], events.Finish)
    assert (last.finish_reasons, last.common_finish_reasons, check_blocks(found)) == (None, None, [])


async def test_leaving_early_stops_the_call() -> None:
    script = Script([*chat_events("Io")[:2], None])
    stream = script.stream()
    assert (await stream.pipe(ops.events(), rxops.first())).kind == "text_start"
    await stream.aclose()
    assert (script.opened, script.closed, stream.response.state) == (1, 1, "stopped")


async def test_two_subscriptions_read_one_call_and_get_the_same_events() -> None:
    script = Script(ANSWER)
    flow = script.stream().pipe(ops.events())
    first, second = [event async for event in flow], [event async for event in flow]
    assert (first == second, script.opened) == (True, 1)


def test_an_error_of_the_users_own_passes_unchanged_behind_its_event() -> None:
    own = LookupError("the user's own")
    found, ends = collect(rx.concat(rx.of(sk.Chunk(content="Io")), rx.throw(own)))
    assert (found[-1], ends) == (events.Error(own, ("0-0",)), [own])


def test_what_is_no_chunk_is_an_error() -> None:
    source: Any = rx.of("Io")
    found, ends = collect(source)
    assert [event.kind for event in found] == ["error"]
    assert [type(end) for end in ends] == [AttributeError]
