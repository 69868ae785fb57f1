"""Where the events of a body end, so that one is looked at when all of it has come; nothing in them is decoded here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zlib import crc32

_STARTS = (b"data:", b"event:", b"id:", b"retry:", b":")

_EVENT_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")

_EVENT_END = re.compile(rb"\n\n|\r\n\r\n|\r\r")

_LINE_END = re.compile(rb"\n")

_BLANK = b"\r\n\t \xef\xbb\xbf"

_FRAME_SIZES = range(16, 32 * 2**20)


class Events:
    r"""The events of one body, by its wire format.

    Args:
        api: The wire format; None if it is not known.
        whole: True if the answer comes in one body, which is one event.

    >>> events, data = Events("openai.chat"), b'data: {"a":1}\n\ndata: {"b'
    >>> events.end(data), [data[begin:end] for begin, end in events.spans(data)]
    (15, [b'data: {"a":1}\n\n', b'data: {"b'])
    """

    def __init__(self, api: str | None, *, whole: bool = False) -> None:
        api = api or ""
        self.framed = api.startswith("bedrock") and not whole
        """True if the events are AWS's binary frames."""
        self._whole = whole
        self._by_line = api.startswith(("ollama", "cohere.v1"))
        self._are_json = whole or self._by_line or api.startswith("gemini")

    def end(self, data: bytes) -> int:
        """Return the end of the last whole event; 0 if there is none."""
        if self._whole:
            return 0
        if self.framed:
            return max((end for _, end in _frames(data)), default=0)
        if self._by_line:
            return data.rfind(b"\n") + 1
        return max([data.rfind(each) + len(each) for each in _EVENT_ENDS if each in data], default=0)

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield the beginning and the end of each event; the last one may not be whole."""
        at = 0
        if self.framed:
            for begin, at in _frames(data):
                yield begin, at
        elif not self._whole:
            for found in (_LINE_END if self._by_line else _EVENT_END).finditer(data):
                yield at, found.end()
                at = found.end()
        if at < len(data):
            yield at, len(data)

    def looks_like_one(self, event: bytes) -> bool:
        """Return whether an event begins as those of the format do; a page of a proxy does not."""
        if self.framed:
            return next(_frames(event), None) is not None
        start = event.lstrip(_BLANK)
        return not start or start.startswith(_STARTS) or (self._are_json and start[:1] in b"{[,]")


def _frames(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the beginning and the end of each whole frame, which begins with its length."""
    at = 0
    while len(data) - at >= _FRAME_SIZES.start:
        size = int.from_bytes(data[at : at + 4])
        if size not in _FRAME_SIZES or at + size > len(data):
            return
        yield at, at + size
        at += size


def with_checksum(frame: bytes) -> bytes:
    """Return a frame whose content has been changed with the checksum of the new content."""
    return frame[:-4] + crc32(frame[:-4]).to_bytes(4)
