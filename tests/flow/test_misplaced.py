"""An operator without parentheses or in the wrong place is an error at the call, with its name; nothing is sent."""

from __future__ import annotations

from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events


@pytest.mark.parametrize("name", ops.__all__)
def test_an_operator_without_parentheses_is_named(name: str) -> None:
    script = Script(chat_events("Io"))
    with pytest.raises(
        sk.ConfigurationError, match=rf"^pipe\(\) got the function {name} itself: write {name}\(\) with"
    ):
        script.stream().pipe(getattr(ops, name))
    assert script.opened == 0


WRONG: list[tuple[tuple[Any, ...], str]] = [
    ((ops.words(),), r"^words\(\) reads text, and the stream gives chunks: put ops.text\(\) before it\.$"),
    (
        (ops.until("Io"), ops.join()),
        r"^join\(\) reads text, and the stream gives chunks: put ops.text\(\) before it\.$",
    ),
    (
        (ops.text(), ops.tool_calls()),
        r"^tool_calls\(\) reads chunks, and text\(\) gives text: put it before text",
    ),
    ((ops.text(), ops.until("Io"), ops.to_response()), r"^to_response\(\) reads chunks, and text\(\) gives text: put"),
    ((ops.tool_calls(), ops.text()), r"^text\(\) reads chunks, and tool_calls\(\) gives other elements: put it before"),
    ((ops.text(), ops.wav()), r"^wav\(\) reads sound, and text\(\) gives text: put ops.audio\(\) before it\.$"),
    ((ops.text(), ops.until_tool("orbit")), r"^until_tool\('orbit'\) reads chunks, and text\(\) gives text: put it"),
]


@pytest.mark.parametrize(("operators", "sentence"), WRONG)
def test_an_operator_behind_the_wrong_one_is_named(operators: tuple[Any, ...], sentence: str) -> None:
    script = Script(chat_events("Io"))
    with pytest.raises(sk.ConfigurationError, match=sentence):
        script.stream().pipe(*operators)
    with pytest.raises(sk.ConfigurationError):
        flow: Any = script.stream()
        for operator in operators:
            flow = flow.pipe(operator)
    assert script.opened == 0
