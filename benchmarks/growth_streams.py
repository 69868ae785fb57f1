"""The rows of ``growth`` beside those of patterns: partial values, calls, subscribers, operators and framing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

import reactivex as rx
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.fold import Fold
from streamkit.testing import Script, chat_events
from streamkit.tool import PartialToolCalls, ToolCalls
from streamkit.wire.framing.json_array import ArrayFramer
from streamkit.wire.framing.ndjson import LineFramer
from streamkit.wire.framing.sse import EventFramer

from .measure import Cpu

Run = Callable[[int], Coroutine[None, None, float]]
"""Takes a size, and returns the seconds of CPU."""


class Story(BaseModel):
    """The typed answer."""

    words: list[int] = []
    parts: list[list[int]] = []
    text: str = ""
    map: dict[str, int] = {}


def _list(size: int) -> str:
    return f'{{"words": [{",".join("1" * (size // 2))}]}}'


def _nested(size: int) -> str:
    return f'{{"parts": [[{",".join("1" * (size // 2))}]]}}'


def _map(size: int) -> str:
    return '{"map": {' + ",".join(f'"{at:05}":1' for at in range(size // 10)) + "}}"


def _string(size: int) -> str:
    return f'{{"text": "{"a" * size}"}}'


def _broken(size: int) -> str:
    return '{"words": [1, x ' * (size // 16)


def _calls(size: int) -> list[sk.Chunk]:
    return [sk.Chunk(tool_calls=(sk.ToolCallDelta(0, arguments=character),)) for character in _list(size)]


def operated(make: Callable[[], Any], text: Callable[[int], Any]) -> Run:
    """Return what feeds an operator character by character, and holds the last element, as a loop does."""

    async def run(size: int) -> float:
        elements, last = list(text(size)), list[object]()

        def take(element: object) -> None:
            last[:] = [element]

        with Cpu() as cpu:
            rx.from_iterable(elements).pipe(make()).subscribe(take, _ignore)
        return cpu.seconds

    return run


def read_calls(name: str) -> Run:
    """Return what reads an attribute of a partial call at each delta."""

    async def run(size: int) -> float:
        calls, chunks, last = PartialToolCalls(), _calls(size), None
        with Cpu() as cpu:
            for chunk in chunks:
                for call in calls.feed(chunk):
                    last = getattr(call, name)
        assert last is not None
        return cpu.seconds

    return run


async def read_content(size: int) -> float:
    """Read the text so far at each chunk."""
    fold, chunks, text = Fold(), [[sk.Chunk(content="word ")] for _ in range(size)], ""
    with Cpu() as cpu:
        for chunk in chunks:
            fold.add(chunk)
            text = fold.content
    assert len(text) == 5 * size
    return cpu.seconds


def framed(make: Callable[[], Any], body: Callable[[int], bytes]) -> Run:
    """Return what feeds a framer byte by byte."""

    async def run(size: int) -> float:
        framer, reads = make(), [bytes([each]) for each in body(size)]
        with Cpu() as cpu:
            for read in reads:
                framer.feed(read)
        return cpu.seconds

    return run


async def many_calls(size: int) -> float:
    """Take the deltas of so many calls, each whole, and the calls that they complete."""
    calls, found = ToolCalls(), 0
    chunks = [sk.Chunk(tool_calls=(sk.ToolCallDelta(at, f"{at}", "look_up", "{}"),)) for at in range(size)]
    with Cpu() as cpu:
        for chunk in chunks:
            calls.feed(chunk)
            found += len(calls.completed())
    assert found == size - 1
    return cpu.seconds


def subscribed(*, oldest_first: bool | None) -> Run:
    """Return what subscribes so often, and leaves in that order or the reverse; None to stay until the end."""

    async def run(size: int) -> float:
        stream = Script([*chat_events("Io", "Europa")[:2], 0.5, *chat_events("Io", "Europa")[1:]]).stream()
        with Cpu() as cpu:
            found = [stream.subscribe(_ignore, _ignore) for _ in range(size // 4)]
            if oldest_first is None:
                await stream
            else:
                await asyncio.sleep(0.005)  # the readers catch up
                for each in found if oldest_first else found[::-1]:
                    each.dispose()
            await stream.wait_closed()
        return cpu.seconds

    return run


def _ignore(_: Any) -> None:
    pass


def _word(size: int) -> str:
    return "a" * size


def _numbers(size: int) -> str:
    return "".join(map(str, range(size)))[:size]


def _sse(size: int) -> bytes:
    return b"data: " + b"a" * size


def _ndjson(size: int) -> bytes:
    return b'{"a": "' + b"a" * size


def _array(size: int) -> bytes:
    return b'[{"a": "' + b"a" * size


def _text_chunks(size: int) -> list[sk.Chunk]:
    return [sk.Chunk(content=each) for each in itertools.repeat("word ", size)]


# What is measured, the exponent on 30 November 2026 where it was above the goal, and how.
ROWS: list[tuple[str, float | None, Run]] = [
    ("partial, a list", 1.65, operated(lambda: ops.partial(Story), _list)),
    ("partial, a list in a list", 1.65, operated(lambda: ops.partial(Story), _nested)),
    ("partial, a map", 1.83, operated(lambda: ops.partial(Story), _map)),
    ("partial, a text", None, operated(lambda: ops.partial(Story), _string)),
    ("fields, a list", None, operated(lambda: ops.fields(Story), _list)),
    ("fields, a text", None, operated(lambda: ops.fields(Story), _string)),
    ("items, a list", None, operated(lambda: ops.items(int), _list)),
    ("until_valid, a list", None, operated(lambda: ops.until_valid(Story), _list)),
    ("until_valid, JSON that breaks", None, operated(lambda: ops.until_valid(Story), _broken)),
    ("PartialToolCall.arguments at each delta", 2.03, read_calls("arguments")),
    ("PartialToolCall.arguments_text at each delta", 2.03, read_calls("arguments_text")),
    ("content at each chunk", 1.43, read_content),
    ("words, one endless word", 1.26, operated(ops.words, _word)),
    ("sentences, one endless word", None, operated(ops.sentences, _word)),
    ("lines, one endless line", None, operated(ops.lines, _word)),
    ("paragraphs, one endless line", None, operated(ops.paragraphs, _word)),
    ("code_blocks, one endless block", None, operated(ops.code_blocks, lambda size: "```py\n" + "a" * size)),
    ("until_repeating", None, operated(ops.until_repeating, _numbers)),
    ("coalesce", None, operated(ops.coalesce, _word)),
    ("join", None, operated(ops.join, _word)),
    ("batch, by chunks of text", None, operated(lambda: ops.batch(count=7), _text_chunks)),
    ("subscribe, leave oldest first", 1.88, subscribed(oldest_first=True)),
    ("subscribe, leave newest first", 1.88, subscribed(oldest_first=False)),
    ("subscribe, stay", 1.43, subscribed(oldest_first=None)),
    ("many tool calls", None, many_calls),
    ("SSE, one endless event", None, framed(EventFramer, _sse)),
    ("NDJSON, one endless line", None, framed(LineFramer, _ndjson)),
    ("JSON array, one endless element", None, framed(ArrayFramer, _array)),
]
