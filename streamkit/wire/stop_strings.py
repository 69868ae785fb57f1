"""Stop strings for the wire formats whose requests have none: the answer ends where one of them would begin."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ..chunk import Chunk
from ..errors import StreamError
from ..text.matcher import Finder, matcher
from .decoder import Decoder, DelegatingDecoder


class StopStringDecoder(DelegatingDecoder):
    """A decoder whose answer ends at the first stop string, as providers end it: nothing from there on is decoded.

    Of several the one counts that is whole first, and of those the longest. Only the text of the answer is searched,
    each choice by itself. What may become a stop string is held back, until the choice's end at most. An event whose
    text changes is written anew with the text that is left.

    Args:
        inner: The decoder of the format.
        stop: The stop strings.
        choices: The number of requested answers.
    """

    error: StreamError | None = None

    def __init__(self, inner: Decoder, stop: Sequence[str], *, choices: int = 1) -> None:
        super().__init__()
        self.stop_sequence: str | None = None
        """The stop string that ended the answer, of several choices the first of them; None if none has."""
        self._inner = inner
        pattern = re.compile("|".join(map(re.escape, sorted(stop))))
        self._search: Callable[[], Finder] = matcher(pattern, hold=True, template="stop={}")
        self._searches: dict[int, Finder] = {}
        self._open = set(range(choices))
        self._stopped: dict[int, str] = {}

    def feed(self, data: bytes) -> list[Chunk]:
        """Decode the next bytes and return the chunks that they complete."""
        return [] if self.done else self._read(self._inner.feed(data), end=False)

    def finish(self) -> list[Chunk]:
        """Handle the end of the body; afterwards ``finish_seen``, ``error`` or ``stop_sequence`` is set."""
        return [] if self.done else self._read(self._inner.finish(), end=True)

    def _read(self, chunks: list[Chunk], *, end: bool) -> list[Chunk]:
        passed: list[Chunk] = []
        for chunk in chunks:
            passed.append(self._cut(chunk))
            if self._stopped and not self._open:
                break
        else:
            if end or self._inner.error is not None:
                rests = ((index, search.flush()) for index, search in self._searches.items())
                passed += [Chunk(index=index, content=rest) for index, rest in rests if rest]
        self._follow(self._inner, passed)
        self.end_is_proven = self._inner.end_is_proven
        if self._stopped and not self._open:
            self.error, self.finish_seen, self.done = None, False, True
        self.stop_sequence = self._stopped.get(min(self._stopped, default=0))
        return passed

    def _cut(self, chunk: Chunk) -> Chunk:
        """Return a chunk with the text that may pass."""
        if chunk.index in self._stopped:  # while another choice goes on
            return Chunk(index=chunk.index, usage=chunk.usage)
        if not chunk.content and not chunk.finish_reasons:
            return chunk
        search = self._searches.get(chunk.index)
        if search is None:
            search = self._searches[chunk.index] = self._search()
        text, found = search.feed(chunk.content) if chunk.content else ("", False)
        if found and search.found is not None:
            self._stopped[chunk.index] = search.found.text
        elif chunk.finish_reasons:
            text += search.flush()
        if found or chunk.finish_reasons:
            self._open.discard(chunk.index)
        if not found and text == chunk.content:
            return chunk
        event = _with_text(chunk, text, found=found)
        reasons = None if found else chunk.finish_reasons  # the provider's is that of the uncut text
        return msgspec.structs.replace(chunk, content=text, plain=False, finish_reasons=reasons, **event)


def _with_text(chunk: Chunk, text: str, *, found: bool) -> dict[str, Any]:
    """Return the event of a chunk with another text; none if the event cannot be written so and has a stop string."""
    event = chunk.raw
    if event.get("delta") == chunk.content:
        event |= {"delta": text, **({"logprobs": []} if event.get("logprobs") else {})}
        return {"payload": msgspec.json.encode(event)}
    return {"payload": None, "api": None} if found else {}
