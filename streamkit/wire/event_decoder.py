"""What the decoders of event streams share: framing, JSON, the short way, notes, and how a body can fail."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypedDict, Unpack, cast

from ..chunk import Chunk, ReasonsAfterCalls
from ..errors import LimitExceeded, MalformedError, StreamError, TruncatedError, provider_error
from ..scrub import one_line
from .fast_path import Template
from .framing.framer import Framer
from .framing.sse import EventFramer, NonDataJson
from .lenient_json import as_count, as_dict, as_list, as_text, parse
from .quirks import Quirks

SENTINEL = b"[DONE]"

_QUOTED = 200  # characters of a body that is no stream


class Options(TypedDict):
    """What a decoder is made of.

    Args:
        provider: The name that chunks and errors bear.
        quirks: The vendor's row.
        choices: How many answers the request asked for; formats that know only one ignore it.
        api: The name of the wire API that chunks carry; None if no SDK has a class for the events.
        cap: Bytes that one event may have.
    """

    provider: str
    quirks: Quirks
    choices: int
    api: str | None
    cap: int


class EventDecoder(ABC):
    """Decode an event stream; see ``Decoder`` for what each part promises, and ``Options`` for the arguments.

    A format says what its events mean. That ``[DONE]`` may come in it is no rule of any but the chat
    format: gateways put it behind the others too, so here it means nothing.
    """

    strings: ClassVar[Mapping[str, re.Pattern[bytes]]]
    """What stands before the strings in which most events differ, by the field of the chunk."""
    reason: ClassVar[str] = "finish reason"
    """What the format calls the proof of the end."""
    proof: ClassVar[str]
    """What proves the end, in words; its names are those of the wire."""
    after: ClassVar[str] = "nothing"
    """What may follow the proof."""
    framer: ClassVar[Callable[..., Framer]] = EventFramer
    """What splits the body into events."""

    def __init__(self, **options: Unpack[Options]) -> None:
        self.error: StreamError | None = None
        self.saw_content = False
        self.finish_seen = False
        self.done = False
        self.end_is_proven = True
        self.notes: list[tuple[str, dict[str, object]]] = []
        self._provider = options["provider"]
        self._quirks = options["quirks"]
        self._api = options["api"]
        self._framer = self.framer(cap=options["cap"])
        self._template = Template(self.strings)
        self._events = 0
        self._noted: set[str] = set()
        self._calling: set[int] = set()

    def feed(self, data: bytes) -> list[Chunk]:
        """Take the next bytes and return the chunks that they complete."""
        chunks: list[Chunk] = []
        if self.error is not None:
            return chunks
        read = self._template.read
        for payload in self._framer.feed(data):
            chunk = read(payload)
            if chunk is not None:
                chunks.append(chunk)
                self.saw_content = True
            else:
                self._read(payload, chunks)
                if self.error is not None:
                    return chunks
        if self._framer.broken and not self.done:
            self.error = self._broken()
        return chunks

    def finish(self) -> list[Chunk]:
        """Take the end of the body; afterwards either ``finish_seen`` or ``error`` is set."""
        chunks: list[Chunk] = []
        if self.error is not None:
            return chunks
        last = self._framer.finish()
        if last is not None and not self.done and _whole(last):
            self._read(last, chunks)
        if self.error is None and self._framer.broken and not self.done:
            self.error = self._broken()
        if self.error is None:
            self._end_of_body(chunks)
        if self.error is None and not self.finish_seen:
            if self._events:
                self._cut("the body ended")
            else:
                self.error = self._no_stream()
        if self.error is None and not self.done and self._quirks.sentinel:
            self._note("sentinel_missing")
        self.done = self.error is None
        return chunks

    @abstractmethod
    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        """Read one event into chunks; a TypeError or ValueError says that it has not the form of the format."""

    def _sentinel(self) -> None:  # noqa: B027 - most formats have no more to say about it
        """Take ``[DONE]``."""

    def _end_of_body(self, chunks: list[Chunk]) -> None:  # noqa: B027 - most formats have an end of their own
        """Take the end of the body, where it is a part of the proof."""

    def _read(self, payload: bytes, chunks: list[Chunk]) -> None:
        if payload == SENTINEL:
            self._sentinel()
        elif self.done:
            self._note("after_sentinel_dropped")
        elif isinstance(payload, NonDataJson):
            self._read_bare(payload)
        else:
            self._read_event(payload, chunks)

    def _read_event(self, payload: bytes, chunks: list[Chunk]) -> None:
        try:
            parsed, repaired = parse(payload)
        except ValueError as error:
            self.error = MalformedError(f"An event is not JSON: {error}.", provider=self._provider)
            return
        if repaired:
            self._note("utf8_replaced")
        if not isinstance(parsed, dict):
            self.error = MalformedError("An event is JSON but not an object.", provider=self._provider)
            return
        event = cast("dict[str, Any]", parsed)
        before = len(chunks)
        self._events += 1
        try:
            self._take(event, payload, chunks)
        except (TypeError, ValueError) as error:
            self.error = MalformedError(f"An event has not the form of this wire: {error}.", provider=self._provider)
            return
        if event.get("error") or "error" in (event.get("type"), event.get("object")):
            self.error = self._failure(event)
        elif not repaired and not self.done and len(chunks) == before + 1:
            self._template.learn(payload, chunks[-1])

    def _read_bare(self, payload: bytes) -> None:
        """Look at JSON outside ``data``: some servers put an error object there, and nothing else counts."""
        try:
            found, _ = parse(payload)
        except ValueError:
            return
        first = as_dict(next(iter(as_list(found)), found))
        if first.get("error"):
            self.error = self._failure(first)

    def _chunk(self, payload: bytes | None, told: dict[str, Any]) -> Chunk:
        """Make the chunk of an event."""
        if told.get("tool_calls"):
            self._calling.add(told.get("index", 0))
        reasons: list[str] | None = told.get("finish_reasons")
        if reasons and told.get("index", 0) in self._calling:
            told = {**told, "finish_reasons": ReasonsAfterCalls(reasons)}
        return Chunk(provider=self._provider, payload=payload, api=self._api, **told)

    def _failure(self, event: dict[str, Any]) -> StreamError:
        """Make the error that an error object inside the stream stands for."""
        given = event.get("error") or event
        found = as_dict(given) or {"message": str(given)}
        code, kind = found.get("code"), found.get("type")
        status = as_count(found, "status_code") or as_count(found, "status") or as_count(found, "code")
        return provider_error(
            str(found.get("message") or "The provider reported an error inside the stream."),
            status=status if status and 100 <= status < 600 else None,
            code=None if code is None else str(code),
            kind=None if kind is None else str(kind),
            provider=self._provider,
            request_id=as_text(event.get("request_id")) or None,
        )

    def _fail(self, error: StreamError) -> None:
        """End the answer with an error."""
        self.error = error

    def _cut(self, how: str) -> None:
        """End the answer, which came to no proven end."""
        message = f"The answer is cut: {how} without a {self.reason}{self._which()}."
        self.error = TruncatedError(message, provider=self._provider)

    def _no_stream(self) -> StreamError:
        stray = self._framer.stray
        if not stray:
            return TruncatedError("The answer is cut: the body ended before any event.", provider=self._provider)
        text = stray.decode("utf-8", "replace").strip()
        said = "The body is not a stream; it begins with {!r}."
        error = MalformedError(said.format(one_line(text[:_QUOTED]).strip()), provider=self._provider)
        error.uncut = said.format(text)
        return error

    def _which(self) -> str:
        """Name the choices that are cut, where there may be several."""
        return ""

    def _broken(self) -> StreamError:
        if self._framer.binary:  # where both are found in one read, this came first: nothing behind it is split
            return MalformedError("The body holds bytes that are no event stream.", provider=self._provider)
        return LimitExceeded(f"One event is larger than {self._framer.cap} bytes.", provider=self._provider)

    def _note(self, name: str, **fields: object) -> None:
        """Leave a note for the log, once a stream."""
        if name not in self._noted:
            self._noted.add(name)
            self.notes.append((name, fields))


def _whole(payload: bytes) -> bool:
    """Whether the data of an event that nothing closed is all there."""
    if payload == SENTINEL:
        return True
    try:
        return isinstance(parse(payload)[0], dict) or isinstance(payload, NonDataJson)
    except ValueError:
        return False
