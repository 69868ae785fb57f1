"""Takes keys, account ids and echoes of the prompt out of what is recorded; everything else keeps its bytes and times.

Secrets become stars, so that no byte moves. A read may end within a secret, so an event is looked at when all of it
has come: until then its reads wait. The fields in which a provider repeats the request are emptied: the answer means
the same then, with other bytes.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, TypeAlias, cast

import msgspec

from ..chunk import Chunk
from ..scrub import ByteMask, Scrubber
from ._events import Events, with_checksum

Read: TypeAlias = tuple[float, bytes]
"""A time, and what was read then."""

_MOST = 8 * 2**20  # bytes that wait for the end of an event

_ERROR = re.compile(rb'"error"(?!\s*:\s*null)|(?:^|\n)event:\s*error|:exception-type|:error-code')

# What errors name beside a key. A model may write the like in its answer, so only errors are searched for these.
_ACCOUNT = re.compile(
    rb"\b(?:org|proj|user)[-_][A-Za-z0-9]{8,}"
    rb"|(?<=:)\d{12}(?=:)"  # in an ARN of AWS
    rb"|\b(?i:organization|org|account|project|workspace|tenant|subscription)s?(?i:[ _-]?id)?[\"'`:=(/ ]{1,4}"
    rb"(?P<id>[\w-]*\d[\w-]{3,})"
)

_DATA = re.compile(rb"^data: ?(.*?)\r?$", re.MULTILINE)

_REPEATS, _ANSWER = "openai.responses", b'"response"'
# The fields in which that API repeats the request, each with the value that it has where there is nothing.
_ECHOES: dict[str, Any] = {
    **dict.fromkeys(("instructions", "prompt", "user", "safety_identifier", "prompt_cache_key")),
    **{"input": [], "metadata": {}, "tools": []},
}


class ReadScrubber:
    """Scrubs the reads of one answer.

    Args:
        secrets: The secrets of the request.
        api: The wire format of the answer; None if it is not known.
        whole: True if the answer comes in one body.
        prompts: True if what repeats the prompt may stay.
    """

    def __init__(
        self, secrets: Scrubber, *, api: str | None = None, whole: bool = False, prompts: bool = False
    ) -> None:
        self.blanked = 0
        """The number of fields that were emptied, since the provider repeats the request in them."""
        self._secrets = secrets
        self._keys = secrets.keys
        self._accounts = 0
        self._prompts = prompts
        self._whole = whole
        self._echo = None if prompts or not (api or "").startswith(_REPEATS) else _ANSWER
        self._events = Events(api, whole=whole)
        self._held: list[Read] = []

    @property
    def scrubbed(self) -> int:
        """The number of secrets that were replaced by stars."""
        of_prompts = self._prompt_mask.hidden if "_prompt_mask" in vars(self) else 0
        return self._keys.hidden + self._accounts + of_prompts

    @cached_property
    def _prompt_mask(self) -> ByteMask:
        return self._secrets.prompts  # a long conversation takes memory in all its forms, and few answers need them

    def feed(self, reads: list[Read]) -> list[Read]:
        """Take reads, and return those that are ready, scrubbed: all but the reads of an event that is not whole.

        Args:
            reads: What was read since the last call.
        """
        reads = self._held + reads
        data = b"".join([each for _, each in reads])
        end = self._events.end(data)
        if len(data) - end > _MOST:
            end = len(data)
        ready, self._held = _cut(reads, end)
        return self._scrub(ready, data[:end])

    def flush(self) -> list[Read]:
        """Return the reads that have waited, scrubbed."""
        ready, self._held = self._held, []
        return self._scrub(ready, b"".join([each for _, each in ready]))

    def line(self, line: bytes, *, error: bool) -> bytes:
        """Return a line of the file with stars in place of secrets.

        Args:
            line: The line.
            error: True if it has the message of an error, which may name accounts and repeat the prompt.
        """
        return self._mask(line, error=error)

    def chunk(self, chunk: Chunk) -> Chunk:
        """Return a chunk whose event is scrubbed.

        Args:
            chunk: The chunk.
        """
        if chunk.payload is None:
            return chunk
        if (chunk.api or "").startswith(_REPEATS) and not self._prompts:
            self._echo = _ANSWER
        payload = self._event(chunk.payload)
        return chunk if payload is chunk.payload else msgspec.structs.replace(chunk, payload=payload)

    def _scrub(self, reads: list[Read], data: bytes) -> list[Read]:
        if not self._is_suspect(data):
            return reads
        spans = list(self._events.spans(data))
        events = [self._event(data[begin:end]) for begin, end in spans]
        found = b"".join(events)
        if len(found) == len(data):
            return _as_read(found, reads)
        ready: list[Read] = []
        at = stop = 0
        for when, each in reads:
            stop += len(each)
            first = at
            while at < len(spans) and spans[at][1] <= stop:  # an event counts as read when its end is
                at += 1
            ready.append((when, b"".join(events[first:at])))
        return [read for read in ready if read[1]]

    def _is_suspect(self, data: bytes) -> bool:
        """Return whether anything may have to be taken out of data; most has nothing, and is not looked at further."""
        return (
            self._keys.may_hide(data)
            or _is_error(data)
            or (self._echo is not None and self._echo in data)
            or not self._events.looks_like_one(data)
        )

    def _event(self, event: bytes) -> bytes:
        """Return one event without secrets; the same object if it has none."""
        error = _is_error(event) or not self._events.looks_like_one(event)
        found = self._mask(event, error=error)
        if self._echo is not None and self._echo in found:
            found = self._without_echoes(found)
        return with_checksum(found) if self._events.framed and found is not event else found

    def _mask(self, data: bytes, *, error: bool) -> bytes:
        found = self._keys(data)
        if error:
            found = _ACCOUNT.sub(self._hide_account, found)
            if not self._prompts:
                found = self._prompt_mask(found)
        return data if found == data else found

    def _hide_account(self, found: re.Match[bytes]) -> bytes:
        self._accounts += 1
        name, begin = found[0], found.start("id")
        kept = 0 if begin < 0 else begin - found.start()
        return name[:kept] + b"*" * (len(name) - kept)

    def _without_echoes(self, event: bytes) -> bytes:
        """Return an event of the Responses API without the fields that repeat the request."""
        span = (0, len(event)) if self._whole else next((each.span(1) for each in _DATA.finditer(event)), (0, 0))
        try:
            fields: object = msgspec.json.decode(event[slice(*span)])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._mask(event, error=True)  # what cannot be read may repeat anything
        if not isinstance(fields, dict):
            return event
        answer: object = cast("dict[str, Any]", fields).get("response", fields if self._whole else None)
        if not isinstance(answer, dict) or not self._blank(cast("dict[str, Any]", answer)):
            return event
        return event[: span[0]] + msgspec.json.encode(fields) + event[span[1] :]

    def _blank(self, answer: dict[str, Any]) -> int:
        """Empty the fields that repeat the request; return how many had anything."""
        empty = {name: _ECHOES[name] for name in _ECHOES if answer.get(name)}
        answer.update(empty)
        text: object = answer.get("text")
        form: object = cast("dict[str, Any]", text).get("format") if isinstance(text, dict) else None
        schema = isinstance(form, dict) and bool(cast("dict[str, Any]", form).get("schema"))
        if schema:
            cast("dict[str, Any]", form).update(schema={}, description=None)
        self.blanked += len(empty) + schema
        return len(empty) + schema


def _is_error(data: bytes) -> bool:
    """Return whether data has the event of an error; the pattern is slow, and most data has not even its words."""
    return (b"error" in data or b":exception-type" in data) and _ERROR.search(data) is not None


def _cut(reads: list[Read], end: int) -> tuple[list[Read], list[Read]]:
    """Divide reads at a position; a read that goes beyond it becomes two of the same time."""
    for at, (when, data) in enumerate(reads):
        if end < len(data):
            before = [*reads[:at], (when, data[:end])] if end else reads[:at]
            return before, [(when, data[end:]), *reads[at + 1 :]]
        end -= len(data)
    return reads, []


def _as_read(data: bytes, reads: list[Read]) -> list[Read]:
    """Cut data as the reads are cut."""
    found: list[Read] = []
    at = 0
    for when, each in reads:
        found.append((when, data[at : at + len(each)]))
        at += len(each)
    return found
