"""gunicorn's prefork: an application that called models before its workers were forked works in all of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streamkit.testing import FaultServer, Plan, chat_events, plan
from streamkit.testing.in_process import Request

pytest.importorskip("gunicorn", reason="gunicorn (of the group dev, not on Windows) is not installed")

_APP = """
import os, time
import streamkit as sk

def ask(question, **options):
    return sk.stream("openai/m", question, base_url=os.environ["SERVER"], api_key="k", **options)

limits = sk.Limits(concurrency=2)
ask("warm up", limits=limits).run()  # the parent has a loop, a thread and an open connection
fresh = ask("of the child's own", limits=limits)
begun = ask("of the parent's", limits=sk.Limits(concurrency=1))
begun.subscribe(lambda _: None, lambda _: None)
while not begun.sent:
    time.sleep(0.001)

def app(environ, start_response):
    told = [str(os.getpid()), ask("anew", limits=limits).run().content, fresh.run().content]
    try:
        begun.run()
    except sk.ProducerLost as error:
        told.append(f"lost {error.retryable}")
    start_response("200 OK", [("content-type", "text/plain")])
    return [" ".join(told).encode()]
"""


@contextmanager
def gunicorn(folder: Path, server: FaultServer, *options: str) -> Generator[str]:
    """Run a real gunicorn on a port of this machine's choice, and give its address."""
    (folder / "moons.py").write_text(_APP)
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "3", "--bind", "127.0.0.1:0", *options]
    environment = {**os.environ, "SERVER": server.base_url + "/v1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "moons:app"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        printed = ""
        try:
            while (found := re.search(r"Listening at: (http://\S+)", printed)) is None:
                line = process.stderr.readline()
                assert line, printed
                printed += line
            yield found[1]
        finally:
            process.terminate()
            printed += process.stderr.read()  # to its end: the workers have stopped
    assert "Traceback" not in printed, printed


@pytest.mark.sdk
@pytest.mark.parametrize("options", [(), ("--worker-class", "gthread", "--threads", "2")])
def test_workers_ask_for_themselves_and_never_pay_for_what_the_parent_has_begun(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with FaultServer(_plan) as server:
        with gunicorn(tmp_path, server, *options) as address:
            answers = [urllib.request.urlopen(address, timeout=60).read().decode().split(" ", 1) for _ in range(8)]
            bodies = [request.body for request in server.requests]
        assert {answer for _, answer in answers} == {"Io Io lost False"}
        workers = len({pid for pid, _ in answers})
        assert _count(bodies, b"of the parent") == 1
        assert (_count(bodies, b"anew"), _count(bodies, b"of the child")) == (8, workers)


def _plan(request: Request) -> Plan:
    """Never answer what the parent asks before the fork."""
    return (
        plan("stall", chat_events("Io"), at=0) if b"of the parent" in request.body else plan("none", chat_events("Io"))
    )


def _count(bodies: list[bytes], question: bytes) -> int:
    return sum(question in each for each in bodies)
