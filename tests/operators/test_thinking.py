"""`thinking`: the thinking texts of one choice."""

from __future__ import annotations

from typing import assert_type

import reactivex as rx
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, anthropic_events, chat_events


async def test_the_thinking_texts_are_those_of_the_provider_and_answer_text_is_left_out() -> None:
    chunks = rx.of(sk.Chunk(thinking="hm"), sk.Chunk(content="Io"), sk.Chunk(thinking=", yes"))
    assert [fragment async for fragment in sk.flow(chunks).pipe(ops.thinking())] == ["hm", ", yes"]


async def test_choice_0_is_taken_by_default() -> None:
    chunks = rx.of(sk.Chunk(thinking="Io", index=0), sk.Chunk(thinking="Titan", index=1))
    assert await sk.flow(chunks).pipe(ops.thinking(), ops.join()) == "Io"
    assert await sk.flow(chunks).pipe(ops.thinking(choice=1), ops.join()) == "Titan"


async def test_a_stream_without_any_gives_none() -> None:
    stream = Script(anthropic_events("Io")).stream(api="anthropic.messages", vendor="anthropic")
    assert await stream.pipe(ops.thinking(), ops.join()) == ""


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script(chat_events()).stream().pipe(ops.thinking()), sk.Flow[str])
    assert_type(rx.of(sk.Chunk()).pipe(ops.thinking()), Observable[str])
