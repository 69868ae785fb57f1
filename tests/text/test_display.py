"""A model's text in a notebook: no HTML in it is run, and a block of code that it leaves open is closed."""

from __future__ import annotations

from operator import methodcaller

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit import Response, ToolCall
from streamkit.testing import Script, chat_events
from streamkit.text.display import LONGEST, last_part, markdown_bundle, plain_bundle

bundle = methodcaller("_repr_mimebundle_")  # as IPython calls it


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        ("```python\nprint(1)", "\n```"),
        ("```python\nprint(1)\n```", ""),
        ("~~~\n```", "\n~~~"),
        ("````\n```", "\n````"),
        ("```\na\n```\n```\nb", "\n```"),
    ],
)
def test_an_open_block_of_code_is_closed_before_the_status_line(text: str, closing: str) -> None:
    assert markdown_bundle(text, "m")["text/markdown"] == f"{text}{closing}\n\n<small>m</small>"


@given(st.text(alphabet="<>/!?ab`~\n$[]: \"'"))
def test_no_text_begins_a_tag(text: str) -> None:
    markdown = markdown_bundle(text, "m")["text/markdown"].removesuffix("<small>m</small>")
    assert not any(f"<{each}" in markdown for each in "ab/!?")
    body = plain_bundle(text, "m")["text/html"]
    assert body.count("<") in (2, 4)  # our own tags: pre if there is text, and small


def test_a_status_line_is_one_line_without_markup() -> None:
    assert "<small>\\*x\\_</small>" in markdown_bundle("Io", "*x_")["text/markdown"]


def test_only_the_end_of_a_long_text_is_shown() -> None:
    assert last_part("a" * LONGEST) == "a" * LONGEST
    assert last_part("b" + "a" * LONGEST) == "… " + "a" * LONGEST


def test_a_response_of_tool_calls_names_them() -> None:
    response = Response(tool_calls=(ToolCall(name="orbit"),), model="m", provider="p", state="complete")
    assert bundle(response)["text/markdown"] == "<small>p/m · complete · calls orbit</small>"


def test_nothing_is_sent_or_imported_where_no_notebook_runs() -> None:
    script = Script(chat_events("Io"))
    stream = script.stream()
    assert bundle(stream)["text/plain"] == "scripted/scripted · not sent"
    with pytest.raises(NotImplementedError):
        methodcaller("_ipython_display_")(stream)
    assert (script.opened, stream.log) == (0, None)
