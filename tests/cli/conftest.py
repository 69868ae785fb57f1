"""What the tests of the command line share: the command in this process, and a server in OpenAI's place."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from streamkit import cli
from streamkit.testing import FaultServer, Plan

KEY = "sk-a-made-up-key"

Answer: TypeAlias = tuple[int, str, str]


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run the command in this process, with a standard input of its own; return the exit code and what it printed."""

    def run(*words: str, piped: str = "") -> Answer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped.encode())))
        try:
            code = cli.main(list(words))
        except SystemExit as end:  # argparse has printed the usage
            code = int(str(end.code))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


@pytest.fixture
def openai(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], FaultServer]]:
    """Start a server that takes OpenAI's place."""
    started: list[FaultServer] = []

    def start(answer: Plan | Callable[[Any], Plan]) -> FaultServer:
        started.append(FaultServer(answer).__enter__())
        monkeypatch.setenv("OPENAI_BASE_URL", f"{started[-1].base_url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        return started[-1]

    yield start
    for server in started:
        server.__exit__(None, None, None)
