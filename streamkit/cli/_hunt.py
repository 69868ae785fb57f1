"""A search from the command line: its prompts, its findings as they come, and what can be said of it at its end."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from .._search import Accepted, Ledger, Pending, ProgressLine, SearchResult, search
from ..errors import StreamError
from ..matcher import Found
from ..messages import BaseMessageParam, Messages
from ..runtime import Budget, Limits
from ..sanitize import sanitize
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

    def __call__(self, accepted: Accepted) -> None:
        match: Found = accepted.value
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


def _is_cut(accepted: Accepted) -> bool:
    """Whether an answer that was to be read to its end has none: it broke off, or the budget stopped it."""
    return accepted.response.state in ("failed", "stopped")


def _told(accepted: Accepted, match: Found, content: str, *, truncated: bool) -> dict[str, Any]:
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
