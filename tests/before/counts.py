"""Count what a warm call costs, a chunk, a call and a subscriber: ``PYTHONHASHSEED=0 python -m tests.before.counts``.

Every call is played by ``streamkit.testing.Script`` in this process, in virtual time, on one event loop: no clock and
no socket has a say. It uses public names alone, so it runs unchanged on any state of the tree. Figures are compared
on one Python with one set of packages.

- Calls: events ``call`` of ``sys.setprofile``, that is, each time a Python function is entered or a generator or
  coroutine goes on, in this thread; "streamkit" counts those whose code stands in streamkit but not in
  ``streamkit.testing``, "all" also those of the standard library, reactivex and others. "C" counts calls of C
  functions made from streamkit.
- Memory: ``tracemalloc``. "blocks" and "bytes" are what is still held of the code of streamkit (``streamkit.testing``
  left out), at the end of the call, while the stream is held; "peak" is the most that all code held at a time beyond
  what was held before, with the garbage collector off. Python keeps no count of blocks that were freed at once.
- "streamkit" and "C" are the same in every run. "all" differs by up to 2 % for a call (timers of the loop), the bytes
  by up to 2 %, and the peak by up to 6 %.
- What a subscriber costs grows with how many there are at a time: the figure is that of one more among 200 to 400.
- A figure is the difference of a long and a short run, divided by the difference of their lengths: what begins and
  ends a run takes no part in it.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
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

PACKAGE = str(Path(sk.__file__).parent)
TESTING = str(Path(PACKAGE) / "testing")
SHORT, LONG = 200, 400
Run = Callable[[int], Awaitable[object]]


class Story(BaseModel):
    """What the typed answers are."""

    words: list[str]


def look_up(moon: str) -> str:
    """Look a moon up."""
    return moon


# What is run: each takes a length, and returns what has to be held while memory is read.


async def awaited(chunks: int) -> object:
    stream = texts(chunks).stream()
    await stream
    return stream


async def looped(chunks: int) -> object:
    stream = texts(chunks).stream()
    async for _ in stream:
        pass
    return stream


async def pushed(chunks: int) -> object:
    return await subscribed(texts(chunks).stream())


async def replayed(chunks: int) -> object:
    """Read again what has been read: the cost of a second reader of a whole log."""
    stream = texts(chunks).stream()
    await stream
    return await subscribed(stream)


def piped(*operators: Any) -> Run:
    async def run(chunks: int) -> object:
        stream = texts(chunks).stream()
        await subscribed(stream.pipe(*operators))
        return stream

    return run


async def in_fields(chunks: int) -> object:
    parts = ['{"words": ["', *(f'word {at}", "' for at in range(chunks)), 'end"]}']
    stream = Script(chat_events(*parts)).stream()
    await subscribed(stream.pipe(ops.partial(Story)))
    return stream


async def of_tools(chunks: int) -> object:
    fragments = [{"index": 0, "function": {"arguments": f"{at % 10}"}} for at in range(chunks)]
    start = {"index": 0, "id": "call_0", "type": "function", "function": {"name": "look_up", "arguments": '{"moon": "'}}
    deltas: list[dict[str, Any]] = [start, *fragments, {"index": 0, "function": {"arguments": '"}'}}]
    events = [*(chat_event({"tool_calls": [each]}) for each in deltas), chat_event({}, finish="tool_calls")]
    stream = Script([*events, b"data: [DONE]\n\n"]).stream(tools=[look_up])
    async for _ in stream:
        pass
    return stream


async def calls(many: int) -> object:
    script = texts(1)
    return [await each for each in [script.stream() for _ in range(many)]]


async def pushed_calls(many: int) -> object:
    script, held = texts(1), list[object]()
    for _ in range(many):
        held.append(await subscribed(script.stream()))
    return held


async def stopped_calls(many: int) -> object:
    script, held = Script([*chat_events("Io", "Europa")[:3], None]), list[object]()
    for _ in range(many):
        stream = script.stream()
        async for chunk, _tool in stream:
            if chunk.content:
                break
        await stream.wait_closed()
        held.append(stream)
    return held


async def tool_calls(many: int) -> object:
    script, held = Script(chat_tool_events(("look_up", '{"moon": "Io"}'))), list[object]()
    for _ in range(many):
        stream = script.stream(tools=[look_up])
        async for _chunk, tool in stream:
            if tool:
                tool.call()
        held.append(stream)
    return held


async def retried_calls(many: int) -> object:
    script, held = texts(1), list[object]()
    for _ in range(many):
        stream = sk.retry(script.stream(), attempts=2, wait=0)
        await stream
        held.append(stream)
    return held


def over_http(name: str, events: list[bytes]) -> Callable[[], sk.Stream]:
    """Return what asks a provider through its real SDK, which a transport answers inside this process."""
    sdk: Any = importlib.import_module(name)
    http = sdk.DefaultAsyncHttpxClient(transport=FaultTransport(plan("none", events)))
    client = getattr(sdk, "AsyncOpenAI" if name == "openai" else "AsyncAnthropic")(api_key="none", http_client=http)
    return lambda: sk.stream(f"{name}/m", "Which moon?", client=client)


async def openai_calls(many: int) -> object:
    ask = over_http("openai", chat_events("Io"))
    return [await each for each in [ask() for _ in range(many)]]


async def anthropic_calls(many: int) -> object:
    ask = over_http("anthropic", anthropic_events("Io"))
    return [await each for each in [ask() for _ in range(many)]]


async def openai_chunks(chunks: int) -> object:
    stream = over_http("openai", chat_events(*["word "] * chunks))()
    await stream
    return stream


async def typed_calls(many: int) -> object:
    http: Any = openai.DefaultAsyncHttpxClient(transport=FaultTransport(plan("none", chat_events('{"words": ["Io"]}'))))
    client = openai.AsyncOpenAI(api_key="none", http_client=http)

    @sk.call("openai/m", response_model=Story, client=client)
    def ask() -> str:
        return "Which moon?"

    flows = [ask() for _ in range(many)]
    for flow in flows:
        assert [each async for each in flow][-1].words == ["Io"]
    return flows


async def subscribers(many: int) -> object:
    stream = texts(1).stream()
    await asyncio.gather(*[subscribed(stream) for _ in range(many)])
    return stream


async def readers(many: int) -> object:
    async def read() -> None:
        async for _ in stream:
            pass

    stream = texts(1).stream()
    await asyncio.gather(*[read() for _ in range(many)])
    return stream


async def late_subscribers(many: int) -> object:
    stream = texts(1).stream()
    await stream
    for _ in range(many):
        await subscribed(stream)
    return stream


def texts(chunks: int) -> Script:
    return Script(chat_events(*["word "] * chunks))


def ignore(_: object) -> None:
    """Take an element, and do nothing."""


async def subscribed(source: Any) -> object:
    done = asyncio.get_running_loop().create_future()
    source.subscribe(ignore, done.set_exception, lambda: done.set_result(None))
    await done
    return source


ROWS: dict[str, list[tuple[str, Run]]] = {
    "chunk": [
        ("await stream", awaited),
        ("await, openai's SDK", openai_chunks),
        ("async for", looped),
        ("subscribe", pushed),
        ("read, then subscribe", replayed),
        ("text", piped(ops.text())),
        ("text, sentences", piped(ops.text(), ops.sentences())),
        ("text, until", piped(ops.text(), ops.until("no such word"))),
        ("text, batch", piped(ops.text(), ops.batch(count=5))),
        ("partial", in_fields),
        ("a tool's arguments", of_tools),
    ],
    "call": [
        ("await stream", calls),
        ("subscribe", pushed_calls),
        ("left early", stopped_calls),
        ("one tool", tool_calls),
        ("retry, not needed", retried_calls),
        ("await, openai's SDK", openai_calls),
        ("await, anthropic's SDK", anthropic_calls),
        ("response_model, openai's", typed_calls),
    ],
    "subscriber": [
        ("subscribe, one call", subscribers),
        ("async for, one call", readers),
        ("subscribe, after its end", late_subscribers),
    ],
}


@dataclass
class Counts:
    """What one run has cost."""

    ours: int = 0
    all: int = 0
    c: int = 0
    blocks: int = 0
    bytes: int = 0
    peak: int = 0

    def less(self, other: Counts, by: int) -> list[float]:
        """Return the figures less those of a shorter run, each divided."""
        return [(one - two) / by for one, two in zip(vars(self).values(), vars(other).values(), strict=True)]


def is_ours(file: str) -> bool:
    return file.startswith(PACKAGE) and not file.startswith(TESTING)


def count_calls(run: Run, length: int, counts: Counts) -> None:
    ours: dict[Any, bool] = {}

    def profile(frame: Any, event: str, _: object) -> None:
        code = frame.f_code
        if code not in ours:
            ours[code] = is_ours(code.co_filename)
        if event == "call":
            counts.all += 1
            counts.ours += ours[code]
        elif event == "c_call":
            counts.c += ours[code]

    async def profiled() -> None:
        sys.setprofile(profile)
        try:
            await run(length)
        finally:
            sys.setprofile(None)

    run_in_virtual_time(profiled())


def count_memory(run: Run, length: int, counts: Counts) -> None:
    async def traced() -> None:
        gc.collect()
        gc.disable()
        tracemalloc.start()
        try:
            held = await run(length)
            counts.peak = tracemalloc.get_traced_memory()[1]
            gc.enable()
            gc.collect()
            statistics = tracemalloc.take_snapshot().statistics("filename")
            del held
        finally:
            tracemalloc.stop()
            gc.enable()
        ours = [each for each in statistics if is_ours(each.traceback[0].filename)]
        counts.blocks, counts.bytes = sum(each.count for each in ours), sum(each.size for each in ours)

    run_in_virtual_time(traced())


def counted(run: Run, length: int) -> Counts:
    counts = Counts()
    count_calls(run, length, counts)
    count_memory(run, length, counts)
    return counts


def main() -> None:
    """Print a row for each way of reading."""
    print(f"Python {sys.version.partition(' ')[0]}; the difference of {LONG} and {SHORT}, for one each")
    print(f"{'one':11} {'read by':26} {'streamkit':>10} {'all':>8} {'C':>8} {'blocks':>8} {'bytes':>9} {'peak':>9}")
    for one, runs in ROWS.items():
        for name, run in runs:
            asyncio.run(_await(run, 1))  # imports that are made in a thread take time, which virtual time jumps over
            run_in_virtual_time(_await(run, LONG))  # caches, free lists
            figures = counted(run, LONG).less(counted(run, SHORT), LONG - SHORT)
            shown = zip(figures, ("10.2f", "8.2f", "8.2f", "8.1f", "9.0f", "9.0f"), strict=True)
            print(f"{one:11} {name:26} {' '.join(f'{each:{form}}' for each, form in shown)}", flush=True)


async def _await(run: Run, length: int) -> None:
    await run(length)


if __name__ == "__main__":
    main()
