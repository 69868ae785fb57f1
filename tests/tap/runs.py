"""Runs of test files of their own, which use the plugin, against a server on the loopback."""

import importlib
import json
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec

import pytest

from streamkit._recording import Send
from streamkit.testing import FaultServer, Plan, anthropic_events, chat_events, cohere_events, plan, responses_events
from streamkit.testing.in_process import Request

# Loaded here, since what a test's run imports is forgotten behind it.
NAMES = ("aiohttp", "anthropic", "cohere", "httpx", "httpx2", "openai", "streamkit")
LOADED = [importlib.import_module(name) for name in NAMES if find_spec(name)]

KEY = "sk-canary-0123456789"
PROMPT = "Which moons may hold life?"

INI = "[pytest]\nfilterwarnings = error\nanyio_mode = auto\n"

CONFTEST = """
import pytest
@pytest.fixture
def anyio_backend():
    return "asyncio"
"""

# Each test file begins so: the modules are loaded already, and the address is that of the server.
HEAD = f"""
import anthropic, cohere, httpx, openai, pytest
import streamkit as sk
KEY, PROMPT = {KEY!r}, {PROMPT!r}
MESSAGES = [{{"role": "user", "content": PROMPT}}]
"""


@dataclass
class Runs:
    """The runs of one test file, and the server that it asks."""

    pytester: pytest.Pytester
    server: FaultServer
    open: ExitStack
    calls: list[int] = field(default_factory=list[int])

    def write(self, text: str) -> None:
        self.pytester.makepyfile(f"{HEAD}\nBASE = {self.server.base_url!r}\n{text}")

    def run(self, *options: str) -> pytest.RunResult:
        """Run the file, and note how many requests the server has got by that."""
        before = len(self.server.requests)
        result = self.pytester.runpytest_inprocess("-p", "streamkit_pytest", "-p", "no:cacheprovider", *options)
        self.calls.append(len(self.server.requests) - before)
        return result

    def recording(self, name: str) -> str:
        return (self.pytester.path / "recordings" / f"{name}.jsonl").read_text(encoding="utf-8")

    def recordings(self) -> list[str]:
        return sorted(path.name for path in (self.pytester.path / "recordings").glob("*"))


def answer(request: Request) -> Plan:
    events = anthropic_events if "/anthropic" in request.path else chat_events
    events = cohere_events if "/cohere" in request.path else events
    if "refused" in request.path:
        return plan("rate_limited", headers={"x-should-retry": "false"})
    if "quoted" in request.path:
        key = request.headers["authorization"].removeprefix("Bearer ")
        error = {"message": f"Incorrect API key provided: {key} of org-AbCdEfGh87654. You sent: {PROMPT}"}
        body = Send(json.dumps({"error": error}).encode())
        return Plan(401, (("content-type", "application/json"),), (body,))
    if "responses" in request.path:
        echo = json.dumps({"instructions": request.json()["instructions"], "input": request.json()["input"]})[1:-1]
        begin, events = b'"response":{', responses_events("Io, ", "Europa")
        return plan("none", [each.replace(begin, begin + f"{echo},".encode()) for each in events])
    return plan("cut" if "cut" in request.path else "none", events("Io, ", "Europa"))


@contextmanager
def runs_of(pytester: pytest.Pytester) -> Generator[Runs]:
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST)
    with ExitStack() as stack:
        yield Runs(pytester, stack.enter_context(FaultServer(answer)), stack)
