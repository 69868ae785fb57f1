"""Reads the same answers with several libraries, each in a process of its own, in turns."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..measure import Series, rotated
from ..plans import Plan
from ..recorded import Wire, answers
from .environments import Peer

_ROOT = Path(__file__).resolve().parent.parent.parent
_WORKER = Path(__file__).with_name("worker.py")
_CALLS = {5: 52, 50: 26}
_FIRST = 26


@dataclass(frozen=True, slots=True)
class Measured:
    """One run over one wire format.

    Args:
        figures: Values by what was measured: ``calls 5``, ``calls 50`` in microseconds, ``first`` in milliseconds.
        versions: Versions by the title of the peer.
        absent: Why a peer could not be measured, by its title.
    """

    figures: dict[str, Series]
    versions: dict[str, str]
    absent: dict[str, str]


class Worker:
    """A peer's process.

    Args:
        peer: The peer.
        url: The server's address.
    """

    def __init__(self, peer: Peer, url: str) -> None:
        fresh = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "OPENAI_API_KEY")}
        # A script's own folder leads its path: the worker stands in one without modules that hide a package.
        environment = {**fresh, "PYTHONPATH": str(_ROOT)} if not peer.packages else fresh
        command = [peer.python, _WORKER, peer.reader, url]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, what: str, models: list[str]) -> float:
        """Let it read answers, and return what it has measured."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pipe: IO[str] = self._process.stdin
        pipe.write(json.dumps({"what": what, "models": models}) + "\n")
        pipe.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("It ended: run its line of worker.py by hand to see why.")
        return float(line)


def measured(peers: Sequence[Peer], url: str, wire: Wire, rounds: int) -> Measured:
    """Measure calls of 5 and of 50 chunks and first texts with every peer, each round beginning with another one.

    Args:
        peers: The peers, installed.
        url: The address of the server.
        wire: The format that they read.
        rounds: Number of rounds.
    """
    tasks = {f"calls {chunks}": ("calls", _models(wire, chunks, calls)) for chunks, calls in _CALLS.items()}
    tasks["first"] = "first", _models(wire, 1, _FIRST)
    figures: dict[str, Series] = {name: Series() for name in tasks}
    absent: dict[str, str] = {}
    with ExitStack() as stack:
        workers = {peer.title: stack.enter_context(Worker(peer, url)) for peer in peers}
        for name, (what, models) in tasks.items():
            for title, worker in [*workers.items()]:
                try:
                    worker.ask(what, models)  # imports, caches and connections
                except RuntimeError as error:
                    absent[title] = str(error)
                    del workers[title]
            for turn in range(rounds):
                for title in rotated([*workers], turn):
                    figures[name].add(title, workers[title].ask(what, models))
    versions = {peer.title: peer.versions() for peer in peers if peer.title not in absent}
    return Measured(figures, versions, absent)


def _models(wire: Wire, chunks: int, calls: int) -> list[str]:
    """The names that ask for equally many answers of every recording."""
    return [Plan("recorded", events=chunks, source=at % len(answers(wire))).model for at in range(calls)]
