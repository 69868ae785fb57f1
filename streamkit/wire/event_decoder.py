"""The base of decoders of event streams: framing, JSON, the fast path, log events, and the errors of a body."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Unpack, cast

from ..chunk import Chunk, ReasonsAfterCalls
from ..errors import LimitExceeded, MalformedError, StreamError, TruncatedError, provider_error
from ..scrub import one_line
from .decoder import FormatDecoder, Options
from .fast_path import MISSES, Template
from .framing import Framer
from .framing.sse import EventFramer, NonDataJson
from .lenient_json import as_count, as_dict, as_list, as_text, parse
from .typed import MISSES as TYPED_MISSES

SENTINEL = b"[DONE]"

_QUOTED = 200  # quoted characters of a body that is no stream

_NONE: frozenset[Any] = frozenset()  # one of its own would take 216 bytes of every open stream


class EventDecoder(FormatDecoder):
    """Decodes an event stream. ``Decoder`` documents the methods, and ``Options`` the arguments.

    A subclass reads the events of its format. Only the chat format defines ``[DONE]``; gateways append it to other
    formats too, so by default it has no meaning.
    """

    strings: ClassVar[Mapping[str, re.Pattern[bytes]]]
    """By field of the chunk: the pattern of the bytes before the string in which most events differ."""
    reason: ClassVar[str] = "finish reason"
    """The format's name for the proof of the end."""
    has_typed: ClassVar[bool] = False
    """True if the format has a second path, ``_read_typed``."""
    framer: ClassVar[Callable[..., Framer]] = EventFramer
    """The class that splits the body into events."""

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
        self._odd = 0 if self.has_typed else TYPED_MISSES
        """The number of events in a row that the second path could not read."""
        self._noted: frozenset[str] = _NONE
        self._calling: frozenset[int] = _NONE

    def feed(self, data: bytes) -> list[Chunk]:
        """Add bytes and return the chunks that they complete."""
        chunks: list[Chunk] = []
        if self.error is not None:
            return chunks
        template, framer = self._template, self._framer
        for payload in framer.feed(data):
            if template.learned and (chunk := template.read(payload)) is not None:
                chunks.append(chunk)
                self.saw_content = True
            elif self._odd < TYPED_MISSES and (chunk := self._read_second(payload)) is not None:
                chunks.append(chunk)
            else:
                self._read(payload, chunks)
                if self.error is not None:
                    return chunks
        if (framer.oversized or framer.binary) and not self.done:
            self.error = self._broken()
        return chunks

    def finish(self) -> list[Chunk]:
        """End the input and return the last chunks; afterwards either ``finish_seen`` or ``error`` is set."""
        chunks: list[Chunk] = []
        if self.error is not None:
            return chunks
        last = self._framer.flush()
        if last is not None and not self.done and _is_complete(last):
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

    def read_answer(self, events: Iterable[dict[str, Any]], payload: bytes) -> list[Chunk]:
        """Read a whole answer, written as events; afterwards either ``finish_seen`` or ``error`` is set.

        Args:
            events: The events that would have told it in a stream, parsed. The end of the body stands for a sentinel.
            payload: The body that they were made of.
        """
        chunks: list[Chunk] = []
        for event in events:
            if self.error is None:
                self._read_parsed(event, payload, chunks)
        if self.error is None:
            self._sentinel("the body ended")
        if self.error is None:
            self._end_of_body(chunks)
        if self.error is None and not self.finish_seen:
            self._cut("the body ended")
        self.done = self.error is None
        return chunks

    @abstractmethod
    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        """Append the chunks of one event; raise TypeError or ValueError if the event does not have the right form."""

    def _sentinel(self, how: str = "[DONE] came") -> None:
        """Handle ``[DONE]``, or what stands for it, in words."""

    def _end_of_body(self, chunks: list[Chunk]) -> None:
        """Handle the end of the body, where it is part of the proof."""

    def _read_second(self, payload: bytes) -> Chunk | None:
        """Read an event on the second path; None if only the full parse can."""
        if self.done or payload.__class__ is not bytes or payload == SENTINEL:  # those of a subclass are no events
            return None
        chunk = self._read_typed(payload)
        if chunk is None:
            self._odd += 1
            return None
        self._odd = 0
        self._events += 1
        if self._template.misses < MISSES:
            self._template.learn(payload, chunk)
        return chunk

    def _read_typed(self, payload: bytes) -> Chunk | None:
        """Return the chunk of an event that fits the format's structs, the very chunk that ``_take`` would make.

        A format that has this says so by ``has_typed``. As long as it returns None, it changes no state.
        """

    def _read(self, payload: bytes, chunks: list[Chunk]) -> None:
        if payload == SENTINEL:
            self._sentinel()
        elif self.done:
            self._note("after_sentinel_dropped")
        elif isinstance(payload, NonDataJson):
            self._read_non_data_json(payload)
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
        before = len(chunks)
        self._read_parsed(cast("dict[str, Any]", parsed), payload, chunks)
        if self.error is None and not repaired and not self.done and len(chunks) == before + 1:
            self._template.learn(payload, chunks[-1])

    def _read_parsed(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        self._events += 1
        try:
            self._take(event, payload, chunks)
        except (TypeError, ValueError) as error:
            self.error = MalformedError(f"An event has not the form of this wire: {error}.", provider=self._provider)
            return
        if event.get("error") or "error" in (event.get("type"), event.get("object")):
            self.error = self._failure(event)

    def _read_non_data_json(self, payload: bytes) -> None:
        """Look for an error object in JSON outside ``data``, where some servers put it; other JSON there is ignored."""
        try:
            found, _ = parse(payload)
        except ValueError:
            return
        first = as_dict(next(iter(as_list(found)), found))
        if first.get("error"):
            self.error = self._failure(first)

    def _chunk(self, payload: bytes | None, fields: dict[str, Any]) -> Chunk:
        """Return the chunk of an event."""
        if fields.get("tool_calls"):
            self._calling |= {fields.get("index", 0)}
        reasons: list[str] | None = fields.get("finish_reasons")
        if reasons and fields.get("index", 0) in self._calling:
            fields = {**fields, "finish_reasons": ReasonsAfterCalls(reasons)}
        return Chunk(provider=self._provider, payload=payload, api=self._api, **fields)

    def _failure(self, event: dict[str, Any]) -> StreamError:
        """Return the error that an error object inside the stream describes."""
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
        """End the answer with an error, because its end is not proven."""
        message = f"The answer is cut: {how} without a {self.reason}{self._which()}."
        self.error = TruncatedError(message, provider=self._provider)

    def _no_stream(self) -> StreamError:
        unframed = self._framer.unframed
        if not unframed:
            return TruncatedError("The answer is cut: the body ended before any event.", provider=self._provider)
        text = unframed.decode("utf-8", "replace").strip()
        template = "The body is not a stream; it begins with {!r}."
        error = MalformedError(template.format(one_line(text[:_QUOTED]).strip()), provider=self._provider)
        error.uncut = template.format(text)
        return error

    def _which(self) -> str:
        """Return the words that name the choices that are cut, where there may be several."""
        return ""

    def _broken(self) -> StreamError:
        if self._framer.binary:  # if one read has both faults, this one came first: the framer stops at it
            return MalformedError("The body holds bytes that are no event stream.", provider=self._provider)
        return LimitExceeded(f"One event is larger than {self._framer.cap} bytes.", provider=self._provider)

    def _note(self, name: str, **details: object) -> None:
        """Add a log event, at most once for each stream."""
        if name not in self._noted:
            self._noted |= {name}
            self.notes.append((name, details))


def _is_complete(payload: bytes) -> bool:
    """Whether the data of an event without its blank line is complete."""
    if payload == SENTINEL:
        return True
    try:
        return isinstance(parse(payload)[0], dict) or isinstance(payload, NonDataJson)
    except ValueError:
        return False
