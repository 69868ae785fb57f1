"""`join`: all texts as one."""

from __future__ import annotations

from typing import assert_type

import pytest
import reactivex as rx
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events


def test_texts_are_concatenated_with_or_without_a_separator() -> None:
    moons = sk.flow(rx.of("Io", "Europa", "Kallisto"))
    assert moons.pipe(ops.join()).run() == "IoEuropaKallisto"
    assert moons.pipe(ops.join(", ")).run() == "Io, Europa, Kallisto"


def test_join_of_nothing_is_empty_and_of_one_text_is_itself() -> None:
    assert sk.flow(rx.empty()).pipe(ops.join(", ")).run() == ""
    assert sk.flow(rx.of("Io")).pipe(ops.join(", ")).run() == "Io"


async def test_a_stream_that_fails_joins_to_nothing_and_its_error_has_the_text() -> None:
    with pytest.raises(sk.TruncatedError) as caught:
        await Script(chat_events("Eu", "ropa", finish=None)).stream().pipe(ops.text(), ops.join())
    assert caught.value.partial is not None and caught.value.partial.content == "Europa"


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.text(), ops.join()), sk.Flow[str])
    assert_type(rx.of("Io").pipe(ops.join()), Observable[str])
