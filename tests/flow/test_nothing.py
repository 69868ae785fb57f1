"""An empty flow that is awaited says why nothing came."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as stock
from reactivex.internal.exceptions import SequenceContainsNoElementsError

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, chat_tool_events

DONE = b"data: [DONE]\n\n"
CAUSES: dict[str, tuple[list[bytes], str]] = {
    "a tool call": (
        chat_tool_events(("orbit", "{}")),
        r"no text came, but a tool call of 'orbit' \(finish reason 'tool_calls'",
    ),
    "two tool calls": (
        chat_tool_events(("orbit", "{}"), ("mass", "{}")),
        r"no text came, but 2 tool calls of 'mass', 'orbit' \(finish reason 'tool_calls'\)",
    ),
    "a refusal": (
        [chat_event({"refusal": "No."}), chat_event({}, finish="stop"), DONE],
        r"the model refused to answer \(finish reason 'stop'\)",
    ),
    "no text": ([chat_event({}, finish="length"), DONE], r"no text came \(finish reason 'length'\)"),
    "thinking": (
        [chat_event({"reasoning_content": "Hm."}), chat_event({}, finish="stop"), DONE],
        r"no text came, but 3 characters of thinking \(finish reason 'stop'\)",
    ),
}


@pytest.mark.parametrize(("events", "cause"), CAUSES.values(), ids=list(CAUSES))
def test_it_says_what_came_instead(events: list[bytes], cause: str) -> None:
    vendor: dict[str, Any] = {"vendor": "deepseek"} if "thinking" in cause else {}
    stream = Script(events).stream(**vendor)
    for flow in (stream.text().last(), stream.text().first(), stream.pipe(ops.text(), stock.filter(bool))):
        with pytest.raises(sk.NothingEmitted, match=f"^Nothing was emitted: {cause}") as caught:
            flow.run()
        assert caught.value.partial is not None
        assert caught.value.partial.finish_reasons == stream.finish_reasons


async def test_text_that_the_operators_did_not_let_pass_is_counted() -> None:
    with pytest.raises(sk.NothingEmitted, match="10 characters of text came, and the operators let none of them pass"):
        await Script(chat_events("Io, Europa")).stream().pipe(ops.text(), ops.code_blocks()).last()


async def test_a_call_that_an_operator_stopped_is_named() -> None:
    flow = Script(chat_events("Io, ", "Europa")).stream().pipe(ops.text(), ops.until("Io", inclusive=False)).last()
    with pytest.raises(sk.NothingEmitted, match=r"the call was stopped by until\('Io'\)") as caught:
        await flow
    assert caught.value.partial is not None
    assert caught.value.partial.state == "stopped"


def test_it_is_an_error_of_ours_and_of_reactivex() -> None:
    for flow in (sk.flow(rx.empty()), sk.flow(rx.empty()).last(), sk.flow(rx.empty()).pipe(stock.first())):
        with pytest.raises(sk.NothingEmitted, match="came to its end without an element") as caught:
            flow.run()
        assert isinstance(caught.value, sk.StreamError)
        assert isinstance(caught.value, SequenceContainsNoElementsError)
        assert caught.value.partial is None


def test_it_pickles() -> None:
    with pytest.raises(sk.NothingEmitted) as caught:
        Script(chat_tool_events(("orbit", "{}"))).stream().text().last().run()
    copy: Any = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), str(copy), copy.details) == (sk.NothingEmitted, str(caught.value), caught.value.details)
    assert copy.partial.tool_calls[0].name == "orbit"


def test_a_loop_over_an_empty_flow_is_just_over() -> None:
    assert list(Script(chat_tool_events(("orbit", "{}"))).stream().text()) == []
