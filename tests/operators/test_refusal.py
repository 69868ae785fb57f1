"""`refusal`: the texts of a model's refusal."""

from __future__ import annotations

from typing import assert_type

import reactivex as rx
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events


async def test_a_refusal_is_no_text_and_text_is_no_refusal() -> None:
    events = [chat_event({"refusal": "I can"}), chat_event({"refusal": "not."}), chat_event({}, finish="stop")]
    stream = Script([*events, b"data: [DONE]\n\n"]).stream()
    assert [fragment async for fragment in stream.pipe(ops.refusal())] == ["I can", "not."]
    assert await stream.pipe(ops.text(), ops.join()) == ""
    assert await Script(chat_events("Io")).stream().pipe(ops.refusal(), ops.join()) == ""


async def test_choice_0_is_taken_by_default() -> None:
    chunks = rx.of(sk.Chunk(refusal="no", index=0), sk.Chunk(refusal="never", index=1))
    assert await sk.flow(chunks).pipe(ops.refusal()).last() == "no"
    assert await sk.flow(chunks).pipe(ops.refusal(choice=1)).last() == "never"


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script(chat_events()).stream().pipe(ops.refusal()), sk.Flow[str])
    assert_type(rx.of(sk.Chunk()).pipe(ops.refusal()), Observable[str])
