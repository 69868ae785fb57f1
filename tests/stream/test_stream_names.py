"""A Stream shows its request and how its call failed; the older names of both still work."""

from __future__ import annotations

import pytest

import streamkit as sk
from streamkit.testing import Script, chat_events


def test_request_is_the_call_as_the_caller_wrote_it() -> None:
    stream = sk.stream("openai/gpt-5-mini", "Which moons may hold life?", temperature=0.5)
    assert (stream.request.model, dict(stream.request.params)) == ("gpt-5-mini", {"temperature": 0.5})
    assert stream.asked is stream.request


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(Script([sk.Overloaded("busy")]), True, id="before any content"),
        pytest.param(Script(chat_events("Io", finish=None)), False, id="after content"),
    ],
)
def test_failed_before_content_is_true_only_before_content(script: Script, expected: bool) -> None:
    stream = script.stream()
    with pytest.raises(sk.StreamError):
        stream.run()
    assert (stream.failed_before_content, stream.refused) == (expected, expected)
