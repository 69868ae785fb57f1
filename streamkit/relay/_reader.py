"""The reader of one event loop: one blocked read for all streams that are read here, however many."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, cast

from ..errors import LogUnavailable, StreamError, StreamGap
from ._apart import apart

_COUNT = 256  # entries of a stream that one read returns

_AHEAD = 64  # frames that may wait for a stream's own reader; then no more are read for it

_BLOCK = 1.0  # seconds that one read waits; redis-py counts a longer silence of the server as an error

_JOINING = 16  # streams that are caught up with at once, each over a connection of its own

PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5)  # seconds between tries to reach a server


class Feed:
    """One stream that is read from Redis: frames that have arrived, and where to read on.

    Args:
        key: The key of the stream's log.
        look: A coroutine function that looks at the stream after a silence; it returns the seconds after which to look
            again, and raises the error that ends the feed.
        grace: Seconds after the server was lost, in which a missing lease proves nothing.
    """

    def __init__(self, key: bytes, look: Callable[[Feed], Coroutine[Any, Any, float]], *, grace: float) -> None:
        self.key = key
        self.grace = grace
        self.known = 0
        """The number of chunks in the frames so far."""
        self.over = False
        """True once the frame of the end has arrived."""
        self.look = look
        self.look_at = 0.0
        self.troubled = 0.0
        """The time until which a missing lease proves nothing, since the server could not be reached before."""
        self._frames: deque[bytes] = deque()
        self._error: StreamError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.room: Callable[[], None] | None = None
        """A function that is called when frames that had to wait have been taken."""

    @property
    def position(self) -> str:
        """The id behind which to read on."""
        return f"{self.known}-0"

    @property
    def full(self) -> bool:
        """Whether so many frames wait that no more are read."""
        return len(self._frames) >= _AHEAD

    def put(self, entries: list[Any]) -> None:
        """Take the entries of a read."""
        for entry_id, fields in entries:
            number, _, kind = bytes(entry_id).partition(b"-")
            self.known = int(number)
            self.over = self.over or kind == b"1"
            self._frames.append(_frame_of(fields))
        self._wake()

    def fail(self, error: StreamError) -> None:
        """End the feed with an error, behind the frames that have arrived."""
        self._error = self._error or error
        self._wake()

    def close(self) -> None:
        """End the feed here: nobody reads it any more."""
        self.over = True
        self._frames.clear()
        self._wake()

    async def next(self) -> list[bytes]:
        """Wait for frames, and return all that are there; return none after the end.

        Raises:
            StreamError: The error that ended the feed.
        """
        while not self._frames:
            if self._error is not None:
                raise self._error
            if self.over:
                return []
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        was_full, frames = self.full, list(self._frames)
        self._frames.clear()
        if was_full and self.room is not None:
            self.room()
        return frames

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class ReadLoop:
    """Reads all feeds of one loop (and, of a cluster, of one slot) with one command that waits.

    Args:
        client: The asyncio client of redis-py, of this loop.
        wake_key: A key of the same slot, through which a new feed wakes the read that waits.
        outage: Seconds for which a server may be unreachable.
        block: The most seconds that one read may wait.
    """

    def __init__(self, client: Any, wake_key: str, *, outage: float, block: float = _BLOCK) -> None:
        self._client = client
        self._feeds: dict[bytes, list[Feed]] = {}
        self._wake_key = f"{wake_key}:{secrets.token_hex(8)}".encode()
        self._woken = "0-0"
        self._outage = outage
        self._block = min(_BLOCK, block)
        self._task: asyncio.Task[None] | None = None
        self._waking: asyncio.Task[None] | None = None
        self._blocked = False
        self._joining = asyncio.Semaphore(_JOINING)

    def add(self, feed: Feed) -> None:
        """Read a stream from now on; the caller has read what there was."""
        feed.room = self._wake
        self._feeds.setdefault(feed.key, []).append(feed)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        else:
            self._wake()

    def remove(self, feed: Feed) -> None:
        """Read a stream no more for this feed."""
        of_key = self._feeds.get(feed.key, [])
        if feed in of_key:
            of_key.remove(feed)
            if not of_key:
                del self._feeds[feed.key]
            if not self._feeds and self._task is not None:
                self._task.cancel()
                self._task = None

    def close(self) -> None:
        """Read no more, for any feed."""
        for task in (self._task, self._waking):
            if task is not None:
                task.cancel()
        self._task = None

    async def catch_up(self, feed: Feed) -> bool:
        """Read some of what is there, without waiting for more; return whether there was anything."""
        async with self._joining:
            entries = await apart(self._read({feed.key: feed.position}, block=None))
        feed.put(entries.get(feed.key, []))
        return feed.key in entries

    def _wake(self) -> None:
        if self._blocked and self._waking is None:
            self._waking = asyncio.get_running_loop().create_task(self._send_wake())

    async def _send_wake(self) -> None:
        with contextlib.suppress(Exception):  # without it the read waits to the end of its time
            await self._client.execute_command("XADD", self._wake_key, "MAXLEN", 1, "*", "w", b"")
            await self._client.execute_command("EXPIRE", self._wake_key, 60)
        self._waking = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        failed_since: float | None = None
        tries, own_task = 0, asyncio.current_task()
        while self._feeds and self._task is own_task:  # redis-py may lose a cancellation
            now = loop.time()
            due = min(feed.look_at for feeds in self._feeds.values() for feed in feeds)
            positions = {key: self._from(feeds) for key, feeds in self._feeds.items() if not any(f.full for f in feeds)}
            try:
                self._blocked = True
                seconds = max(0.001, min(self._block, due - now))
                entries = await self._read({**positions, self._wake_key: self._woken}, block=seconds)
            except Exception as error:
                failed_since = now if failed_since is None else failed_since
                self._trouble(error, since=failed_since, now=now)
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1
                continue
            finally:
                self._blocked = False
            failed_since, tries = None, 0
            woken = entries.pop(self._wake_key, [])
            if woken:
                self._woken = bytes(woken[-1][0]).decode()
            self._hand_out(entries)
            await asyncio.sleep(0)  # the readers come first: to send the next command takes longer than to read a chunk
            await self._look_where_silent(loop.time())

    def _from(self, feeds: list[Feed]) -> str:
        return f"{min(feed.known for feed in feeds)}-0"

    def _hand_out(self, entries: dict[bytes, list[Any]]) -> None:
        now = asyncio.get_running_loop().time()
        for key, found in entries.items():
            for feed in list(self._feeds.get(key, ())):
                new = [each for each in found if _number(each[0]) >= (feed.known, 1)]
                if new:
                    feed.look_at = max(feed.look_at, now + self._block)
                    feed.put(new)
                if feed.over:
                    self.remove(feed)

    async def _look_where_silent(self, now: float) -> None:
        silent = [feed for feeds in self._feeds.values() for feed in feeds if feed.look_at <= now]
        for feed in silent:
            feed.look_at = now + self._block  # until the answer is here
        if not silent:
            return
        for feed, answer in zip(silent, await asyncio.gather(*map(self._look, silent)), strict=True):
            if isinstance(answer, StreamError):
                feed.fail(answer)
                self.remove(feed)
            elif answer is not None:
                feed.look_at = now + answer

    async def _look(self, feed: Feed) -> float | StreamError | None:
        try:
            return await feed.look(feed)
        except StreamError as error:
            return error
        except Exception:  # of redis-py's: the next read has it, too
            return None

    def _trouble(self, error: Exception, *, since: float, now: float) -> None:
        for feeds in list(self._feeds.values()):
            for feed in list(feeds):
                feed.troubled = now + feed.grace
                if now - since > self._outage:
                    unreachable = LogUnavailable(f"Redis could not be reached for {self._outage:g} s.")
                    unreachable.__cause__ = error
                    feed.fail(unreachable)
                    self.remove(feed)

    async def _read(self, after: dict[bytes, str], *, block: float | None) -> dict[bytes, list[Any]]:
        waiting: tuple[Any, ...] = () if block is None else ("BLOCK", max(1, round(block * 1000)))
        # NEVER_DECODE: the client of a user may turn all answers into text.
        answer = await self._client.execute_command(
            "XREAD", "COUNT", _COUNT, *waiting, "STREAMS", *after, *after.values(), NEVER_DECODE=[]
        )
        return _entries(answer)


def _entries(answer: Any) -> dict[bytes, list[Any]]:
    """Return the entries by key, of an answer in the second or third version of the protocol."""
    if not answer:
        return {}
    pairs: Any = cast("dict[Any, Any]", answer).items() if isinstance(answer, dict) else answer
    return {bytes(key): _flat(found) for key, found in pairs}


def _flat(found: Any) -> list[Any]:
    # redis-py puts the entries of the third version into a list of their own.
    return found[0] if len(found) == 1 and found[0] and isinstance(found[0][0], (list, tuple)) else found


def _frame_of(fields: Any) -> bytes:
    if isinstance(fields, dict):
        return bytes(cast("dict[bytes, bytes]", fields).get(b"f", b""))
    pairs = dict(zip(fields[::2], fields[1::2], strict=True)) if fields else {}
    return bytes(pairs.get(b"f", b""))


def _number(entry_id: Any) -> tuple[int, int]:
    number, _, kind = bytes(entry_id).partition(b"-")
    return int(number), int(kind)


def gap(known: int, first: int) -> StreamGap:
    """Return the error of a reader that needs chunks which the log does not have any more."""
    return StreamGap(f"Chunks {known + 1} to {first - 1} are no longer in the log: it was trimmed, or lost.")
