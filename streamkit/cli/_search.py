"""``streamkit search``: send prompts of a file, several at a time, until an answer matches."""

from __future__ import annotations

import argparse
import asyncio
import json
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
from ..text.compiled import TextMatch
from ..text.sanitize import sanitize
from ..usage.budget import Budget
from ._ask import add_model, model_of
from ._decode import harmless
from ._exit import INTERRUPTED, NOT_FOUND, OK, PROVIDER, TRUNCATED, report_error
from ._timeline import check_new

_LONGEST = 2**24  # bytes of a prompt, at most

Prompt: TypeAlias = list[BaseMessageParam]


def _print_found(args: argparse.Namespace) -> int:
    """Print each accepted answer at once, then the ledger on stderr; return the exit code."""
    line, began = _Line(), time.monotonic()
    try:
        if args.timeline is not None:
            check_new(args.timeline)
        found = _search(args, line).run()
        code = _code(found, cut=args.cut)
        if args.timeline is not None:
            _draw(found, args.timeline)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        raise
    except (StreamError, OSError) as error:
        return report_error(error)
    if line.ledger is not None:
        print(f"{sanitize(str(line.ledger))} · {time.monotonic() - began:.1f} s", file=sys.stderr)
    return code


def _draw(found: SearchResult, path: str) -> None:
    from .._timeline import timeline

    picture = timeline(found, title=f"streamkit search: {found.ended_by}").save(path)
    print(f"timeline: {picture}", file=sys.stderr)


def _search(args: argparse.Namespace, line: _Line) -> Pending[SearchResult]:
    bounds = (args.budget_tokens, args.budget_cost, args.budget_seconds)
    budget = None
    if any(bound is not None for bound in bounds):
        budget = Budget(args.budget_tokens, cost=args.budget_cost, seconds=args.budget_seconds)
    instruction = [Messages.System(args.system)] if args.system else []
    return search(
        _piped(instruction) if args.prompts == "-" else _lines(Path(args.prompts), instruction),
        accept=args.accept,
        model=args.model,
        concurrency=args.concurrency,
        keep=args.keep,
        budget=budget,
        calls=args.calls,
        limits=Limits(rpm=args.rpm, tpm=args.tpm),
        retries=args.retries,
        finish=not args.cut,
        journal=args.journal,
        progress=line,
        on_accepted=_Printed(cut=args.cut, as_json=args.json),
    )


class _Line(ProgressLine):
    """A progress line that keeps the ledger, for the summary at the end."""

    def __init__(self) -> None:
        super().__init__(None)
        self.ledger: Ledger | None = None

    def __call__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        super().__call__(ledger)


class _Printed:
    """Callback that prints each accepted answer at once.

    Args:
        cut: True prints an answer only up to its match.
        as_json: True prints a line of JSON for each answer.
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
            row = _as_row(accepted, match, content, truncated=not self._cut and _is_cut(accepted))
            print(harmless(json.dumps(row, ensure_ascii=False)), flush=True)
        else:
            print("\n" * self._several + sanitize(content).rstrip("\n"), flush=True)
        self._several = True
        if not self._cut and _is_cut(accepted):
            print(f"streamkit: The answer to prompt {accepted.index} broke off.", file=sys.stderr)


def _is_cut(accepted: AcceptedResult) -> bool:
    """Return True if an answer that should be whole broke off, or was stopped by the budget."""
    return accepted.response.state in ("failed", "stopped")


def _as_row(accepted: AcceptedResult, match: TextMatch, content: str, *, truncated: bool) -> dict[str, Any]:
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
    """Yield prompts from standard input while others are still being written to the pipe."""
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
    """Add the command's arguments."""
    add = parser.add_argument
    add("prompts", metavar="FILE", help="prompts, one a line; - reads standard input")
    add(
        "--accept",
        metavar="REGEX",
        required=True,
        help="regex an answer must match; the other requests are then cancelled",
    )
    add_model(parser)
    add("-s", "--system", metavar="TEXT", help="system message of every request")
    add("--concurrency", metavar="N", type=int, default=8, help="number of requests open at a time (default: 8)")
    add("--keep", metavar="N", type=int, default=1, help="number of matching answers to collect (default: 1)")
    add("--cut", action="store_true", help="stop an accepted answer at its match")
    add("--calls", metavar="N", type=int, help="number of requests, at most")
    add("--budget-tokens", metavar="N", type=int, help="tokens of all answers together, at most")
    add("--budget-cost", metavar="USD", type=float, help="cost of all requests in US dollars, at most")
    add("--budget-seconds", metavar="S", type=float, help="duration of the search in seconds, at most")
    add("--rpm", metavar="N", type=int, help="requests a minute, at most")
    add("--tpm", metavar="N", type=int, help="tokens a minute, at most")
    add("--retries", metavar="N", type=int, default=3, help="times that a refused request is sent again (default: 3)")
    add("--journal", metavar="FILE", help="file of decided prompts: the same command continues where it stopped")
    add("--timeline", metavar="PAGE", help="new file for a page that shows what every request has done, and when")
    add("--json", action="store_true", help="print one line of JSON for each accepted answer")


def run(args: argparse.Namespace) -> int:
    """Check the arguments, then search and print what is found."""
    fail: Callable[[str], NoReturn] = args.fail
    args.model = model_of(args)
    try:
        args.accept = re.compile(args.accept)
    except re.error as error:
        fail(f"--accept {args.accept!r} is no regular expression: {error}")
    return _print_found(args)
