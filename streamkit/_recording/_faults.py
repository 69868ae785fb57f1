"""Faults of a provider's stream, as pure data: each name stands for a `Plan` of one HTTP response."""

from __future__ import annotations

import json
import math
import random
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from ._plan import End, Fin, Forever, Framing, Plan, Repeat, Reset, Send, Step, Wait
from ._shapes import DELTA_TEXT, SSE, Shape, error_event

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>\n"

_FINISH_REASON = re.compile(rb'"finish_reason"\s*:\s*"')

_BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Order:
    """The arguments of `plan`, so that a fault is one line of the table."""

    events: tuple[bytes, ...]
    at: int
    byte: int | None
    delay: float
    size: int
    is_end: Callable[[bytes], bool]
    error: bytes
    location: str
    shape: Shape

    def around(self) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Return the events before the fault, and those that would come after it."""
        if self.byte is None:
            return self.events[: self.at], self.events[self.at :]
        left, before = self.byte, list[bytes]()
        for at, event in enumerate(self.events):
            if left < len(event):
                return (*before, event[:left]), (event[left:], *self.events[at + 1 :])
            before.append(event)
            left -= len(event)
        return self.events, ()

    def hit(self) -> bytes:
        """The event that the fault damages."""
        if self.byte is not None or self.at == len(self.events):
            raise ValueError(f"this fault damages an event: at= must be below {len(self.events)}, and byte= not given")
        return self.events[self.at]

    def then(self, *steps: Step) -> Plan:
        return Plan(steps=(*_body(*self.around()[0]).steps, *steps))

    def instead(self, *damaged: bytes) -> Plan:
        """The whole stream, but for the event that is hit."""
        return _body(*self.events[: self.at], *damaged, *self.events[self.at + 1 :])


def _body(*parts: bytes, content_type: str = "text/event-stream") -> Plan:
    return Plan(headers=(("content-type", content_type),), steps=tuple(Send(part) for part in parts if part))


def _garbage(order: _Order) -> Plan:
    before, after = order.around()
    return _body(*before, random.Random(order.at).randbytes(64).translate(None, b"\r\n") + b"\n\n", *after)


def _bad_json(order: _Order) -> Plan:
    return order.instead(order.shape.without_end(order.hit()))


def _bad_utf8(order: _Order) -> Plan:
    order.hit()
    for at, event in enumerate(order.events):
        damaged = event if at < order.at else order.shape.not_utf8(event)
        if damaged != event:
            return replace(order, at=at).instead(damaged)
    raise ValueError(f"no event from {order.at} on has a delta text to damage")


def _after_done(order: _Order) -> Plan:
    deltas = [event for event in order.events if DELTA_TEXT.search(event)] or [order.hit()]
    return _body(*order.events, *deltas[:2])


def _refusal(status: int, kind: str, code: str | None = None) -> Plan:
    error = {"message": f"Refused with {status}.", "type": kind, "code": code}
    body = _body(json.dumps({"error": error}).encode(), content_type="application/json")
    more = (("retry-after", "1"),) if status == 429 else ()
    return replace(body, status=status, headers=(*body.headers, *more))


def _gzip_bomb(order: _Order) -> Plan:
    body = _body(*_gzipped(b"".join(order.around()[0]) + order.shape.opening, order.size // _BLOCK))
    return replace(body, headers=(*body.headers, ("content-encoding", "gzip")))


@lru_cache(maxsize=8)
def _gzipped(start: bytes, blocks: int) -> tuple[bytes, ...]:
    gzip = zlib.compressobj(9, wbits=31)
    return (gzip.compress(start), *(gzip.compress(b"x" * _BLOCK) for _ in range(blocks)), gzip.flush())


# name: a sentence about the fault, and the function that makes its plan
_TABLE: dict[str, tuple[str, Callable[[_Order], Plan]]] = {
    "none": ("A sound stream.", lambda o: _body(*o.events)),
    "latency": ("The first byte is `delay` late.", lambda o: replace(_body(*o.events), latency=o.delay)),
    "slow_bytes": ("One byte a write.", lambda o: _body(*(bytes([byte]) for byte in b"".join(o.events)))),
    "drip": ("A comment before every event.", lambda o: _body(*(x for e in o.events for x in (o.shape.keep_alive, e)))),
    "keep_alives": ("After `at` events only comments.", lambda o: o.then(Forever(o.shape.keep_alive, o.delay))),
    "stall": ("Silence for ever after `at` events.", lambda o: o.then(Wait(math.inf))),
    "reset": ("A TCP RST after `at` events.", lambda o: o.then(Reset())),
    "fin": ("A TCP FIN after `at` events, without the closing HTTP chunk.", lambda o: o.then(Fin())),
    "cut": ("A clean HTTP end after `at` events.", lambda o: o.then(End())),
    "cut_inside": ("A clean end in the middle of event `at`.", lambda o: o.then(Send(o.hit()[: len(o.hit()) // 2]))),
    "garbage": ("A line of random-looking bytes after `at` events.", _garbage),
    "bad_json": ("Event `at` lacks the last character of its JSON.", _bad_json),
    "bad_utf8": ("Two bytes that are not UTF-8 in the first delta text from event `at` on.", _bad_utf8),
    "html": ("200 with the HTML page of a gateway.", lambda o: _body(_HTML, content_type="text/html")),
    "empty": ("200 without a body.", lambda o: _body()),
    "error_event": ("The event `error` after `at` events, then a clean HTTP end.", lambda o: o.then(Send(o.error))),
    "duplicate": ("Event `at` comes twice.", lambda o: o.instead(o.hit(), o.hit())),
    "after_done": ("Two deltas come once more after the last event.", _after_done),
    "huge_line": (
        "After `at` events a line of `size` bytes, without an end.",
        lambda o: o.then(Send(o.shape.opening), Repeat(b"x" * _BLOCK, o.size // _BLOCK)),
    ),
    "gzip_bomb": ("The same, gzipped unasked: a thousandth on the wire.", _gzip_bomb),
    "redirect": ("307 to `location`, without a body.", lambda o: Plan(307, (("location", o.location),))),
    "unauthorized": ("401 with a JSON error.", lambda o: _refusal(401, "invalid_request_error", "invalid_api_key")),
    "rate_limited": ("429, Retry-After: 1.", lambda o: _refusal(429, "requests", "rate_limit_exceeded")),
    "server_error": ("500 with a JSON error.", lambda o: _refusal(500, "server_error")),
    "overloaded": ("529, or 503 by `status=503`.", lambda o: _refusal(529, "overloaded_error")),
    "no_answer": (
        "The request is read, and the connection closed without a byte of an answer.",
        lambda o: Plan(steps=(Fin(),), unanswered=True),
    ),
    "idle_fin": ("A sound stream, then a TCP FIN unannounced.", lambda o: replace(_body(*o.events), after=Fin())),
    "idle_reset": (
        "A sound stream, then a TCP RST once another request comes.",
        lambda o: replace(_body(*o.events), after=Reset()),
    ),
    "no_finish": ("No event of which `is_end` is true.", lambda o: _body(*(e for e in o.events if not o.is_end(e)))),
}

FAULTS: Mapping[str, str] = MappingProxyType({name: sentence for name, (sentence, _) in _TABLE.items()})

"""Every fault that `plan` knows, with one sentence about it."""


def plan(
    fault: str,
    events: Sequence[bytes] = (),
    *,
    at: int | None = None,
    byte: int | None = None,
    delay: float = 0.05,
    every: float = 0.0,
    size: int = 64 * 1024 * 1024,
    error: bytes = error_event(None),
    is_end: Callable[[bytes], bool] = lambda event: _FINISH_REASON.search(event) is not None,
    location: str = "http://127.0.0.2:9/",
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    framing: Framing = "chunked",
    shape: Shape = SSE,
) -> Plan:
    """Make the plan of a response that sends `events` and has `fault`.

    Args:
        fault: A name in `FAULTS`.
        events: Whole wire events, with the blank line that ends each.
        at: Number of events before the fault; half of them if not given.
        byte: Number of bytes before the fault, instead of `at`.
        delay: Seconds of latency, or between two keep-alive comments.
        every: Seconds between two events.
        size: Bytes of the line of `huge_line` and `gzip_bomb`, in steps of 65,536.
        error: The whole wire event of `error_event`.
        is_end: Predicate of the events that `no_finish` omits; by default those with OpenAI's `finish_reason`.
        location: Target of `redirect`.
        status: HTTP status instead of the fault's own.
        headers: Headers added to the fault's own, or in place of them; names in small letters.
        framing: Delimiter of the body, see `Plan`.
        shape: Bytes of the wire format: `SSE`, `AWS` or `NDJSON`.

    Raises:
        ValueError: The fault is unknown, or `at` or `byte` lies outside the events.

    Example:
        >>> plan("cut", [b"data: 1", b"data: 2"]).steps
        (Send(data=b'data: 1'), End())
    """
    if fault not in _TABLE:
        raise ValueError(f"no fault is named {fault!r}; there are {', '.join(_TABLE)}")
    total = sum(map(len, events))
    if None not in (at, byte) or not 0 <= (at or 0) <= len(events) or not 0 <= (byte or 0) <= total:
        raise ValueError(f"the place must be at= up to {len(events)} or byte= up to {total}")
    position = len(events) // 2 if at is None else at
    made = _TABLE[fault][1](_Order(tuple(events), position, byte, delay, size, is_end, error, location, shape))
    pairs = dict(made.headers) | dict(headers or {})
    return replace(made, status=status or made.status, headers=tuple(pairs.items()), framing=framing, every=every)
