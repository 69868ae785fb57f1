"""CPU of decoding the recordings of real streams, as a ratio to msgspec's untyped parse of the same events.

A body is decoded as one read, and in reads of one event each. The events that the fast path reads and those that it
does not are timed apart: each run of neighbours of one kind is one read. Every figure is the smallest of all rounds of
one recording, summed over the recordings. Nothing of a recording is kept in this project; without ``STREAMKIT_WIRE``
and ``STREAMKIT_WIRE_MORE`` two generated answers take their place.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from streamkit.testing import anthropic_events, chat_events
from streamkit.wire import open_decoder
from streamkit.wire.fast_path import Template

from .table import Figure, Report

_FOLDERS = "STREAMKIT_WIRE", "STREAMKIT_WIRE_MORE"
_ALL, _NOT_FIT, _ONE_READ = 3.0, 4.0, 4.0  # the goals
_parse = msgspec.json.Decoder().decode
_clock = time.process_time_ns


@dataclass(slots=True)
class Body:
    """One recording: how it is decoded, and its bytes, event by event.

    Args:
        api: Name of the wire API.
        vendor: Name of the provider.
        choices: Number of choices.
        reads: Bytes of each event, with what frames it.
        payloads: JSON of each read; empty for a read without.
        fits: Whether the fast path reads the event.
    """

    api: str
    vendor: str
    choices: int
    reads: list[bytes]
    payloads: list[list[bytes]]
    fits: list[bool] = field(default_factory=list[bool])

    def decoder(self) -> Any:
        """Open a new decoder."""
        return open_decoder(self.api, vendor=self.vendor, choices=self.choices)

    def runs(self) -> Iterator[tuple[bool, bytes, list[bytes]]]:
        """Yield each run of events of one kind: whether they fit, their bytes, their JSON."""
        for fits, each in itertools.groupby(zip(self.fits, self.reads, self.payloads, strict=True), lambda row: row[0]):
            rows = list(each)
            yield fits, b"".join(row[1] for row in rows), [one for row in rows for one in row[2]]


@dataclass(slots=True)
class Costs:
    """Nanoseconds, and numbers of events: ``fit`` of those that the fast path reads, ``not`` of the others."""

    parse: int = 0
    whole: int = 0
    events: int = 0
    one: int = 0
    counts: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    parsed: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    decoded: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})

    def add(self, other: Costs) -> None:
        """Add the costs of another recording."""
        for name in ("parse", "whole", "events", "one"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("counts", "parsed", "decoded"):
            for fits, value in getattr(other, name).items():
                getattr(self, name)[fits] += value

    def ratio(self, *, fits: bool) -> float | str:
        """Return the ratio of the events of one kind; an empty text if there are none."""
        return self.decoded[fits] / self.parsed[fits] if self.parsed[fits] else ""

    def row(self, name: str) -> tuple[str | float | int, ...]:
        """Return the row of the table."""
        share = f"{100 * self.counts[True] // max(1, self.events)} %"
        each = self.parse / max(1, self.events) / 1e3
        both = self.ratio(fits=True), self.ratio(fits=False)
        return (name, self.events, share, each, self.whole / self.parse, self.one / self.parse, *both)


def main(*, quick: bool) -> list[Report]:
    """Measure every recording."""
    rounds = 5 if quick else 25
    of_format: dict[str, Costs] = {}
    everything = Costs()
    for body in _bodies():
        costs = _measured(body, rounds)
        of_format.setdefault(f"{body.api}, {body.vendor}", Costs()).add(costs)
        everything.add(costs)
    columns = ("wire format", "events", "fast path", "us to parse", "one read", "event a read", "fast path", "not")
    report = Report("Decoding recordings: CPU, msgspec's untyped parse is 1", columns)
    report.rows += [costs.row(name) for name, costs in sorted(of_format.items())] + [everything.row("all")]
    report.figures = [
        Figure("all, the body as one read", everything.whole / everything.parse, _ALL),
        Figure("all, an event a read", everything.one / everything.parse, _ONE_READ),
        Figure("events off the fast path", float(everything.ratio(fits=False) or 0), _NOT_FIT),
    ]
    if not any(map(os.environ.get, _FOLDERS)):
        report.notes.append(f"generated answers: {' and '.join(_FOLDERS)} name no folders of recordings")
    return [report]


def _measured(body: Body, rounds: int) -> Costs:
    """Take all figures of a recording in turns; each is the smallest of its rounds."""
    runs, lowest = list(body.runs()), dict[tuple[str, bool], int]()
    payloads, whole = [each for row in body.payloads for each in row], [b"".join(body.reads)]
    noise = min(_timed_nothing() for _ in range(100))
    gc.collect()
    for _ in range(rounds):
        found = {("parse", True): _timed(payloads, _parse)}
        for name, reads in (("whole", whole), ("one", body.reads)):
            found[name, True] = _timed(reads, body.decoder().feed)
        feed = body.decoder().feed
        for fits, data, parsed in runs:
            for name, given, call in (("decoded", [data], feed), ("parsed", parsed, _parse)):
                found[name, fits] = found.get((name, fits), 0) + _timed(given, call) - noise
        for key, value in found.items():
            lowest[key] = min(value, lowest.get(key, value))
    costs = Costs(lowest["parse", True], lowest["whole", True], len(payloads), lowest["one", True])
    for fits, _, parsed in runs:
        costs.counts[fits] += len(parsed)
    costs.parsed |= {fits: value for (name, fits), value in lowest.items() if name == "parsed"}
    costs.decoded |= {fits: value for (name, fits), value in lowest.items() if name == "decoded"}
    return costs


def _timed(inputs: list[bytes], call: Callable[[bytes], object]) -> int:
    started = _clock()
    for each in inputs:
        call(each)
    return _clock() - started


def _timed_nothing() -> int:
    return _timed([], _parse)


def _bodies() -> Iterator[Body]:
    for name in _FOLDERS:
        folder = os.environ.get(name)
        for line in (Path(folder) / "manifest.jsonl").read_text().splitlines() if folder else ():
            row = json.loads(line)
            if row["api"] == "bedrock.invoke":  # whose decoder chooses another by the first event
                continue
            choices = len(row["expect"].get("choices", [1]))
            yield _cut((Path(folder or "") / row["file"]).read_bytes(), row["api"], row["provider"], choices)
    if not any(map(os.environ.get, _FOLDERS)):
        words = [f"word{at} " for at in range(200)]
        yield _cut(b"".join(chat_events(*words)), "openai.chat", "generated", 1)
        yield _cut(b"".join(anthropic_events(*words)), "anthropic.messages", "generated", 1)


def _cut(data: bytes, api: str, vendor: str, choices: int) -> Body:
    """Cut a body into its events, as our framer has them, and see which of them the fast path reads."""
    body = Body(api, vendor, choices, [], [])
    framer, start = _plain(body.decoder())._framer, 0
    for at in range(1, len(data) + 1):
        if found := framer.feed(data[at - 1 : at]):
            body.reads.append(data[start:at])
            body.payloads.append([bytes(each) for each in found if _is_json(each)])
            start = at
    spied, decoder = list[bool](), body.decoder()
    _spy(_plain(decoder)._template, spied)
    for read in body.reads:
        spied.clear()
        decoder.feed(read)
        body.fits.append(any(spied))
    return body


def _plain(decoder: Any) -> Any:
    """Return the decoder of the format, which stands inside those that change what it returns."""
    return _plain(decoder._inner) if hasattr(decoder, "_inner") else decoder


def _spy(template: Template, fits: list[bool]) -> None:
    """Let a template note of each event whether it fits."""
    kind = type(template)

    def read(self: Template, payload: bytes) -> object:
        chunk = kind.read(self, payload)
        fits.append(chunk is not None)
        return chunk

    template.__class__ = type(kind.__name__, (kind,), {"__slots__": (), "read": read})


def _is_json(payload: bytes) -> bool:
    try:
        return isinstance(_parse(payload), dict)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
