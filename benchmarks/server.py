"""The server of the benchmarks, in a process of its own: it answers each request with the plan that it names.

``python -m benchmarks.server`` writes its port to stdout and ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from typing import cast

from .plans import Plan, beginning, body, event
from .recorded import Wire, answers

_STAMPED = event({"content": "WHEN "}).split(b"WHEN")
_HEADERS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass(slots=True)
class Record:
    """What was seen of the answers under one tag; times are nanoseconds of ``time.monotonic_ns``."""

    requests: int = 0
    sent: list[int] = field(default_factory=list[int])
    closed: int | None = None


_records: dict[str, Record] = {}


def _parts(plan: Plan, wire: Wire) -> tuple[bytes, tuple[bytes, ...], bytes]:
    """The first event, the events that are sent one by one, and the end of an answer."""
    if plan.kind != "recorded":
        return (beginning(), *body(plan.kind, plan.events))
    found = answers(wire)
    answer = found[plan.source % len(found)]
    *events, last = answer.events(plan.events)
    return b"", tuple(events), last


class Connection(asyncio.Protocol):
    """One client; requests come one after another."""

    def __init__(self) -> None:
        self._bytes = b""
        self._writable = asyncio.Event()
        self._writable.set()
        self._record: Record | None = None
        self._answer: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; asyncio sets TCP_NODELAY itself."""
        self._transport = cast("asyncio.Transport", transport)

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The writer has caught up."""
        self._writable.set()

    def eof_received(self) -> None:
        """The client has closed."""
        self._gone()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._gone()
        self._writable.set()

    def _gone(self) -> None:
        if self._record is not None and self._record.closed is None:
            self._record.closed = time.monotonic_ns()
        if self._answer is not None:
            self._answer.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer once a request is whole."""
        self._bytes += data
        head, blank, rest = self._bytes.partition(b"\r\n\r\n")
        if not blank:
            return
        lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if len(rest) >= int(lengths[0] if lengths else 0):
            self._bytes = b""
            if head.startswith(b"GET /records/"):
                self._send_record(head.split(b" ", 2)[1].removeprefix(b"/records/").decode())
            else:
                wire: Wire = "anthropic.messages" if b"/messages" in head.split(b"\r\n", 1)[0] else "openai.chat"
                playing = self._play(Plan.parse(json.loads(rest)["model"]), wire)
                self._answer = asyncio.get_running_loop().create_task(playing)

    def _send_record(self, tag: str) -> None:
        found = json.dumps(asdict(_records.get(tag, Record()))).encode()
        self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(found), found))

    async def _play(self, plan: Plan, wire: Wire) -> None:
        self._record = None
        if plan.tag:
            self._record = _records.setdefault(plan.tag, Record())
            self._record.requests += 1
        start, events, end = _parts(plan, wire)
        self._transport.write(_HEADERS)
        if start:
            self._send(start)
        await self._send_all(plan, events)
        if plan.stall:
            await asyncio.Event().wait()
        self._send(end)
        self._transport.write(b"0\r\n\r\n")
        self._answer = None

    async def _send_all(self, plan: Plan, events: tuple[bytes, ...]) -> None:
        """Send the events of a plan at the planned times; a late writer catches up."""
        due = max(plan.begin, time.monotonic()) + random.random() * plan.gap
        for at in range(0, min(len(events), plan.stall or len(events)), plan.group):
            due += plan.gap
            await asyncio.sleep(max(0.0, due - time.monotonic()) if plan.gap or plan.begin else 0)
            if not self._writable.is_set():
                await self._writable.wait()
            if self._record is not None:
                self._record.sent.append(time.monotonic_ns())
            if plan.kind == "stamps":
                self._send((b"%d" % time.monotonic_ns()).join(_STAMPED))
            else:
                self._send(b"".join(events[at : at + plan.group]))

    def _send(self, data: bytes) -> None:
        """Write one HTTP chunk, which asyncio sends at once unless the client lags."""
        self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))


async def main() -> None:
    """Serve until stdin ends."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    def watch() -> None:
        sys.stdin.read()
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(over.set)

    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    threading.Thread(target=watch, daemon=True).start()
    await over.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
