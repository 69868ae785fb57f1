"""The chat completions wire, as OpenAI defined it and thirty vendors speak it."""

from __future__ import annotations

import math
from typing import Any, cast

from ..chunk import Chunk, Usage
from ..errors import LimitExceeded, MalformedError, StreamError, TruncatedError, provider_error
from ._chat_delta import ChoiceState, read_choice
from ._json import as_dict, as_list, as_text, parse
from ._sse import Bare, EventFramer
from ._template import Template
from .quirks import Quirks

SENTINEL = b"[DONE]"


class ChatDecoder:
    """Decode a chat completions stream; see ``Decoder`` for what each part promises.

    Args:
        provider: The name that chunks and errors bear.
        quirks: The vendor's row.
        choices: How many choices the request asked for.
        sdk: Where the SDK's class for an event is built.
        cap: Bytes that one event may have.
    """

    def __init__(self, *, provider: str, quirks: Quirks, choices: int, sdk: str | None, cap: int) -> None:
        self.error: StreamError | None = None
        self.moved = False
        self.ended = False
        self.closed = False
        self.proven = True
        self.notes: list[tuple[str, dict[str, object]]] = []
        self._provider = provider
        self._quirks = quirks
        self._sdk = sdk
        self._framer = EventFramer(cap=cap)
        self._template = Template()
        self._choices = {at: ChoiceState() for at in range(choices)}
        self._cited = 0
        self._events = 0
        self._noted: set[str] = set()

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
                self.moved = True
            else:
                self._read(payload, chunks)
                if self.error is not None:
                    return chunks
        if self._framer.broken and not self.closed:
            self.error = self._broken()
        return chunks

    def finish(self) -> list[Chunk]:
        """Take the end of the body; afterwards either ``ended`` or ``error`` is set."""
        chunks: list[Chunk] = []
        if self.error is not None:
            return chunks
        last = self._framer.finish()
        if last is not None and not self.closed and _whole(last):
            self._read(last, chunks)
        if self.error is None and self._framer.broken and not self.closed:
            self.error = self._broken()
        if self.error is None and not self.ended:
            self.error = self._truncated("the body ended")
        if self.error is None and not self.closed and self._quirks.sentinel:
            self._note("sentinel_missing")
        self.closed = self.error is None
        return chunks

    def _read(self, payload: bytes, chunks: list[Chunk]) -> None:
        if self.closed:
            self._note("after_sentinel_dropped")
            return
        if payload == SENTINEL:
            self._close()
            return
        if isinstance(payload, Bare):
            self._read_bare(payload)
            return
        try:
            event, repaired = parse(payload)
        except ValueError as error:
            self.error = MalformedError(f"An event is not JSON: {error}.", provider=self._provider)
            return
        if repaired:
            self._note("utf8_replaced")
        if not isinstance(event, dict):
            self.error = MalformedError("An event is JSON but not an object.", provider=self._provider)
            return
        self._events += 1
        try:
            self._read_event(cast("dict[str, Any]", event), payload, chunks, repaired=repaired)
        except (TypeError, ValueError) as error:
            self.error = MalformedError(f"An event has not the form of this wire: {error}.", provider=self._provider)

    def _read_event(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk], *, repaired: bool) -> None:
        fields: dict[str, Any] = {
            "model": as_text(event.get("model")) or None,
            "id": as_text(event.get("id")) or None,
            "provider": self._provider,
            "payload": payload,
            "sdk": self._sdk,
        }
        usage, citations = _usage(event), self._citations(event)
        choices = [choice for choice in map(as_dict, as_list(event.get("choices"))) if choice]
        for at, choice in enumerate(choices):
            told = self._read_choice(choice)
            if at == 0:
                told |= {"usage": usage, "citations": (*citations, *told.get("citations", ()))}
            chunks.append(Chunk(**fields, **told))
        if not choices:
            chunks.append(Chunk(**fields, usage=usage, citations=citations))
        failure = event.get("error")
        if failure:
            self.error = _error(failure, self._provider)
        elif len(choices) == 1 and not repaired:
            self._template.learn(payload, chunks[-1])

    def _read_choice(self, choice: dict[str, Any]) -> dict[str, Any]:
        index = _count(choice, "index") or 0
        state = self._choices.setdefault(index, ChoiceState())
        was_ended = state.ended
        told, content = read_choice(choice, state)
        if was_ended and content:
            self._note("content_after_end_dropped")
            told = {"finish_reasons": told["finish_reasons"]} if "finish_reasons" in told else {}
        elif content or "finish_reasons" in told:
            self.moved = True
        if "tool_calls" in told:
            self._template.forget()  # the same ends may now mean a piece of another call
        if state.ended and not was_ended:
            self._template.forget()
            self.ended = all(each.ended for each in self._choices.values())
        elif not state.ended:
            self.ended = False
        if index:
            told["index"] = index
        return told

    def _close(self) -> None:
        self.closed = True
        self._template.forget()
        missing = [at for at, state in self._choices.items() if not (state.ended or self._ends_by_sentinel(at))]
        if missing or not self._events:
            self.error = self._truncated("[DONE] came", missing)
        else:
            self.ended = True

    def _ends_by_sentinel(self, at: int) -> bool:
        rule = self._quirks.sentinel_ends
        return self._choices[at].audio or rule == "all" or (rule == "above 0" and at > 0)

    def _truncated(self, how: str, missing: list[int] | None = None) -> StreamError:
        if not self._events:
            return self._no_stream()
        if missing is None:
            missing = [at for at, state in self._choices.items() if not state.ended]
        which = "" if list(self._choices) == [0] else f" for choice {', '.join(map(str, missing))}"
        return TruncatedError(f"The answer is cut: {how} without a finish reason{which}.", provider=self._provider)

    def _no_stream(self) -> StreamError:
        stray = self._framer.stray
        if not stray:
            return TruncatedError("The answer is cut: the body ended before any event.", provider=self._provider)
        begins = "".join(each if each.isprintable() else " " for each in stray[:200].decode("utf-8", "replace"))
        return MalformedError(f"The body is not a stream; it begins with {begins.strip()!r}.", provider=self._provider)

    def _broken(self) -> StreamError:
        if self._framer.oversized:
            return LimitExceeded(f"One event is larger than {self._framer.cap} bytes.", provider=self._provider)
        return MalformedError("The body holds bytes that are no event stream.", provider=self._provider)

    def _read_bare(self, payload: bytes) -> None:
        """Look at JSON outside ``data``: some servers put an error object there, and nothing else counts."""
        try:
            found, _ = parse(payload)
        except ValueError:
            return
        first = next(iter(as_list(found)), found)
        failure = as_dict(first).get("error")
        if failure:
            self.error = _error(failure, self._provider)

    def _citations(self, event: dict[str, Any]) -> tuple[Any, ...]:
        """Return the sources that this event adds: the list is repeated in full on every event (Perplexity)."""
        listed = as_list(event.get("citations"))
        if not listed:
            return ()
        fresh, self._cited = listed[self._cited :], max(self._cited, len(listed))
        return tuple(fresh)

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
        return isinstance(parse(payload)[0], dict) or isinstance(payload, Bare)
    except ValueError:
        return False


def _count(source: object, *path: str) -> int | None:
    for name in path:
        source = as_dict(source).get(name)
    if isinstance(source, float) and math.isfinite(source):
        return int(source)
    return source if isinstance(source, int) and not isinstance(source, bool) else None


def _usage(event: dict[str, Any]) -> Usage | None:
    """Read usage where any vendor puts it: each figure is the call's so far, so the last one counts."""
    raw = as_dict(event.get("usage")) or as_dict(as_dict(event.get("x_groq")).get("usage"))
    if not raw:
        return None
    usage = Usage(
        input_tokens=_count(raw, "prompt_tokens"),
        output_tokens=_count(raw, "completion_tokens"),
        cached_tokens=_count(raw, "prompt_tokens_details", "cached_tokens"),
        reasoning_tokens=_count(raw, "completion_tokens_details", "reasoning_tokens"),
        audio_tokens=_count(raw, "completion_tokens_details", "audio_tokens"),
        total_tokens=_count(raw, "total_tokens"),
        raw=raw,
    )
    return None if usage.input_tokens is usage.output_tokens is usage.total_tokens is None else usage


def _error(failure: object, provider: str) -> StreamError:
    """Make the error that an error object inside the stream stands for."""
    found = as_dict(failure) or {"message": str(failure)}
    code, kind = found.get("code"), found.get("type")
    status = _count(found, "status_code") or _count(found, "status") or _count(found, "code")
    return provider_error(
        str(found.get("message") or "The provider reported an error inside the stream."),
        status=status if status and 100 <= status < 600 else None,
        code=None if code is None else str(code),
        kind=None if kind is None else str(kind),
        provider=provider,
    )
