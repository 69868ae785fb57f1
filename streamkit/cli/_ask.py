"""``streamkit "question" -m provider/model``: what is asked, and whom."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from .._stream import Stream, stream
from ..errors import StreamError
from ..messages import Messages
from ..text.sanitize import Sanitizer, sanitize
from ._exit import INTERRUPTED, OK, told


def print_answer(model: str, question: str, system: str | None) -> int:
    """Ask and print.

    Args:
        model: ``provider/model``.
        question: What is asked.
        system: An instruction that stands above it.

    Returns:
        The exit code.
    """
    instruction = [Messages.System(system)] if system else []
    try:
        call = stream(model, [*instruction, Messages.User(question)])
    except StreamError as error:
        return told(error)
    shown = _Shown()
    with call:  # whatever happens, its connection is closed behind this block
        code = _follow(call, shown)
    if code in (OK, INTERRUPTED) or shown.first is not None:
        print(_status(call, shown), file=sys.stderr)
    return code


def _follow(call: Stream, shown: _Shown) -> int:
    try:
        for chunk, _ in call:
            if chunk.index == 0:
                shown.add(chunk.content or chunk.refusal or chunk.audio_transcript)
    except StreamError as error:
        shown.end_line()
        return told(error)
    except KeyboardInterrupt:
        shown.end_line()
        return INTERRUPTED
    shown.end_line()
    return OK


class _Shown:
    """What has been printed of an answer, and when it began."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.first: float | None = None
        self._clean = Sanitizer()
        self._last = "\n"

    def add(self, text: str) -> None:
        """Print a piece of it, at once."""
        text = self._clean.feed(text)
        if text:
            self.first = self.first or time.monotonic()
            self._last = text[-1]
            print(text, end="", flush=True)

    def end_line(self) -> None:
        """End the line that it stands on."""
        if self._last != "\n":
            print(flush=True)


def _status(call: Stream, shown: _Shown) -> str:
    response = call.response
    reasons = f" ({', '.join(response.finish_reasons)})" if response.finish_reasons else ""
    usage = response.usage
    tokens = f"{_count(usage.input_tokens)} tokens in, {_count(usage.output_tokens)} out" if usage else "tokens unknown"
    if usage and usage.source == "estimated":
        tokens += " (estimated)"
    took = f"{time.monotonic() - shown.began:.2f} s"
    first = "no text" if shown.first is None else f"first text after {(shown.first - shown.began) * 1000:.0f} ms"
    told = (f"{call.provider}/{call.model}", f"{response.state}{reasons}", tokens, took, first)
    return sanitize(" · ".join(told))


def _count(tokens: int | None) -> str:
    return "unknown" if tokens is None else str(tokens)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes.

    Args:
        parser: The command's own.
    """
    parser.add_argument("question", metavar="QUESTION", nargs="*", help="what to ask; standard input is put behind it")
    parser.add_argument("-m", "--model", metavar="PROVIDER/MODEL", help="whom to ask; else what STREAMKIT_MODEL says")
    parser.add_argument("-s", "--system", metavar="TEXT", help="an instruction that stands above the question")


def run(given: argparse.Namespace) -> int:
    """Ask, print, and say how it ended.

    Args:
        given: The command's arguments.

    Returns:
        The exit code.
    """
    fail: Callable[[str], NoReturn] = given.fail
    model = given.model or os.environ.get("STREAMKIT_MODEL")
    if not model:
        fail("name a model: -m provider/model, or set STREAMKIT_MODEL; without a key there is -m replay/openai")
    question = _question(given.question)
    if not question:
        fail("there is no question: write one, or pipe one in")
    pass

    return print_answer(model, question, given.system)


def _question(words: list[str]) -> str:
    """Join what was typed and what is piped in."""
    piped = ""
    if sys.stdin is not None and not sys.stdin.isatty():  # None where it is closed
        piped = sys.stdin.buffer.read().decode("utf-8", "replace").strip()
    return "\n\n".join(filter(None, (" ".join(words), piped)))
