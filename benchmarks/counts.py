"""Count what a warm call costs: Python calls and memory of a chunk, an event, an operator, a call and a subscriber.

``python -m benchmarks counts`` prints the table beside the one that is kept, ``counts.json``; ``PYTHONHASHSEED=0 python
-m benchmarks.counts`` prints the figures as JSON, to take its place. ``tests/test_counts.py`` compares the two.

Every call is played by ``streamkit.testing.Script`` in this process, in virtual time, on one event loop: no clock and
no socket has a say. Figures are compared on one Python with one set of packages.

- Calls: events ``call`` of ``sys.setprofile``, that is, each time a Python function is entered or a generator or
  coroutine goes on, in this thread; "streamkit" counts those whose code stands in streamkit but not in
  ``streamkit.testing``, "all" also those of the standard library, reactivex and others. "C" counts calls of C
  functions made from streamkit.
- Allocations: "held" is how many blocks of Python's allocator are still in use at the end of the call, while the stream
  is held, whoever has made them (``sys.getallocatedblocks``); in three rows others keep more or less of them.
- Memory: ``tracemalloc``. "blocks" and "bytes" are what is still held of the code of streamkit (``streamkit.testing``
  left out), at the end of the call, while the stream is held; "peak" is the most that all code held at a time beyond
  what was held before, with the garbage collector off. Python keeps no count of blocks that were freed at once.
- "streamkit" and "C" are the same in every run, and "held" but for a tenth of a block. "all" differs by up to 2 % for a
  call (timers of the loop), the bytes by up to 2 %, and the peak by up to 6 %.
- What a subscriber costs grows with how many there are at a time: the figure is that of one more among 50 to 100.
- A figure is the difference of a long and a short run, divided by the difference of their lengths: what begins and
  ends a run takes no part in it.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import importlib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import openai
import reactivex as rx
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import (
    FaultTransport,
    Script,
    anthropic_events,
    chat_event,
    chat_events,
    chat_tool_events,
    plan,
    run_in_virtual_time,
)

from .counting import COLUMNS, Run, counted, held_blocks
from .table import Report

KEPT = Path(__file__).with_name("counts.json")
PACKAGES = ("reactivex", "msgspec", "pydantic", "structlog")
SDKS = ("openai", "anthropic", "httpx", "httpx2")
"""The packages that the counts depend on: all of them, and those of a row that goes through an SDK."""
SHORT, LONG = 50, 100
FOLDER = Path(tempfile.mkdtemp(prefix="streamkit-counts-"))
"""For the recordings, which are taken away at the end."""
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
KEPT_COLUMNS = ("streamkit", "C", "held")
UNSTEADY = {"chunk: await, recorded", "chunk: await, in a black box", "chunk: await, openai's SDK"}
"""The rows whose held blocks are not the same in every run."""


class Story(BaseModel):
    """What the typed answers are."""

    words: list[str]


def look_up(moon: str) -> str:
    """Look a moon up."""
    return moon


# What is run: each takes a length, and returns what has to be held while memory is read.


async def _awaited(chunks: int) -> object:
    stream = _texts(chunks).stream()
    await stream
    return stream


async def _recorded(chunks: int) -> object:
    stream = _texts(chunks).stream(record=FOLDER)
    await stream
    return stream


async def _held(chunks: int) -> object:
    """Await a call that a black box records in memory, and forgets at its end."""
    stream = _texts(chunks).stream(record=sk.recording(FOLDER, when="failed"))
    await stream
    return stream


async def _looped(chunks: int) -> object:
    stream = _texts(chunks).stream()
    async for _ in stream:
        pass
    return stream


async def _pushed(chunks: int) -> object:
    return await _subscribed(_texts(chunks).stream())


async def _replayed(chunks: int) -> object:
    """Read again what has been read: the cost of a second reader of a whole log."""
    stream = _texts(chunks).stream()
    await stream
    return await _subscribed(stream)


def _piped(*operators: Any) -> Run:
    async def run(chunks: int) -> object:
        stream = _texts(chunks).stream()
        await _subscribed(stream.pipe(*operators))
        return stream

    return run


async def _in_fields(chunks: int) -> object:
    parts = ['{"words": ["', *(f'word {at}", "' for at in range(chunks)), 'end"]}']
    stream = Script(chat_events(*parts)).stream()
    await _subscribed(stream.pipe(ops.partial(Story)))
    return stream


async def _of_tools(chunks: int) -> object:
    fragments = [{"index": 0, "function": {"arguments": f"{at % 10}"}} for at in range(chunks)]
    start = {"index": 0, "id": "call_0", "type": "function", "function": {"name": "look_up", "arguments": '{"moon": "'}}
    deltas: list[dict[str, Any]] = [start, *fragments, {"index": 0, "function": {"arguments": '"}'}}]
    events = [*(chat_event({"tool_calls": [each]}) for each in deltas), chat_event({}, finish="tool_calls")]
    stream = Script([*events, b"data: [DONE]\n\n"]).stream(tools=[look_up])
    async for _ in stream:
        pass
    return stream


def _decoded(api: str, *, cut: bool = False) -> Run:
    """Return what decodes an answer of so many events, as one read each or in two."""

    async def run(chunks: int) -> object:
        write = anthropic_events if api.startswith("anthropic") else chat_events
        decoder, events = sk.wire.decoder(api), write(*["word "] * chunks)
        for event in events:
            for part in (event[:9], event[9:]) if cut else (event,):
                decoder.feed(part)
        return decoder

    return run


def _operated(make: Callable[[], Any]) -> Run:
    """Return what one operator does with texts that come from a list."""

    async def run(chunks: int) -> object:
        rx.from_iterable(["word "] * chunks).pipe(make()).subscribe(_ignore)
        return None

    return run


def _redact() -> Any:
    made: Callable[[rx.Observable[str]], rx.Observable[str]] = ops.redact(ops.patterns.ALL)
    return made


def _until() -> Any:
    made: Callable[[rx.Observable[str]], rx.Observable[str]] = ops.until(re.compile(r"\d+\."))
    return made


def _until_text() -> Any:
    made: Callable[[rx.Observable[str]], rx.Observable[str]] = ops.until("no such word")
    return made


async def _calls(many: int) -> object:
    script = _texts(1)
    return [await each for each in [script.stream() for _ in range(many)]]


async def _pushed_calls(many: int) -> object:
    script, held = _texts(1), list[object]()
    for _ in range(many):
        held.append(await _subscribed(script.stream()))
    return held


async def _stopped_calls(many: int) -> object:
    script, held = Script([*chat_events("Io", "Europa")[:3], None]), list[object]()
    for _ in range(many):
        stream = script.stream()
        async for chunk, _tool in stream:
            if chunk.content:
                break
        await stream.wait_closed()
        held.append(stream)
    return held


async def _tool_calls(many: int) -> object:
    script, held = Script(chat_tool_events(("look_up", '{"moon": "Io"}'))), list[object]()
    for _ in range(many):
        stream = script.stream(tools=[look_up])
        async for _chunk, tool in stream:
            if tool:
                tool.call()
        held.append(stream)
    return held


async def _retried_calls(many: int) -> object:
    script, held = _texts(1), list[object]()
    for _ in range(many):
        stream = sk.retry(script.stream(), attempts=2, wait=0)
        await stream
        held.append(stream)
    return held


def _over_http(name: str, events: list[bytes]) -> Callable[[], sk.Stream]:
    """Return what asks a provider through its real SDK, which a transport answers inside this process."""
    sdk: Any = importlib.import_module(name)
    http = sdk.DefaultAsyncHttpxClient(transport=FaultTransport(plan("none", events)))
    client = getattr(sdk, "AsyncOpenAI" if name == "openai" else "AsyncAnthropic")(api_key="none", http_client=http)
    return lambda: sk.stream(f"{name}/m", "Which moon?", client=client)


async def _openai_calls(many: int) -> object:
    ask = _over_http("openai", chat_events("Io"))
    return [await each for each in [ask() for _ in range(many)]]


async def _anthropic_calls(many: int) -> object:
    ask = _over_http("anthropic", anthropic_events("Io"))
    return [await each for each in [ask() for _ in range(many)]]


async def _openai_chunks(chunks: int) -> object:
    stream = _over_http("openai", chat_events(*["word "] * chunks))()
    await stream
    return stream


async def _typed_calls(many: int) -> object:
    http: Any = openai.DefaultAsyncHttpxClient(transport=FaultTransport(plan("none", chat_events('{"words": ["Io"]}'))))
    client = openai.AsyncOpenAI(api_key="none", http_client=http)

    @sk.call("openai/m", response_model=Story, client=client)
    def ask() -> str:
        return "Which moon?"

    flows = [ask() for _ in range(many)]
    for flow in flows:
        assert [each async for each in flow][-1].words == ["Io"]
    return flows


async def _subscribers(many: int) -> object:
    stream = _texts(1).stream()
    await asyncio.gather(*[_subscribed(stream) for _ in range(many)])
    return stream


async def _readers(many: int) -> object:
    async def read() -> None:
        async for _ in stream:
            pass

    stream = _texts(1).stream()
    await asyncio.gather(*[read() for _ in range(many)])
    return stream


async def _late_subscribers(many: int) -> object:
    stream = _texts(1).stream()
    await stream
    for _ in range(many):
        await _subscribed(stream)
    return stream


def _texts(chunks: int) -> Script:
    return Script(chat_events(*["word "] * chunks))


def _ignore(_: object) -> None:
    """Take an element, and do nothing."""


async def _subscribed(source: Any) -> object:
    done = asyncio.get_running_loop().create_future()
    source.subscribe(_ignore, done.set_exception, lambda: done.set_result(None))
    await done
    return source


ROWS: dict[str, list[tuple[str, Run]]] = {
    "chunk": [
        ("await stream", _awaited),
        ("await, openai's SDK", _openai_chunks),
        ("await, recorded", _recorded),
        ("await, in a black box", _held),
        ("async for", _looped),
        ("subscribe", _pushed),
        ("read, then subscribe", _replayed),
        ("text", _piped(ops.text())),
        ("text, sentences", _piped(ops.text(), ops.sentences())),
        ("text, until", _piped(ops.text(), ops.until("no such word"))),
        ("text, batch", _piped(ops.text(), ops.batch(count=5))),
        ("partial", _in_fields),
        ("a tool's arguments", _of_tools),
    ],
    "event": [
        ("openai.chat", _decoded("openai.chat")),
        ("openai.chat, two reads", _decoded("openai.chat", cut=True)),
        ("anthropic.messages", _decoded("anthropic.messages")),
    ],
    "operator": [
        ("batch(count=5)", _operated(lambda: ops.batch(count=5))),
        ("coalesce", _operated(ops.coalesce)),
        ("join", _operated(ops.join)),
        ("lines", _operated(ops.lines)),
        ("paragraphs", _operated(ops.paragraphs)),
        ("redact, patterns.ALL", _operated(_redact)),
        ("sentences", _operated(ops.sentences)),
        ("until a text", _operated(_until_text)),
        ("until a pattern", _operated(_until)),
        ("until_repeating", _operated(ops.until_repeating)),
        ("words", _operated(ops.words)),
    ],
    "call": [
        ("await stream", _calls),
        ("subscribe", _pushed_calls),
        ("left early", _stopped_calls),
        ("one tool", _tool_calls),
        ("retry, not needed", _retried_calls),
        ("await, openai's SDK", _openai_calls),
        ("await, anthropic's SDK", _anthropic_calls),
        ("response_model, openai's", _typed_calls),
    ],
    "subscriber": [
        ("subscribe, one call", _subscribers),
        ("async for, one call", _readers),
        ("subscribe, after its end", _late_subscribers),
    ],
}


def figures(*, memory: bool = False) -> dict[str, dict[str, float]]:
    """Count every row; the keys are what is counted one of, and how it is read.

    Args:
        memory: True to measure memory too, which takes six times as long.
    """
    found: dict[str, dict[str, float]] = {}
    rows = [(f"{one}: {name}", run) for one, runs in ROWS.items() for name, run in runs]
    for name, run in sorted(rows, key=lambda row: row[0] in UNSTEADY):  # which also disturb what follows
        asyncio.run(_await(run, 1))  # imports that are made in a thread take time, which virtual time jumps over
        run_in_virtual_time(_await(run, LONG))  # caches, free lists
        gc.freeze()  # so that to collect what a run leaves does not look at all modules each time
        less = counted(run, LONG, memory=memory).less(counted(run, SHORT, memory=memory), LONG - SHORT)
        row = dict(zip(COLUMNS, less, strict=True)) | {"held": held_blocks(run, SHORT, LONG)}
        found[name] = {key: round(value, 2) for key, value in row.items()}
    return found


def versions() -> dict[str, str]:
    """Return what the counts depend on beside the code: Python's minor version, and versions of packages."""
    return {"Python": ".".join(sys.version.split(".")[:2])} | {name: version(name) for name in PACKAGES + SDKS}


def main(*, quick: bool) -> list[Report]:
    """Count every row, and show it beside what is kept."""
    kept = json.loads(KEPT.read_text())
    report = Report("Counts, one of each", ("one", *COLUMNS, "streamkit, kept", "C, kept"))
    for name, row in figures(memory=not quick).items():
        before = kept["rows"].get(name, {})
        report.rows.append((name, *row.values(), before.get("streamkit", ""), before.get("C", "")))
    if kept["versions"] != versions():
        report.notes.append(f"the table that is kept is of {kept['versions']}")
    return [report]


def rows_to_keep() -> dict[str, dict[str, float]]:
    """Count every row; only the figures that are the same in every run, or nearly."""
    return {
        name: {key: row[key] for key in KEPT_COLUMNS if key != "held" or name not in UNSTEADY}
        for name, row in figures().items()
    }


async def _await(run: Run, length: int) -> None:
    await run(length)


if __name__ == "__main__":
    print(json.dumps({"versions": versions(), "rows": rows_to_keep()}, indent=1))
