"""Measure other libraries beside streamkit in one interleaved run, and write docs/performance.md with its chart."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from ..measure import Series, rotated
from ..plans import Plan
from ..recorded import Wire, answers, fast_share, note
from ..serving import Server
from .environments import ANTHROPIC, CHAT, Peer
from .page import Measured, written

_WORKER = Path(__file__).with_name("worker.py")
_CALLS = {5: 52, 50: 26}
_FIRST = 26


class Worker:
    """A peer's process.

    Args:
        peer: The peer.
        url: The server's address.
    """

    def __init__(self, peer: Peer, url: str) -> None:
        fresh = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "OPENAI_API_KEY")}
        # A script's own folder leads its path: the worker stands in one without modules that hide a package.
        environment = {**fresh, "PYTHONPATH": str(Path.cwd())} if not peer.packages else fresh
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


def main() -> None:
    """Install, measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds: for a look, not for a claim")
    parser.add_argument("--installed", action="store_true", help="take the environments of the last run as they are")
    parser.add_argument("--print", action="store_true", help="print the page and leave docs/performance.md alone")
    chosen = parser.parse_args()
    for peer in () if chosen.installed else (*CHAT, *ANTHROPIC):
        print(f"installing {peer.title} …", file=sys.stderr)
        peer.install()
    rounds = 3 if chosen.quick else 11
    with Server() as server:
        chat = _measured(CHAT, server.base_url, "openai.chat", rounds)
        claude = _measured(ANTHROPIC, server.base_url, "anthropic.messages", rounds)
    shares = (
        f"{note()}; {fast_share(5):.0%} of the events of the short answers and {fast_share(50):.0%} of those of the "
    )
    shares += "long ones take the decoder's fast path"
    written(chat, claude, rounds=rounds, answers=shares, only_print=chosen.print)


def _measured(peers: Sequence[Peer], url: str, wire: Wire, rounds: int) -> Measured:
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


if __name__ == "__main__":
    main()
