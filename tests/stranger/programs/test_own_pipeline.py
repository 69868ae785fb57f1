"""Test a pipeline of one's own with a scripted provider."""

import re

import pytest
import reactivex as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events, check_chunking_invariance


def first_moon(stream: rx.Observable[sk.Chunk]) -> sk.Flow[str]:
    return sk.flow(stream).pipe(ops.text(), ops.until(re.compile("Io|Europa|Titan")), ops.join())


def test_it_stops_at_the_first_moon() -> None:
    script = Script(chat_events("Some say Eu", "ropa, others ", "say Titan."))
    stream = script.stream("Which moon?")
    assert first_moon(stream).run() == "Some say Europa"
    assert stream.state == "stopped"
    assert script.opened == 1


def test_a_cut_answer_keeps_what_arrived() -> None:
    with pytest.raises(sk.TruncatedError) as failure:
        first_moon(Script(chat_events("Some say ", finish=None)).stream("Which moon?")).run()
    assert failure.value.partial is not None
    assert failure.value.partial.content == "Some say "


def test_the_cut_does_not_matter() -> None:
    check_chunking_invariance(first_moon)
