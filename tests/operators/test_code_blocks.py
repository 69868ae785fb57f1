"""``code_blocks``: fenced blocks of Markdown, each as soon as it is closed."""

from __future__ import annotations

from typing import Any, assert_type

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events
from streamkit.text.code_blocks import CodeBlock
from tests.operators.units import emitted_by, units

LINES = [
    "```",
    "````",
    "~~~",
    "``` py",
    "  ```",
    "    ```",
    "- ```",
    "  text",
    "",
    "```\r",
    "~~~ a`b",
    "1. x",
    "``` a`b",
]


def found(text: str) -> list[tuple[str, str]]:
    return [(block.language, block.code) for block in units(ops.code_blocks(), list(text)) if block.closed]


def test_a_block_is_emitted_with_the_end_of_its_closing_fence() -> None:
    block = CodeBlock("py", "1\n")
    assert emitted_by(ops.code_blocks(), "Run:\n```py\n1", "\n``", "`", "\nThen") == [[], [], [], [block]]  # pyright: ignore[reportArgumentType] - blocks come out, not text


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("```\nx\n```\n", [("", "x\n")]),
        ("```python {1,3} title\nx\n```", [("python", "x\n")]),
        ("~~~~ sh\n~~~\n~~~~~\n", [("sh", "~~~\n")]),
        ("```\n~~~\n``` no\n```\n", [("", "~~~\n``` no\n")]),
        ("````md\n```py\n```\n````\n", [("md", "```py\n```\n")]),
        ("  ```\n    x\n y\n   ```  \n", [("", "  x\ny\n")]),
        ("    ```\nx\n    ```\n", []),
        ("``` a`b\n```\nx\n", []),
        ("in `` ``` `` text ```\n", []),
        ("```\r\nx\r\n```\r\n", [("", "x\r\n")]),
        ("```\n```\n```\ny\n```", [("", ""), ("", "y\n")]),
        ("1. Do\n   ```sh\n   ls\n     -l\n   ```\n", [("sh", "ls\n  -l\n")]),
        ("- a\n  - b\n    ```\n    x\n    ```\n", [("", "x\n")]),
        ("10. ```js\n    y()\n    ```\n", [("js", "y()\n")]),
        ("- a\n\ntext\n\n     ```\nno\n", []),
    ],
)
def test_what_a_fence_is(text: str, blocks: list[tuple[str, str]]) -> None:
    assert found(text) == blocks


@pytest.mark.parametrize("end", [rx.throw(ValueError("wrong")), rx.empty()])
def test_an_open_block_is_emitted_before_an_error_and_before_the_end(end: Observable[Any]) -> None:
    seen: list[Any] = []
    rx.concat(rx.of("```py\n1", "\n2"), end).pipe(ops.code_blocks()).subscribe(seen.append, lambda error: None)
    assert seen == [CodeBlock("py", "1\n2", closed=False)]


def test_a_closing_fence_needs_no_end_of_line_at_the_end() -> None:
    assert units(ops.code_blocks(), ["```\nx\n``", "`"]) == [CodeBlock("", "x\n")]


def test_a_block_that_never_ends_comes_in_parts_of_which_only_the_last_is_closed() -> None:
    line = "x" * 99_999 + "\n"
    first, last = units(ops.code_blocks(), ["```\n", *[line] * 15, "```\n"])
    assert (first.closed, last.closed, first.code + last.code) == (False, True, line * 15)
    first, last = units(ops.code_blocks(), ["```py\n", *["x" * 10**5] * 11, "\n```\n"])
    assert (len(first.code), last.language, last.closed) == (2**20, "py", True)


def test_a_long_line_that_goes_on_is_no_fence() -> None:
    assert units(ops.code_blocks(), ["x" * 2**20 + "```\n", "text\n```\n"]) == [CodeBlock("", "", closed=False)]


@given(st.lists(st.sampled_from(LINES), max_size=12).map("\n".join), st.integers(1, 7))
def test_any_cut_gives_the_same_blocks(text: str, size: int) -> None:
    fragments = [text[at : at + size] for at in range(0, len(text), size)]
    assert units(ops.code_blocks(), fragments) == units(ops.code_blocks(), [text])


def test_the_checker_knows_what_comes_out() -> None:
    assert_type(Script(chat_events()).stream().pipe(ops.text(), ops.code_blocks()), sk.Flow[CodeBlock])
    assert_type(rx.of("Io").pipe(ops.code_blocks()), Observable[CodeBlock])
