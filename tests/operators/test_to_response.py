"""``to_response``: chunks reduced to the one Response."""

from __future__ import annotations

from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events

CALL = {"index": 0, "id": "call_1", "function": {"name": "look_up", "arguments": '{"moon": "Io"}'}}
DONE = b"data: [DONE]\n\n"


async def test_a_whole_stream_reduces_to_what_awaiting_it_gives() -> None:
    events = [chat_event({"content": "Io"}), chat_event({"tool_calls": [CALL]}), chat_event({}, finish="tool_calls")]
    stream = Script([*events, chat_event(None, usage={"prompt_tokens": 7, "completion_tokens": 2}), DONE]).stream()
    whole, reduced = await stream, await stream.pipe(ops.to_response())
    assert reduced == whole.model_copy(update={"request_id": None})
    assert (reduced.state, reduced.content, reduced.tool_calls[0].arguments) == ("complete", "Io", {"moon": "Io"})


async def test_every_choice_is_folded() -> None:
    events = [chat_event({"content": text}, index=at, finish="stop") for at, text in enumerate(["Io", "Titan"])]
    response = await Script([*events, DONE]).stream(n=2).pipe(ops.to_response())
    assert [choice.content for choice in response.choices] == ["Io", "Titan"]


CUTS: list[Any] = [rxops.take(2), ops.until("Eu"), rxops.take_until(rx.timer(0.005))]


@pytest.mark.parametrize("cut", CUTS)
async def test_what_an_operator_cut_off_is_not_called_complete(cut: Any) -> None:
    stream = Script([*chat_events("Eu")[:2], 0.05, *chat_events("ropa")[1:]]).stream()
    response = await stream.pipe(cut, ops.to_response())
    assert (response.content, response.state) == ("Eu", "unknown")


def test_no_chunks_at_all_reduce_to_an_empty_response_of_unknown_state() -> None:
    response = sk.flow(rx.empty()).pipe(ops.to_response()).run()
    assert (response.content, response.state) == ("", "unknown")


def test_an_error_of_ours_without_a_partial_gets_what_had_been_folded() -> None:
    lost = sk.TransportError("lost")
    source = rx.concat(rx.of(sk.Chunk(content="Euro")), rx.throw(lost))
    with pytest.raises(sk.TransportError) as caught:
        sk.flow(source).pipe(ops.to_response()).run()
    assert caught.value is lost
    assert lost.partial is not None and (lost.partial.content, lost.partial.state) == ("Euro", "failed")


def test_the_partial_that_an_error_has_stays_its_own() -> None:
    own = sk.Response(content="Europa", state="failed")
    source = rx.throw(sk.TransportError("lost", partial=own))
    with pytest.raises(sk.TransportError) as caught:
        sk.flow(source).pipe(ops.to_response()).run()
    assert caught.value.partial is own


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.to_response()), sk.Flow[sk.Response])
    assert_type(rx.of(sk.Chunk()).pipe(ops.to_response()), Observable[sk.Response])
