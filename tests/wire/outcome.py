"""The outcome of decoding a body: chunks, Response, error and notes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from streamkit.chunk import Chunk
from streamkit.errors import StreamError
from streamkit.fold import Fold
from streamkit.response import Response
from streamkit.wire import Decoder, open_decoder

DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that a decoder has produced."""

    chunks: list[Chunk]
    response: Response
    error: StreamError | None
    notes: list[str]

    @property
    def seen(self) -> tuple[object, ...]:
        """Return the parts by which two outcomes are compared."""
        return self.chunks, self.response, self.end, self.notes

    @property
    def end(self) -> tuple[str, str]:
        """Return the type and the message of the error."""
        return type(self.error).__name__, str(self.error)


def outcome(
    fragments: Iterable[bytes], *, api: str = "openai.chat", vendor: str | None = None, choices: int = 1
) -> Outcome:
    """Feed a body in fragments to a new decoder of a format."""
    return drive(open_decoder(api, vendor=vendor, choices=choices), fragments)


def drive(decoder: Decoder, fragments: Iterable[bytes]) -> Outcome:
    """Feed a body in fragments to a decoder, and finish it."""
    fold, chunks = Fold(), list[Chunk]()
    for new in [*(decoder.feed(fragment) for fragment in fragments), decoder.finish()]:
        chunks += new
        fold.add(new)
    response = fold.response("failed" if decoder.error else "complete")
    return Outcome(chunks, response, decoder.error, [name for name, _ in decoder.notes])


def data(event: object) -> bytes:
    """Write any JSON value, or a text that shall stand there as it is, as the data of an event."""
    return b"data: " + (event if isinstance(event, str) else json.dumps(event)).encode() + b"\n\n"


def delta(call: dict[str, Any] | None = None, /, **function: object) -> dict[str, Any]:
    """Make a delta of one tool call: `call` has its id and index, `function` its name and arguments."""
    return {"tool_calls": [{**(call or {}), "function": function}]}
