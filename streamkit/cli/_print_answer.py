"""An answer, printed as it arrives and made safe for the terminal; and what can be said of it at its end."""

from __future__ import annotations

import sys
import time

from .._stream import Stream, stream
from ..errors import StreamError
from ..messages import Messages
from ..sanitize import Sanitizer, sanitize
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
