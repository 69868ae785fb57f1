"""The 17 pitfalls that a prototype of this core fell into, by their numbers in its report.

| no. | what went wrong | its test |
|---|---|---|
| P1 | a task cancelled before its first step never closed | here; laws/test_law04: `..._before_the_first_step_...` |
| P2 | a body left open after the sentinel; one connection a call | providers/test_openai_connections.py |
| P3 | disposing inside on_next, from a thread, before the headers | laws/test_law04; test_openai_connections.py |
| P4 | a cancelled await that was not closed yet | laws/test_law04: `test_a_cancelled_await_has_closed_...` |
| P5 | one reader's gate leaked into another's inner subscriptions | laws/test_law06: `test_a_gate_holds_back_...` |
| P6 | inner sources became asynchronous and ran past the gate | here |
| P7 | stock operators between a gate and the source | laws/test_law06: `test_the_gate_reaches_...`; here |
| P8 | readers on other loops and threads | laws/test_law09; doors/test_sync.py |
| P9 | the loop that owns the call ends while others read | here |
| P10 | the SDK was imported on the loop | laws/test_law09: `test_importing_the_sdk_...` |
| P11 | Ctrl-C left the call running | doors/test_sync.py: `test_ctrl_c_...` |
| P12 | the interpreter's end hung or made noise | doors/test_sync.py: `test_the_interpreters_end_...`; here |
| P13 | a forked child: its loop, live calls, copy of the socket | here; doors/test_sync.py: `test_after_a_fork_...` |
| P14 | sync doors inside a running loop | laws/test_law09: `test_sync_doors_raise_...` |
| P15 | recursion: subscribing in on_next, many retries, long chains | laws/test_law01, _law03; test_long_chains.py |
| P16 | two tools of one chunk printed its text twice | laws/test_law08: `test_two_tools_...`; law10 |
| P17 | leaving a Flow could not be awaited | laws/test_law04: `test_a_flow_can_be_closed_...`; test_flow.py |
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as rxops

import streamkit as sk
from streamkit.testing import FaultServer, Script, chat_event, chat_events, plan
from tests.programs import SAFETY, started

ENDLESS = [chat_event({"content": "word "})] * 3000
SILENT = [*chat_events("Eu", "ropa")[:3], None]


def program(code: str, *arguments: str) -> tuple[int, str, str]:
    """Run a program of its own, in which a warning is an error."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SAFETY, check=False)
    return done.returncode, done.stdout, done.stderr


async def test_p1_a_call_whose_task_is_cancelled_before_its_first_step_ends() -> None:
    script = Script(SILENT)
    stream, ends = script.stream(), list[Exception]()
    before = asyncio.all_tasks()
    stream.subscribe(on_error=ends.append)
    for task in asyncio.all_tasks() - before:
        task.cancel()
    while stream.open or not ends:
        await asyncio.sleep(0)
    assert (script.opened, stream.state, stream.open) == (0, "stopped", False)
    assert [type(end) for end in ends] == [sk.StoppedError]


def test_p1_a_loop_that_ends_in_the_same_turn_ends_its_call() -> None:
    stream, ends = Script(SILENT).stream(), list[Exception]()

    async def main() -> None:
        stream.subscribe(on_error=ends.append)

    asyncio.run(main())
    assert (stream.state, stream.open, [type(end) for end in ends]) == ("stopped", False, [sk.StoppedError])


@pytest.mark.parametrize("operator", [rxops.flat_map, rxops.concat_map])
async def test_p6_inner_sources_stay_synchronous_and_behind_the_gate(operator: Callable[[Any], Any]) -> None:
    """With a stock AsyncIOScheduler each inner element took a turn of its own: a thousand came past a gate of 64."""
    made = 0

    def inner(chunk: sk.Chunk) -> rx.Observable[sk.Chunk]:
        nonlocal made
        made += 1
        return rx.of(chunk)

    iterator = aiter(Script(ENDLESS).stream().pipe(operator(inner)))
    await anext(iterator)
    for _ in range(2000):
        await asyncio.sleep(0)
    assert made <= 64 + 2
    await iterator.aclose()


async def test_p7_both_calls_of_a_merge_stand_behind_one_slow_reader() -> None:
    scripts = [Script(ENDLESS), Script(ENDLESS)]
    iterator = aiter(sk.flow(rx.merge(*(script.stream() for script in scripts))))
    await anext(iterator)
    for _ in range(2000):
        await asyncio.sleep(0)
    assert all(script.sent < 500 for script in scripts)
    await iterator.aclose()
    assert [script.closed for script in scripts] == [1, 1]


def test_p9_when_the_loop_that_owns_the_call_ends_everybody_else_hears_it() -> None:
    stream, reading, seen = Script(SILENT).stream(), threading.Event(), list[str]()

    def read_elsewhere() -> None:
        try:
            for chunk, _ in stream:
                seen.append(chunk.content)
                reading.set()
        except sk.StoppedError as error:
            seen.append(f"; {error}")

    async def main() -> None:
        stream.subscribe(on_error=lambda _: None)  # the first subscriber: here the call lives
        thread.start()
        await asyncio.to_thread(reading.wait, 10)

    thread = threading.Thread(target=read_elsewhere)
    asyncio.run(main())
    thread.join(timeout=SAFETY)
    assert "".join(seen) == "Europa; The stream was stopped by the end of its event loop."


@pytest.mark.parametrize("keep", ["stream.subscribe(lambda chunk: None)", "kept = aiter(stream); await anext(kept)"])
def test_p12_the_end_of_asyncio_run_with_a_live_call_is_quiet(keep: str) -> None:
    code = f"""
        import asyncio
        from streamkit.testing import Script, chat_events
        script = Script([*chat_events("Io")[:2], None])
        kept = None
        async def main():
            global kept
            stream = script.stream()
            {keep}
            while not stream.content:
                await asyncio.sleep(0)
        asyncio.run(main())
        print(script.opened, script.closed)
    """
    assert program(code) == (0, "1 1\n", "")


@pytest.mark.sdk
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_p13_in_a_forked_child_live_calls_end_and_the_parents_close_is_seen_at_once() -> None:
    code = """
        import os, signal, sys
        import streamkit as sk
        signal.alarm(50)
        stream = sk.stream("openai/m", "?", base_url=sys.argv[1], api_key="test-key")
        next(kept := iter(stream))
        child = os.fork()
        if not child:
            signal.alarm(50)
            for read in (lambda: list(stream), stream.run, lambda: list(kept)):
                try:
                    read()
                except sk.ProducerLost as error:
                    os.write(1, f"child {error}\\n".encode())
            sys.stdin.read()  # it lives on, with its copy of the socket
            os._exit(0)
        stream.close()
        os.write(1, f"parent {stream.state} {stream.open}\\n".encode())
    """
    with FaultServer(plan("none", ENDLESS, every=0.002)) as server:
        command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code), server.base_url]
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        with started(command, **pipes) as process:
            assert process.stdout is not None and process.stdin is not None and process.stderr is not None
            lines = sorted(process.stdout.readline().decode().strip() for _ in range(4))
            server.wait_closed(1)
            process.stdin.close()
            assert (process.stderr.read(), process.wait(timeout=SAFETY)) == (b"", 0)
    lost = "child This call runs in the parent process, which began it before the fork: stream.again() asks anew."
    assert lines == [lost] * 3 + ["parent stopped False"]
