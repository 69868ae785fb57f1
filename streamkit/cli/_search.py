"""``streamkit search``: prompts from a file, asked so many at a time, until one answer is good enough."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from .._search import AcceptedResult, Ledger, Pending, ProgressLine, SearchResult, search
from ..errors import StreamError
from ..messages import BaseMessageParam, Messages
from ..runtime import Limits
from ..text.matcher import TextMatch
from ..text.sanitize import sanitize
from ..usage.budget import Budget
from ._decode import harmless
from ._exit import INTERRUPTED, NOT_FOUND, OK, PROVIDER, TRUNCATED, told

_LONGEST = 2**24  # bytes of a prompt

Prompt: TypeAlias = list[BaseMessageParam]


def hunt(given: argparse.Namespace) -> int:
    """Search, and print what is found as it comes.

    Args:
        given: The command's arguments.

    Returns:
        The exit code.
    """
    line, began = _Line(), time.monotonic()
    try:
        code = _code(_search(given, line).run(), cut=given.cut)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        raise
    except (StreamError, OSError) as error:
        return told(error)
    if line.ledger is not None:
        print(f"{sanitize(str(line.ledger))} · {time.monotonic() - began:.1f} s", file=sys.stderr)
    return code


def _search(given: argparse.Namespace, line: _Line) -> Pending[SearchResult]:
    bounds = (given.budget_tokens, given.budget_cost, given.budget_seconds)
    budget = None
    if any(bound is not None for bound in bounds):
        budget = Budget(given.budget_tokens, cost=given.budget_cost, seconds=given.budget_seconds)
    instruction = [Messages.System(given.system)] if given.system else []
    return search(
        _piped(instruction) if given.prompts == "-" else _lines(Path(given.prompts), instruction),
        accept=given.accept,
        model=given.model,
        concurrency=given.concurrency,
        keep=given.keep,
        budget=budget,
        calls=given.calls,
        limits=Limits(rpm=given.rpm, tpm=given.tpm),
        retries=given.retries,
        finish=not given.cut,
        journal=given.journal,
        progress=line,
        on_accepted=_Printed(cut=given.cut, as_json=given.json),
    )


class _Line(ProgressLine):
    """The progress line, which keeps the ledger for the last word."""

    def __init__(self) -> None:
        super().__init__(None)
        self.ledger: Ledger | None = None

    def __call__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        super().__call__(ledger)


class _Printed:
    """Prints what is accepted, at once.

    Args:
        cut: Only as far as the match.
        as_json: Each as a line of JSON.
    """

    def __init__(self, *, cut: bool, as_json: bool) -> None:
        self._cut = cut
        self._as_json = as_json
        self._several = False

    def __call__(self, accepted: AcceptedResult) -> None:
        match: TextMatch = accepted.value
        content = accepted.response.content
        if self._cut:
            content = content[: match.start + len(match.text)]
        if self._as_json:
            row = _told(accepted, match, content, truncated=not self._cut and _is_cut(accepted))
            print(harmless(json.dumps(row, ensure_ascii=False)), flush=True)
        else:
            print("\n" * self._several + sanitize(content).rstrip("\n"), flush=True)
        self._several = True
        if not self._cut and _is_cut(accepted):
            print(f"streamkit: The answer to prompt {accepted.index} broke off.", file=sys.stderr)


def _is_cut(accepted: AcceptedResult) -> bool:
    """Whether an answer that was to be read to its end has none: it broke off, or the budget stopped it."""
    return accepted.response.state in ("failed", "stopped")


def _told(accepted: AcceptedResult, match: TextMatch, content: str, *, truncated: bool) -> dict[str, Any]:
    response = accepted.response
    return {
        "index": accepted.index,
        "prompt": accepted.candidate[-1].content,
        "match": match.text,
        "content": content,
        "model": response.model,
        "state": response.state,
        "truncated": truncated,
        "input_tokens": response.input_tokens,
        "output_tokens": response.output_tokens,
        "usage_source": None if response.usage is None else response.usage.source,
    }


def _code(found: SearchResult, *, cut: bool) -> int:
    if found:
        return TRUNCATED if not cut and any(map(_is_cut, found.accepted)) else OK
    ledger = found.ledger
    if not ledger.count("failed") or ledger.count("rejected"):
        return NOT_FOUND
    error = next((row.error for row in ledger if row.error), "")
    print(f"streamkit: {' '.join(sanitize(error).split())}", file=sys.stderr)
    return PROVIDER


def _lines(path: Path, instruction: Prompt) -> Iterator[Prompt]:
    with path.open(encoding="utf-8", errors="replace") as lines:
        yield from (_prompt(line, instruction) for line in lines if line.strip())


async def _piped(instruction: Prompt) -> AsyncIterator[Prompt]:
    """Yield the prompts as they are piped in; one that writes them may take its time."""
    if sys.stdin is None:
        return
    lines = asyncio.StreamReader(limit=_LONGEST)
    loop = asyncio.get_running_loop()
    try:
        if sys.stdin.isatty():
            raise ValueError("a terminal would be shared with what prints on it")
        pipe, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin.buffer)
    except (ValueError, NotImplementedError, OSError):
        lines.feed_data(sys.stdin.buffer.read())
        lines.feed_eof()
        pipe = None
    try:
        while line := await lines.readline():
            if line.strip():
                yield _prompt(line.decode("utf-8", "replace"), instruction)
    finally:
        if pipe is not None:
            pipe.close()


def _prompt(line: str, instruction: Prompt) -> Prompt:
    return [*instruction, Messages.User(line.strip())]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes.

    Args:
        parser: The command's own.
    """
    add = parser.add_argument
    add("prompts", metavar="FILE", help="the prompts, one a line; - reads standard input")
    add("--accept", metavar="REGEX", required=True, help="what an answer must hold; the rest is stopped then")
    add("-m", "--model", metavar="PROVIDER/MODEL", help="whom to ask; else what STREAMKIT_MODEL says")
    add("-s", "--system", metavar="TEXT", help="an instruction that stands above every prompt")
    add("--concurrency", metavar="N", type=int, default=8, help="how many are open at a time (8)")
    add("--keep", metavar="N", type=int, default=1, help="how many answers have to be good enough (1)")
    add("--cut", action="store_true", help="stop an accepted answer too, where it matches")
    add("--calls", metavar="N", type=int, help="how many requests may be sent")
    add("--budget-tokens", metavar="N", type=int, help="how many tokens all answers together may have")
    add("--budget-cost", metavar="USD", type=float, help="what all of it may cost, in US dollars")
    add("--budget-seconds", metavar="S", type=float, help="how long all of it may take")
    add("--rpm", metavar="N", type=int, help="requests a minute")
    add("--tpm", metavar="N", type=int, help="tokens a minute")
    add("--retries", metavar="N", type=int, default=3, help="how often a refused call is sent again (3)")
    add("--journal", metavar="FILE", help="remembers what was answered; the same command goes on where it was stopped")
    add("--json", action="store_true", help="one line of JSON for each accepted answer")


def run(given: argparse.Namespace) -> int:
    """Search, print what is found, and say how it ended.

    Args:
        given: The command's arguments.

    Returns:
        The exit code.
    """
    fail: Callable[[str], NoReturn] = given.fail
    given.model = given.model or os.environ.get("STREAMKIT_MODEL")
    if not given.model:
        fail("name a model: -m provider/model, or set STREAMKIT_MODEL; without a key there is -m replay/openai")
    try:
        given.accept = re.compile(given.accept)
    except re.error as error:
        fail(f"--accept {given.accept!r} is no regular expression: {error}")
    pass

    return hunt(given)
