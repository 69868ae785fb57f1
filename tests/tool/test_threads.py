"""Sync tools and our own work: many tools that ask models themselves, side by side and many levels deep."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from streamkit.testing import FaultServer, chat_events, plan

TOOLS = 40  # more than an executor of asyncio's own ever has threads: 32

_HEAD = f"""
import asyncio, json, threading
import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events, chat_tool_events

TOOLS = {TOOLS}

def results(function, count=TOOLS):
    calls = [(function.__name__, json.dumps({{"n": n}})) for n in range(count)]
    stream = Script(chat_tool_events(*calls)).stream()
    return [each.error or each.output for each in stream.pipe(ops.run_tools(function, concurrency=count))]
"""


def run_code(code: str, *arguments: str) -> str:
    """Run a program of its own, which fails instead of hanging for ever."""
    command = [sys.executable, "-c", _HEAD + textwrap.dedent(code), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.sdk
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_any_number_of_sync_tools_may_call_a_model_for_the_first_time(host: str) -> None:
    """What the first call needs (imports, a client, the look-up of a name) waits for none of them."""
    code = """
        import sys
        all_run = threading.Barrier(TOOLS)

        def ask(n: int) -> str:
            all_run.wait(60)
            return sk.stream("openai/expert", "?", base_url=sys.argv[1], api_key="k").run().content

        print(set(results(ask)))
    """
    with FaultServer(plan("none", chat_events("Io"))) as server:
        assert run_code(code, server.base_url.replace("127.0.0.1", host) + "/v1") == "{'Io'}"


def test_tools_ask_models_whose_tools_ask_models() -> None:
    code = """
        levels = [threading.Barrier(4 ** depth) for depth in range(1, 4)]

        def ask(n: int) -> int:
            levels[len(path := depth.get())].wait(60)
            if len(path) == 2:
                return 1
            token = depth.set([*path, n])
            try:
                return sum(results(ask, 4))
            finally:
                depth.reset(token)

        from contextvars import ContextVar
        depth = ContextVar("depth", default=[])
        print(sum(results(ask, 4)))
    """
    assert run_code(code) == "64"


@pytest.mark.sdk
def test_async_tools_on_the_shared_loop_may_fill_its_executor_with_sync_calls() -> None:
    code = """
        import sys
        all_run = threading.Barrier(TOOLS)

        def sync_call() -> str:
            all_run.wait(60)
            return sk.stream("openai/expert", "?", base_url=sys.argv[1], api_key="k").run().content

        async def ask(n: int) -> str:
            return await asyncio.to_thread(sync_call)

        print(set(results(ask)))
    """
    with FaultServer(plan("none", chat_events("Io"))) as server:
        assert run_code(code, server.base_url.replace("127.0.0.1", "localhost") + "/v1") == "{'Io'}"
