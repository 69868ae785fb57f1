"""Print how many files of streamkit six trips pass through: ``python -m tests.before.trips`` (``-v`` names the files).

``sys.setprofile`` sees every Python function that is entered, or goes on, in this thread (and in threads that begin
meanwhile) between the two ends of a trip; counted are the different files in streamkit that these functions stand in,
without ``streamkit.testing``. Every trip is made twice, and the second time is counted: everything is imported and
the connection is open. The server is on the loopback, in a thread of its own; streamkit itself sends the request.
"""

from __future__ import annotations

import _socket
import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from reactivex import operators as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer, Script, chat_events, chat_tool_events, plan

PACKAGE = Path(sk.__file__).parent


class Book(BaseModel):
    """What the typed answers are."""

    title: str
    pages: int


class Trip:
    """Notes the files of streamkit that are entered from ``begin`` to ``end``; ends at a C function if it is given one.

    Args:
        until: The name of a method of ``socket.socket`` whose first call ends the trip.
    """

    def __init__(self, until: str | None = None) -> None:
        self.files: list[str] = []
        self.ended = False
        self.halfway: int | None = None
        """How many files had been entered when the call had returned, where that is worth a row."""
        self._until = until
        self._begun = False

    def begin(self) -> None:
        """Begin."""
        self._begun = True
        threading.setprofile(self._note)
        sys.setprofile(self._note)

    def begin_once(self) -> None:
        """Begin, unless it has begun."""
        if not self._begun:
            self.begin()

    def end(self) -> None:
        """End; what is entered afterwards is not counted."""
        sys.setprofile(None)
        threading.setprofile(None)
        self.ended = True

    def _note(self, frame: Any, event: str, arg: Any) -> None:
        if event == "call":
            path = Path(frame.f_code.co_filename)
            name = str(path.relative_to(PACKAGE)) if path.is_relative_to(PACKAGE) else ""
            if name and not name.startswith("testing") and name not in self.files:
                self.files.append(name)
        elif event == "c_call" and arg.__name__ == self._until and isinstance(arg.__self__, _socket.socket):
            self.end()


async def chunk_to_subscriber() -> Trip:
    """From one call of ``on_next`` to the next one: a chunk of text, as it comes from the bytes of a script."""
    trip, seen, done = Trip(), list[sk.Chunk](), asyncio.Event()

    def on_next(chunk: sk.Chunk) -> None:
        if len(seen) == 4:
            trip.end()
        seen.append(chunk)
        if len(seen) == 4:
            trip.begin()

    stream = Script(chat_events(*["word "] * 6)).stream()
    stream.subscribe(on_next, on_completed=done.set)
    await done.wait()
    return trip


async def subscribe_to_socket(server: FaultServer) -> Trip:
    """From ``subscribe`` to the first byte that goes into the connection, which is open already."""
    trip, done = Trip(until="send"), asyncio.Event()
    stream = sk.stream("openai/m", "Which moon?", base_url=server.base_url, api_key="none")
    trip.begin()
    stream.subscribe(lambda _: None, on_completed=done.set)
    await done.wait()
    await stream.wait_closed()  # else the next trip would see this call being closed
    return trip


async def dispose_to_closed_socket(server: FaultServer) -> Trip:
    """From ``dispose`` of the last subscription to the close of its socket."""
    trip, came = Trip(until="close"), asyncio.Event()
    stream = sk.stream("openai/m", "Which moon?", base_url=server.base_url, api_key="none")
    subscription = stream.subscribe(lambda _: came.set())
    await came.wait()
    trip.begin()
    subscription.dispose()
    while not trip.ended:
        await asyncio.sleep(0)
    await stream.wait_closed()
    return trip


async def typed_call_to_socket(server: FaultServer) -> Trip:
    """From the call of a decorated function with ``response_model`` to the first byte that goes into the connection."""
    trip = Trip(until="send")

    @sk.call("openai/m", response_model=Book, base_url=server.base_url, api_key="none")
    def ask(genre: str) -> str:
        return f"Recommend a {genre} book"

    trip.begin()
    flow = ask("fantasy")
    trip.halfway = len(trip.files)
    async for _ in flow:
        pass
    return trip


async def fragment_to_partial() -> Trip:
    """From one partial object of ``ops.partial`` to the next one, of a call that a script plays."""
    trip, seen, done = Trip(), list[Any](), asyncio.Event()

    def on_next(book: Any) -> None:
        if len(seen) == 2:
            trip.end()
        seen.append(book)
        if len(seen) == 2:
            trip.begin()

    fragments = ['{"title": "Du', "ne", " Messiah", '", "pages": 4', "12}"]
    Script(chat_events(*fragments)).stream().pipe(ops.partial(Book)).subscribe(on_next, on_completed=done.set)
    await done.wait()
    return trip


async def answer_to_partials() -> Trip:
    """From the first partial object of ``ops.partial`` to the end: the validated object is on the way too."""
    trip, done = Trip(), asyncio.Event()
    fragments = ['{"title": "Du', "ne", " Messiah", '", "pages": 4', "12}"]
    partials = (
        Script(chat_events(*fragments)).stream().pipe(ops.partial(Book), rx.do_action(lambda _: trip.begin_once()))
    )
    partials.subscribe(on_completed=done.set)
    await done.wait()
    trip.end()
    return trip


async def tool_call() -> Trip:
    """From ``async for`` over a stream that a script plays to the body of the tool that ``tool.call()`` runs."""
    trip = Trip()

    def look_up(moon: str) -> str:
        trip.end()
        return moon

    stream = Script(chat_tool_events(("look_up", '{"moon": "Io"}'))).stream(tools=[look_up])
    trip.begin()
    async for _, tool in stream:
        if tool:
            tool.call()
    return trip


async def main() -> None:
    """Make every trip twice, and print what the second one passes."""
    events = chat_events('{"title": "Dune", ', '"pages": 412}')
    with FaultServer(plan("none", events)) as server, FaultServer(plan("stall", events, at=3)) as silent:
        trips: list[tuple[str, Callable[[], Awaitable[Trip]]]] = [
            ("a chunk to a push subscriber", chunk_to_subscriber),
            ("subscribe to socket", lambda: subscribe_to_socket(server)),
            ("dispose to closed socket", lambda: dispose_to_closed_socket(silent)),
            ("a response_model call until it is sent", lambda: typed_call_to_socket(server)),
            ("one JSON fragment to a partial object", fragment_to_partial),
            ("  the same for all fragments of an answer", answer_to_partials),
            ("a tool call from the stream to tool.call()", tool_call),
        ]
        for name, make in trips:
            await make()
            trip = await make()
            assert trip.ended, name
            print(f"{name:45} {len(trip.files)}")
            if trip.halfway is not None:
                print(f"{'  of these until the call has returned':45} {trip.halfway}")
            if "-v" in sys.argv:
                print("    " + ", ".join(trip.files))


if __name__ == "__main__":
    asyncio.run(main())
