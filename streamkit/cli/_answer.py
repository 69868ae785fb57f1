"""An answer on its way to the terminal, to a file, and to the text at which it shall stop."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from .._stream import Stream
from ..chunk import Chunk
from ..errors import ConfigurationError
from ..runtime import Output
from ..text.matcher import Finder, matcher
from ..text.sanitize import Sanitizer, sanitize
from ..tool import ToolCall
from ._exit import say


class AnswerPrinter:
    """A context manager that takes an answer's chunks and shows and saves their text.

    Args:
        show: True to print the text; False to collect it only.
        until: Text behind which the answer ends.
        save: Path of a file for the text, as it came.
        by_tool: Name of the tool whose arguments are the answer.

    Raises:
        ConfigurationError: The file is there already or cannot be written, or ``until`` is empty.
    """

    def __init__(
        self, *, show: bool = True, until: str | None = None, save: str | None = None, by_tool: str | None = None
    ) -> None:
        self.began = time.monotonic()
        self.first: float | None = None
        """Time of the first text."""
        self._parts: list[str] = []
        self._show = show
        self._until = until
        self._finder: Finder | None = None
        if until is not None:
            self._finder = matcher(until, hold=False, template="--until {}")()
        self._by_tool = by_tool
        self._path = save
        self._is_new = save is not None and not Path(save).exists()
        self._file = None if save is None else _open_new(save)
        self._clean = Sanitizer()
        self._last = "\n"

    def __enter__(self) -> AnswerPrinter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None and self._path is not None:
            self._file.drop()
            if self._is_new and not self._parts:
                Path(self._path).unlink(missing_ok=True)

    @property
    def text(self) -> str:
        """The text so far, as it came."""
        return "".join(self._parts)

    @property
    def found(self) -> bool:
        """Whether the text at which the answer shall stop has come."""
        return self._finder is not None and self._finder.found is not None

    def add(self, chunk: Chunk, tool: ToolCall | None) -> None:
        """Take the next chunk, and the tool call that is complete with it."""
        if chunk.index:
            return  # another choice
        self._add_text(chunk.content or chunk.refusal or chunk.audio_transcript)
        if self._by_tool is not None:
            self._add_text("".join(delta.arguments for delta in chunk.tool_calls))
        elif tool is not None and self._show:
            self.end_line()
            say([f"tool call: {sanitize(signature(tool.name, tool.arguments))}"])

    def _add_text(self, text: str) -> None:
        if not text or self.found:
            return
        if self._finder is not None:
            text, _ = self._finder.feed(text)
        self.first = self.first or time.monotonic()
        self._parts.append(text)
        if self._file is not None:
            self._file.write(text.encode(errors="replace"))
        shown = self._clean.feed(text)
        if shown and self._show:
            self._last = shown[-1]
            print(shown, end="", flush=True)

    def end_line(self) -> None:
        """End the current line, if one is open."""
        if self._last != "\n":
            self._last = "\n"
            print(flush=True)

    def status(self, call: Stream) -> None:
        """Print how the call went, on stderr: its state, tokens and times, and what was stopped and saved."""
        say(map(sanitize, self._status(call)), between=" · ")
        if self._finder is not None:
            say(sanitize(self._stop(call)).split(" "))
        if self._path is not None:
            characters = f"{sanitize(self._path)}, {len(self.text)} characters"
            say((f"saved: {characters}" if self._parts else "nothing to save").split(" "))

    def _status(self, call: Stream) -> tuple[str, ...]:
        response = call.response
        reasons = f" ({', '.join(response.finish_reasons)})" if response.finish_reasons else ""
        usage, tokens = response.usage, "tokens unknown"
        if usage:
            tokens = f"{_count(usage.input_tokens)} tokens in, {_count(usage.output_tokens)} out"
            tokens += " (estimated)" if usage.source == "estimated" else ""
        first = "no text" if self.first is None else f"first text after {(self.first - self.began) * 1000:.0f} ms"
        took = f"{time.monotonic() - self.began:.2f} s"
        return f"{call.provider}/{call.model}", f"{response.state}{reasons}", tokens, took, first

    def _stop(self, call: Stream) -> str:
        until = json.dumps(self._until, ensure_ascii=False)
        if not self.found:
            return f"not stopped: {until} did not come"
        response = call.response
        if response.state == "complete":
            return f"{until} came at the very end: nothing was saved"
        if response.saved is None:
            return f"stopped at {until}: the rest was not generated (how much is known only with -o max_tokens=N)"
        cost = "" if response.saved.cost is None else f", ${response.saved.cost:.4f}"
        return f"stopped at {until}: at most {response.saved.output_tokens} tokens{cost} were not generated"


def signature(name: str, arguments: dict[str, Any]) -> str:
    """Return a call as it is written in code.

    >>> signature("get_orbit", {"moon": "Europa"})
    'get_orbit(moon="Europa")'
    """
    return f"{name}({', '.join(f'{key}={json.dumps(value, ensure_ascii=False)}' for key, value in arguments.items())})"


def _open_new(path: str) -> Output:
    file = Path(path)
    if file.is_file() and file.stat().st_size:
        raise ConfigurationError(f"The file {path} is there already: give --save another one.")
    return Output(path, append=False, overwrite=False, flush=True)


def _count(tokens: int | None) -> str:
    return "unknown" if tokens is None else str(tokens)
