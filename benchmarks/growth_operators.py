"""The rows of ``growth`` for operators that look at a stream, fold it or run its tools, and for arguments in parts."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import reactivex as rx
from reactivex.testing import TestScheduler

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import gemini_event
from streamkit.wire import open_decoder

from .growth_streams import Run, operated
from .measure import Cpu


def _texts(size: int) -> list[sk.Chunk]:
    end = sk.Chunk(finish_reasons=["stop"], usage=sk.Usage(7, 2))
    return [*(sk.Chunk(content="word ") for _ in range(size)), end]


def _fragments(size: int) -> list[sk.Chunk]:
    """Write one tool call in so many fragments."""
    start = sk.Chunk(tool_calls=(sk.ToolCallDelta(0, "call_0", "look_up", '{"moon": "'),))
    deltas = [sk.Chunk(tool_calls=(sk.ToolCallDelta(0, arguments="a"),)) for _ in range(size)]
    end = sk.Chunk(tool_calls=(sk.ToolCallDelta(0, arguments='"}', complete=True),), finish_reasons=["tool_calls"])
    return [start, *deltas, end]


def _calls(size: int) -> list[sk.Chunk]:
    """Write so many tool calls."""
    calls = [sk.ToolCallDelta(at, f"call_{at}", "look_up", '{"moon": "Io"}', complete=True) for at in range(size)]
    return [*(sk.Chunk(tool_calls=(each,)) for each in calls), sk.Chunk(finish_reasons=["tool_calls"])]


def _sentences(size: int) -> str:
    return "Io is hot. " * (size // 11)


def _word(size: int) -> str:
    return "a" * size


def _allow(_new: str, _so_far: str) -> bool:
    return True


async def look_up(moon: str) -> str:
    """Look a moon up."""
    return moon


def _ignore(_: object) -> None:
    """Take an element, and do nothing."""


def _read(name: str) -> Run:
    """Return what reads an attribute of each Response so far."""

    async def run(size: int) -> float:
        with Cpu() as cpu:
            rx.from_iterable(_texts(size)).pipe(ops.responses()).subscribe(lambda response: getattr(response, name))
        return cpu.seconds

    return run


async def _saved(size: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return await operated(lambda: ops.save(Path(folder) / "chunks.jsonl", flush=False), _texts)(size)


def _paced(text: Callable[[int], str]) -> Run:
    """Return what feeds ``smooth`` character by character, in virtual time, and lets all of it out."""

    async def run(size: int) -> float:
        clock, characters, emitted = TestScheduler(), list(text(size)), list[str]()
        with Cpu() as cpu:
            source: rx.Observable[str] = rx.from_iterable(characters)
            smooth: Any = ops.smooth(chars_per_second=1e6, max_lag=1)
            source.pipe(smooth).subscribe(emitted.append, scheduler=clock)
            clock.start()
        assert "".join(emitted) == "".join(characters)
        return cpu.seconds

    return run


async def _ran(size: int) -> float:
    """Run so many tools."""
    done, results = asyncio.get_running_loop().create_future(), list[object]()
    with Cpu() as cpu:
        source: Any = rx.from_iterable(_calls(size))
        source.pipe(ops.run_tools(look_up)).subscribe(results.append, done.set_exception, lambda: done.set_result(None))
        await done
    assert len(results) == size
    return cpu.seconds


def _gemini(value: Callable[[int], dict[str, Any]]) -> Run:
    """Return what decodes a tool call of Gemini's with so many values in its arguments."""

    async def run(size: int) -> float:
        begin = gemini_event({"functionCall": {"name": "look_up", "willContinue": True}})
        parts = [{"functionCall": {"partialArgs": [value(at)], "willContinue": True}} for at in range(size)]
        events, decoder, found = [begin, *map(gemini_event, parts)], open_decoder("gemini.generate_content"), 0
        with Cpu() as cpu:
            for event in events:
                found += len(decoder.feed(event))
        assert found == size + 1, decoder.error
        return cpu.seconds

    return run


def _growing(_: int) -> dict[str, Any]:
    return {"jsonPath": "$.text", "stringValue": "word ", "willContinue": True}


def _item(at: int) -> dict[str, Any]:
    return {"jsonPath": f"$.moons[{at}].name", "stringValue": "Io"}


def _field(at: int) -> dict[str, Any]:
    return {"jsonPath": f"$[{json.dumps(f'moon {at}')}]", "numberValue": at}


ROWS: list[tuple[str, float | None, Run]] = [
    ("meter", None, operated(lambda: ops.meter(_ignore), _texts)),
    ("save", None, _saved),
    ("to_response", None, operated(ops.to_response, _texts)),
    ("responses", None, operated(ops.responses, _texts)),
    ("responses, content of each", None, _read("content")),
    ("responses, the message of each", None, _read("message_param")),
    ("events, texts", None, operated(ops.events, _texts)),
    ("events, one tool's arguments", None, operated(ops.events, _fragments)),
    ("events, many tools", None, operated(ops.events, _calls)),
    ("guard, sentences", None, operated(lambda: ops.guard(_allow), _sentences)),
    ("guard, one endless word", None, operated(lambda: ops.guard(_allow), _word)),
    ("guard(every=5), chunks", None, operated(lambda: ops.guard(_allow, every=5), _texts)),
    ("smooth, words", None, _paced(_sentences)),
    ("smooth, one endless word", None, _paced(_word)),
    ("run_tools, many tools", None, _ran),
    ("run_tools, one tool's arguments", None, operated(lambda: ops.run_tools(look_up), _fragments)),
    ("Gemini, one long argument", None, _gemini(_growing)),
    ("Gemini, a list of objects", None, _gemini(_item)),
    ("Gemini, many arguments", None, _gemini(_field)),
]
