"""What a decoder makes of a body: its chunks, their fold, how it ended and what it noted."""

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
    """All that can be seen of a decoding."""

    chunks: list[Chunk]
    response: Response
    error: StreamError | None
    notes: list[str]

    @property
    def seen(self) -> tuple[object, ...]:
        """All of it, to compare two outcomes by."""
        return self.chunks, self.response, self.end, self.notes

    @property
    def end(self) -> tuple[str, str]:
        """How it ended, in words."""
        return type(self.error).__name__, str(self.error)


def outcome(
    pieces: Iterable[bytes], *, api: str = "openai.chat", vendor: str | None = None, choices: int = 1
) -> Outcome:
    """Feed a body piece by piece to a new decoder of a format."""
    return drive(open_decoder(api, vendor=vendor, choices=choices), pieces)


def drive(decoder: Decoder, pieces: Iterable[bytes]) -> Outcome:
    """Feed a body piece by piece, and its end."""
    fold, chunks = Fold(), list[Chunk]()
    for new in [*(decoder.feed(piece) for piece in pieces), decoder.finish()]:
        chunks += new
        fold.add(new)
    response = fold.response("failed" if decoder.error else "complete")
    return Outcome(chunks, response, decoder.error, [name for name, _ in decoder.notes])


def data(event: object) -> bytes:
    """Write any JSON value, or a text that shall stand there as it is, as the data of an event."""
    return b"data: " + (event if isinstance(event, str) else json.dumps(event)).encode() + b"\n\n"


def piece(call: dict[str, Any] | None = None, /, **function: object) -> dict[str, Any]:
    """Make a delta with a piece of one tool call: ``call`` has its id and index, ``function`` its name and text."""
    return {"tool_calls": [{**(call or {}), "function": function}]}
