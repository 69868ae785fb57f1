"""Doors, stops and the end of the program, on whichever Python runs this: ``python3.12 -I tests/smoke.py``.

It needs streamkit installed there, with nothing else, and no network beyond loopback. Each case is a program of its
own, for most faults of an interpreter's end are only seen on standard error. It prints a line for each case, and ends
with 1 if one is not as it should be; names of cases as arguments choose some of them.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Plan, chat_event, chat_events
from streamkit.testing.faults import Send, Wait
from streamkit.testing.in_process import Request

LIMIT = 60.0  # seconds for one program
_URL = "STREAMKIT_SMOKE_URL"
_kept: list[object] = []  # what a program still holds when it ends


def _answer(request: Request) -> Plan:
    """Answer as the name of the model says."""
    model = request.json()["model"]
    if model == "tool":
        call: dict[str, Any] = {"index": 0, "id": "c", "function": {"name": "orbit", "arguments": "{}"}}
        return Plan(steps=(Send(chat_event({"tool_calls": [call]})), *map(Send, chat_events(finish="tool_calls"))))
    events = chat_events("Eu", "ro", "pa")
    if model == "silent":
        return Plan(steps=(*map(Send, events[:3]), Wait(3600.0)))
    pause = (Wait(0.05),) if model == "paced" else ()
    return Plan(steps=tuple(step for event in events for step in (Send(event), *pause)))


def _stream(model: str = "quick") -> sk.Stream:
    return sk.stream(f"openai/{model}", "?", base_url=os.environ[_URL], api_key="smoke-key")


# What the programs do ---------------------------------------------------------------------------------


def doors() -> None:
    """Every door, sync and async."""

    async def asynchronous() -> list[str]:
        looped = [chunk.content async for chunk, _ in _stream()]
        flowed = [word async for word in _stream().pipe(ops.text())]
        awaited = (await _stream()).content
        async with _stream() as stream:
            within = (await stream).content
        ended = asyncio.Event()
        pushed: list[str] = []
        _stream().subscribe(lambda chunk: pushed.append(chunk.content), on_completed=ended.set)
        await ended.wait()
        return ["".join(looped), "".join(flowed), awaited, within, "".join(pushed)]

    print("".join(chunk.content for chunk, _ in _stream()))
    print("".join(_stream().pipe(ops.text())), _stream().pipe(ops.text(), ops.join()).run(), _stream().run().content)
    with _stream() as stream:
        print(stream.run().content)
    stream = _stream()
    pushed: list[str] = []
    stream.subscribe(lambda chunk: pushed.append(chunk.content))
    stream.wait()
    print("".join(pushed), *asyncio.run(asynchronous()))


def stops() -> None:
    """Every way to stop a server that has fallen silent."""

    async def asynchronous() -> list[str]:
        broken, closed, cancelled = _stream("silent"), _stream("silent"), _stream("silent")
        async for _ in broken:
            break
        await broken.wait_closed()
        iterator = aiter(closed)
        await anext(iterator)
        await closed.aclose()
        iterator = aiter(cancelled)
        waiting = asyncio.ensure_future(cancelled.pipe(ops.text(), ops.join()).__aiter__().__anext__())
        await anext(iterator)
        await iterator.aclose()
        waiting.cancel()
        await asyncio.wait([waiting])
        return [broken.state, closed.state, cancelled.state]

    broken, closed, stopped, limited = (_stream("silent") for _ in range(4))
    for _ in broken:
        break
    broken.wait()
    next(iter(closed))
    closed.close()
    iterator = iter(stopped)
    next(iterator)
    stopped.stop()
    stopped.wait()
    print(limited.pipe(ops.text(), ops.limit(chars=3), ops.join()).run())
    print(broken.state, closed.state, stopped.state, limited.state, *asyncio.run(asynchronous()))


def tool() -> None:
    """A sync tool, in a thread of its own."""

    def orbit() -> str:
        """How long one takes."""
        return "1.8 days"

    print(*(result.output for result in _stream("tool").pipe(ops.run_tools(orbit))))


def end() -> None:
    """A call, and the end."""
    print(_stream().run().content)


def end_without_threads() -> None:
    """The same where Python starts no thread at the end, as 3.12 does."""

    def refuse(_: threading.Thread) -> NoReturn:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    print(_stream().run().content)
    atexit.register(setattr, threading.Thread, "start", refuse)  # the last to be registered is called first


def end_with_an_open_loop() -> None:
    """The end comes while a call runs."""
    iterator = iter(_stream("silent"))
    next(iterator)
    _kept.append(iterator)


def end_of_asyncio_with_an_open_loop() -> None:
    """The end of ``asyncio.run`` comes while a call runs."""

    async def main() -> None:
        iterator = aiter(_stream("silent"))
        await anext(iterator)
        _kept.append(iterator)

    asyncio.run(main())


def end_with_a_daemon_thread() -> None:
    """The end comes while a daemon thread waits in ``run()``."""
    stream = _stream("silent")
    threading.Thread(target=stream.run, daemon=True).start()
    next(iter(stream))


def end_before_a_thread() -> None:
    """A thread reads on when the main thread has ended."""
    stream = _stream("paced")
    begun = threading.Event()

    def read() -> None:
        text = ""
        for chunk, _ in stream:
            text += chunk.content
            if not begun.is_set():
                begun.set()
                threading.main_thread().join()
        print(text)

    threading.Thread(target=read).start()
    begun.wait()


def end_before_a_threads_call() -> None:
    """A thread makes a call when the main thread has ended."""
    print(_stream().run().content)

    def ask() -> None:
        threading.main_thread().join()
        print(_stream().run().content)

    threading.Thread(target=ask).start()


def end_before_the_first_call() -> None:
    """A thread makes the program's first call when the main thread has ended; not every Python can do that."""

    def ask() -> None:
        threading.main_thread().join()
        try:
            print(_stream().run().content)
        except sk.ConfigurationError as error:
            print("Europa" if "The program is ending" in str(error) else error)

    threading.Thread(target=ask).start()


def end_with_a_call_at_exit() -> None:
    """The program's own ``atexit`` makes a call."""
    print(_stream().run().content)
    atexit.register(lambda: print(_stream().run().content))


def end_by_an_exception() -> None:
    """An exception leaves a loop over a call that runs."""
    for _ in _stream("silent"):
        raise ZeroDivisionError


def end_by_exit() -> None:
    """``sys.exit`` leaves a loop over a call that runs."""
    for _ in _stream("silent"):
        sys.exit(3)


def end_by_interrupt() -> None:
    """Ctrl-C while a loop waits."""
    loop = iter(_stream("silent"))
    next(loop)
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    for _ in loop:
        pass


@dataclass(frozen=True)
class Case:
    """A program, and how it should end.

    Args:
        program: What it does.
        printed: What it prints.
        code: Its exit code.
        error: The last line of its standard error, which has one traceback then; nothing else is written there.
    """

    program: Callable[[], None]
    printed: str
    code: int = 0
    error: str = ""


CASES = {
    case.program.__name__: case
    for case in (
        Case(doors, "Europa\nEuropa Europa Europa\nEuropa\n" + " ".join(["Europa"] * 6)),
        Case(stops, "Eur\n" + " ".join(["stopped"] * 7)),
        Case(tool, "1.8 days"),
        Case(end, "Europa"),
        Case(end_without_threads, "Europa"),
        Case(end_with_an_open_loop, ""),
        Case(end_of_asyncio_with_an_open_loop, ""),
        Case(end_with_a_daemon_thread, ""),
        Case(end_before_a_thread, "Europa"),
        Case(end_before_a_threads_call, "Europa\nEuropa"),
        Case(end_before_the_first_call, "Europa"),
        Case(end_with_a_call_at_exit, "Europa\nEuropa"),
        Case(end_by_an_exception, "", 1, "ZeroDivisionError"),
        Case(end_by_exit, "", 3),
        Case(end_by_interrupt, "", -signal.SIGINT, "KeyboardInterrupt"),
    )
}


# How they are looked at -------------------------------------------------------------------------------


def faults(name: str, base_url: str) -> Iterator[str]:
    """Run a case's program; yield what is not as it should be."""
    case = CASES[name]
    alone = "-I" if sys.flags.isolated else "-P"  # in no case with the folder of the tests as a place of modules
    command = [sys.executable, alone, "-X", "faulthandler", __file__, f"--program={name}"]
    environment = {**os.environ, _URL: base_url}
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=environment, check=False)
    except subprocess.TimeoutExpired as error:
        yield f"it did not end in {LIMIT} s: {error.stdout!r} {error.stderr!r}"
        return
    if (ran.stdout.strip(), ran.returncode) != (case.printed, case.code):
        yield f"exit code {ran.returncode}, not {case.code}; it printed {ran.stdout!r}, not {case.printed!r}"
    lines = ran.stderr.strip().splitlines()
    if (lines[-1] if lines else "") != case.error or ran.stderr.count("Traceback") != bool(case.error):
        yield f"standard error:\n{ran.stderr}"


def server() -> FaultServer:
    """Make the server that the programs ask."""
    return FaultServer(_answer)


def main(names: list[str]) -> int:
    """Run the cases; return the exit code."""
    print(f"Python {platform.python_version()}, streamkit of {os.path.dirname(sk.__file__)}")
    failed = 0
    with server() as running:
        for name in names or CASES:
            found = list(faults(name, running.base_url + "/v1"))
            failed += bool(found)
            print(f"  {name}: {'; '.join(found) or 'as it should be'}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].startswith("--program="):
        CASES[sys.argv[1].partition("=")[2]].program()
    else:
        sys.exit(main(sys.argv[1:]))
