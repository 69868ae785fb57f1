"""``streamkit "question" -m provider/model``: print a streamed answer."""

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
from ._exit import INTERRUPTED, OK, report_error


def print_answer(model: str, question: str, system: str | None) -> int:
    """Send a question and print the answer while the chunks arrive."""
    instruction = [Messages.System(system)] if system else []
    try:
        call = stream(model, [*instruction, Messages.User(question)])
    except StreamError as error:
        return report_error(error)
    shown = _Shown()
    with call:  # the connection is closed when the block ends, however it ends
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
        return report_error(error)
    except KeyboardInterrupt:
        shown.end_line()
        return INTERRUPTED
    shown.end_line()
    return OK


class _Shown:
    """The printed part of an answer, and the time of the first text."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.first: float | None = None
        self._clean = Sanitizer()
        self._last = "\n"

    def add(self, text: str) -> None:
        """Print some more text at once, without terminal control characters."""
        text = self._clean.feed(text)
        if text:
            self.first = self.first or time.monotonic()
            self._last = text[-1]
            print(text, end="", flush=True)

    def end_line(self) -> None:
        """End the current line, if one is open."""
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
    parts = (f"{call.provider}/{call.model}", f"{response.state}{reasons}", tokens, took, first)
    return sanitize(" · ".join(parts))


def _count(tokens: int | None) -> str:
    return "unknown" if tokens is None else str(tokens)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("question", metavar="QUESTION", nargs="*", help="question; piped standard input is appended")
    add_model(parser)
    parser.add_argument("-s", "--system", metavar="TEXT", help="system message")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the model; ``search`` has the same one."""
    about = "model, for example openai/gpt-5-mini (default: $STREAMKIT_MODEL)"
    parser.add_argument("-m", "--model", metavar="PROVIDER/MODEL", help=about)


def model_of(args: argparse.Namespace) -> str:
    """Return the model that the option or the environment names, or end the program with a hint."""
    fail: Callable[[str], NoReturn] = args.fail
    model: str | None = args.model or os.environ.get("STREAMKIT_MODEL")
    if not model:
        fail("name a model: -m provider/model, or set STREAMKIT_MODEL; without a key there is -m replay/openai")
    return model


def run(args: argparse.Namespace) -> int:
    """Print the answer, and a line of status on stderr."""
    fail: Callable[[str], NoReturn] = args.fail
    model, question = model_of(args), _question(args.question)
    if not question:
        fail("there is no question: write one, or pipe one in")
    return print_answer(model, question, args.system)


def _question(words: list[str]) -> str:
    """Join the typed words and piped standard input."""
    piped = ""
    if sys.stdin is not None and not sys.stdin.isatty():  # None if it is closed
        piped = sys.stdin.buffer.read().decode("utf-8", "replace").strip()
    return "\n\n".join(filter(None, (" ".join(words), piped)))
