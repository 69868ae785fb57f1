"""The doors for code without an event loop."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
from typing import NoReturn

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, chat_event, chat_events, plan
from tests.programs import SAFETY, started

SILENT = [*chat_events("Eu", "ropa")[:3], None]
ENDLESS = [chat_event({"content": "word "})] * 3000


def run_script(code: str, server: FaultServer, *, interrupted: bool = False) -> tuple[int, str, str]:
    """Run a program of its own against a server; optionally press Ctrl-C."""
    arguments = f"'openai/m', '?', base_url={server.base_url + '/v1'!r}, api_key='k'"
    head = f"import streamkit as sk\nstream = sk.stream({arguments})\n"
    command = [sys.executable, "-W", "error", "-c", head + textwrap.dedent(code)]
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        if interrupted:
            server.wait_for(lambda: bool(server.exchanges) and server.exchanges[0].events_sent > 20, timeout=SAFETY)
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=SAFETY)
    return process.returncode, out.decode(), err.decode()


def test_a_for_loop_gives_pairs_and_ends() -> None:
    stream = Script(chat_events("Eu", "ro", "pa")).stream()
    assert "".join(chunk.content for chunk, _ in stream) == "Europa"
    assert stream.state == "complete"


def test_a_for_loop_raises_what_ended_the_stream() -> None:
    with pytest.raises(sk.TruncatedError):
        list(Script(chat_events("Io", finish=None)).stream())


def test_run_gives_the_whole_response_and_raises_what_ended_it() -> None:
    assert Script(chat_events("Io")).stream().run().content == "Io"
    with pytest.raises(sk.TruncatedError):
        Script(chat_events("Io", finish=None)).stream().run()


def test_a_flow_is_looped_and_run() -> None:
    flow = Script(chat_events("Eu", "ro", "pa")).stream().pipe(ops.text())
    assert (list(flow), flow.last().run()) == (["Eu", "ro", "pa"], "pa")


def test_breaking_a_loop_closes_the_call() -> None:
    script = Script(SILENT)
    for _ in (stream := script.stream()):
        break
    stream.wait()
    assert (stream.state, script.closed) == ("stopped", 1)


def test_leaving_a_with_block_returns_when_the_connection_is_closed() -> None:
    script = Script(SILENT)
    with script.stream() as stream:
        for chunk, _ in stream:
            if chunk.content == "ropa":
                break
    assert (stream.state, stream.content, script.closed, stream.open) == ("stopped", "Europa", 1, False)


def test_close_unblocks_a_reader_on_another_thread() -> None:
    stream = Script(SILENT).stream()
    ended: list[BaseException] = []

    def read() -> None:
        try:
            list(stream)
        except sk.StoppedError as error:
            ended.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    while stream.content != "Europa":
        pass
    stream.close()
    thread.join(timeout=SAFETY)
    assert [type(each) for each in ended] == [sk.StoppedError]


def test_a_subscription_delivers_on_the_shared_loop_thread() -> None:
    stream = Script(chat_events("Eu", "ropa")).stream()
    seen: list[tuple[str, str]] = []
    stream.subscribe(lambda chunk: seen.append((chunk.content, threading.current_thread().name)))
    stream.wait()
    while len(seen) < 5:
        pass
    assert ("".join(text for text, _ in seen), {name for _, name in seen}) == ("Europa", {"streamkit"})


@pytest.mark.sdk
def test_sixty_four_threads_at_once() -> None:
    with FaultServer(plan("none", chat_events(*"Europa"))) as server:
        texts: list[str] = []

        def call() -> None:
            stream = sk.stream("openai/m", "?", base_url=server.base_url + "/v1", api_key="k64")
            texts.append("".join(chunk.content for chunk, _ in stream))

        threads = [threading.Thread(target=call) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (texts, len(server.requests)) == (["Europa"] * 64, 64)


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt])
def test_a_callback_that_ends_the_program_does_not_end_the_loop_that_all_share(end: type[BaseException]) -> None:
    def leave(_: object) -> NoReturn:
        raise end

    stream = Script(chat_events("Io")).stream()
    stream.subscribe(leave, lambda _: None)
    stream.wait()
    with pytest.raises(end):
        sk.race([Script(chat_events("Io")).stream()], accept=leave).run()
    assert Script(chat_events("Europa")).stream().run().content == "Europa"


def test_three_loops_one_after_the_other_and_sync_code_between() -> None:
    script = Script(chat_events("Io"))

    async def once() -> str:
        return (await script.stream()).content

    texts = [text for _ in range(3) for text in (asyncio.run(once()), script.stream().run().content)]
    assert texts == ["Io"] * 6


def test_a_tool_that_runs_a_call_of_its_own_in_its_worker_thread() -> None:
    outer, inner = Script(chat_events("outer")), Script(chat_events("inner"))

    async def main() -> tuple[str, str]:
        response = await outer.stream()
        return response.content, await asyncio.to_thread(lambda: inner.stream().run().content)

    assert asyncio.run(main()) == ("outer", "inner")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_after_a_fork_the_child_has_a_loop_of_its_own_and_the_parent_goes_on() -> None:
    script = Script(chat_events("Io"))
    assert script.stream().run().content == "Io"
    child = subprocess.run([sys.executable, "-c", _FORK], capture_output=True, text=True, timeout=SAFETY, check=False)
    assert (child.returncode, child.stdout.split()) == (0, ["parent", "Io", "child", "Io", "parent", "Io"]), (
        child.stderr
    )


_FORK = """
import os, sys
from streamkit.testing import Script, chat_events
script = Script(chat_events("Io"))
print("parent", script.stream().run().content, flush=True)
if os.fork() == 0:
    print("child", script.stream().run().content, flush=True)
    os._exit(0)
os.wait()
print("parent", script.stream().run().content, flush=True)
"""


@pytest.mark.sdk
@pytest.mark.parametrize(
    "read",
    [
        "for chunk, _ in stream: pass",
        "stream.run()",
        "for text in stream.pipe(sk.operators.text()): pass",
        "stream.pipe(sk.operators.text(), sk.operators.join()).run()",
    ],
)
def test_ctrl_c_keeps_what_arrived_and_closes_the_socket(read: str) -> None:
    code = f"""
        try:
            {read}
        except KeyboardInterrupt:
            print(stream.state, len(stream.content) > 50, stream.open)
    """
    with FaultServer(plan("none", ENDLESS, every=0.002)) as server:
        code_, out, err = run_script(code, server, interrupted=True)
        assert (code_, out.split(), err) == (0, ["stopped", "True", "False"], "")
        assert server.wait_closed(1)


@pytest.mark.sdk
@pytest.mark.parametrize(
    "live",
    [
        "stream.subscribe(lambda chunk: None)",
        "iterator = iter(stream); next(iterator)",
        "iterator = iter(stream.pipe(sk.operators.text())); next(iterator)",
        "threading.Thread(target=stream.run, daemon=True).start()",
        "threading.Thread(target=lambda: list(stream), daemon=True).start()",
        "threading.Thread(target=stream.pipe(sk.operators.text(), sk.operators.join()).run, daemon=True).start()",
        "threading.Thread(target=lambda: list(stream.pipe(sk.operators.text())), daemon=True).start()",
    ],
)
def test_the_interpreters_end_closes_a_live_call_quietly(live: str) -> None:
    with FaultServer(plan("none", ENDLESS, every=0.002)) as server:
        code = f"import threading\n{live}\nwhile not stream.content: pass\n"
        assert run_script(code, server) == (0, "", "")
        assert server.wait_closed(1)
