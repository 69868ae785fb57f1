"""The decoder of an answer that comes without streaming, in one body: one chunk for each choice."""

from __future__ import annotations

import json
import re
import string
from typing import Any, Unpack, cast

import msgspec

from ..chunk import Chunk, ToolCallDelta
from ..errors import LimitExceeded, MalformedError, StreamError, TruncatedError
from ..fold import Fold
from ..scrub import one_line
from .decoder import Options
from .format import WHOLE, Event, Format
from .lenient_json import as_dict, parse

_QUOTED = 200  # quoted characters of a body that is no JSON

_BLANK = b" \t\r\n\xef\xbb\xbf"  # white space, with which some servers keep the connection open; the byte order mark

_EVENTS = ("data:", "event:", "id:", ":")  # what an event stream begins with

# A string, or the beginning of one at the end of the text. It never backtracks: a body may be large.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+("?)', re.DOTALL)

_OF_WORDS = string.ascii_letters + string.digits + "+-."  # the characters of numbers and literals

_SIGNS = re.compile(r"[{}]")
# The fields whose beginning means something else than the whole.
_NAMES = frozenset({"id", "model", "modelVersion", "responseId", "generation_id"})


class WholeDecoder:
    """Collects a body and decodes the whole at the end. ``Decoder`` documents the methods.

    The proof of the end is that of the format, in a body whose JSON is whole. Nothing counts as content before that:
    whoever retries has shown nothing of a body that fails.

    Args:
        row: The row of the API.
        options: The arguments of a decoder; ``cap`` is the largest size of the body, in bytes.
    """

    def __init__(self, row: Format, **options: Unpack[Options]) -> None:
        self.error: StreamError | None = None
        self.saw_content = False
        self.finish_seen = False
        self.done = False
        self.end_is_proven = True
        self.notes: list[tuple[str, dict[str, object]]] = []
        self._row = row
        self._options = options
        self._body = bytearray()

    def feed(self, data: bytes) -> list[Chunk]:
        """Add bytes; there are no chunks before the end."""
        if self.error is None:
            self._body += data
            if len(self._body) > self._options["cap"]:
                self._body.clear()
                message = f"The body is larger than {self._options['cap']} bytes."
                self.error = LimitExceeded(message, provider=self._options["provider"])
        return []

    def finish(self) -> list[Chunk]:
        """End the input and return the chunks; afterwards either ``finish_seen`` or ``error`` is set."""
        if self.error is not None or self.done:
            return []
        data, self._body = bytes(self._body).lstrip(_BLANK), bytearray()
        try:
            answer, repaired = parse(data)
        except ValueError as error:
            return self._read_damaged(data, error)
        if repaired:
            self.notes.append(("utf8_replaced", {}))
        if isinstance(answer, list):  # Google sends some errors as the only item of an array
            answer = next(iter(cast("list[Any]", answer)), None)
            data = json.dumps(answer).encode()
        if isinstance(answer, dict):
            return self._read(cast("Event", answer), data)
        self.error = MalformedError("The body is JSON but not an object.", provider=self._options["provider"])
        return []

    def _read(self, answer: Event, payload: bytes, *, cut: bool = False) -> list[Chunk]:
        inner = self._row.decoder(**self._options)
        try:
            chunks = inner.read_answer(self._row.events_of(answer), payload)
        except (TypeError, ValueError) as error:
            message = f"The body has not the form of this wire: {error}."
            self.error = MalformedError(message, provider=self._options["provider"])
            return []
        self.notes += inner.notes
        self.error = self._truncated("its JSON is incomplete") if cut else inner.error
        self.done = self.finish_seen = self.saw_content = self.error is None
        self.end_is_proven = inner.end_is_proven
        merged = _merged(chunks, payload)
        return [_without_end(chunk) for chunk in merged] if cut else merged

    def _read_damaged(self, data: bytes, error: ValueError) -> list[Chunk]:
        """Read what can be read of a body that is no JSON: one that is cut, or has something behind its JSON."""
        text = data.decode("utf-8", "ignore")
        if not text:
            self.error = TruncatedError("The answer is cut: the body is empty.", provider=self._options["provider"])
            return []
        beginning = _beginning(text)
        if beginning is None:
            self.error = self._malformed(text, error)
            return []
        answer, is_cut = beginning
        if not is_cut:
            self.notes.append(("after_sentinel_dropped", {}))
        return self._read(answer, json.dumps(answer).encode(), cut=is_cut)

    def _truncated(self, how: str) -> TruncatedError:
        return TruncatedError(f"The answer is cut: {how}.", provider=self._options["provider"])

    def _malformed(self, text: str, error: ValueError) -> MalformedError:
        if text.startswith(_EVENTS):
            message = "The body is an event stream, although none was asked for: leave stream=False out."
            return MalformedError(message, provider=self._options["provider"])
        if text.startswith("{"):
            return MalformedError(f"The body is not JSON: {error}.", provider=self._options["provider"])
        template = "The body is not JSON; it begins with {!r}."
        found = MalformedError(template.format(one_line(text[:_QUOTED]).strip()), provider=self._options["provider"])
        found.uncut = template.format(text)
        return found


def _beginning(text: str) -> tuple[Event, bool] | None:
    """Return the object that a text begins with or is the beginning of, and whether it is cut; None if it is neither.

    What a cut may have changed is left out: a number, a literal, and a name of the model or the answer.
    """
    # Imported here: importing pydantic_core takes time, and few bodies are cut.
    from pydantic_core import from_json

    strings = list(_STRING.finditer(text))
    if not strings or strings[-1][1]:  # the text does not end inside a string
        text = text.rstrip(_OF_WORDS)
    try:
        answer = as_dict(from_json(text, allow_partial="trailing-strings"))
        certain = as_dict(from_json(text, allow_partial=True))
        json.dumps(answer)  # which refuses numbers of thousands of digits
    except ValueError:
        return None
    if not text.startswith("{"):
        return None
    answer = {name: value for name, value in answer.items() if name in certain or name not in _NAMES}
    return answer, not _is_closed(text)


def _is_closed(text: str) -> bool:
    """Return whether a text begins with a whole object."""
    depth = 0
    for sign in _SIGNS.finditer(_STRING.sub("", text)):
        depth += 1 if sign[0] == "{" else -1
        if depth == 0:
            return True
    return False


def _merged(chunks: list[Chunk], payload: bytes) -> list[Chunk]:
    """Return one chunk for each choice, and one before for each encrypted block of thinking."""
    if not chunks:
        return []
    fold = Fold()
    fold.add(chunks)
    api = chunks[0].api
    name = api and api + WHOLE
    return [msgspec.structs.replace(each, payload=payload, api=name) for each in fold.chunks()]


def _without_end(chunk: Chunk) -> Chunk:
    """Return the chunk of a cut body, whose last call is open although the rest of the JSON was closed for it."""
    calls = chunk.tool_calls
    if calls:
        last = calls[-1]
        arguments = last.arguments.removesuffix("}") if last.complete else last.arguments
        calls = (
            *calls[:-1],
            ToolCallDelta(last.index, last.id, last.name, arguments, False, last.signature, last.kind),
        )
    return msgspec.structs.replace(chunk, tool_calls=calls, finish_reasons=None)
