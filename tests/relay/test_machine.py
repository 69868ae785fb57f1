"""Appends, trims, losses, takeovers, readers that come and leave: against a small model of what each may see."""

from __future__ import annotations

import asyncio
import os
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

import streamkit as sk
from streamkit.testing import RedisServer

STEPS = int(os.environ.get("STREAMKIT_MACHINE_STEPS", "150"))

_numbers = count()


class Source:
    """A source that gives what the machine puts in."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.given: list[str] = []
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()

    def put(self, number: int) -> None:
        for _ in range(number):
            self.given.append(f"{self.word}{len(self.given) + 1} ")
            self._queue.put_nowait(self.given[-1])

    def end(self) -> None:
        self._queue.put_nowait(None)

    def __aiter__(self) -> Source:
        return self

    async def __anext__(self) -> str:
        found = await self._queue.get()
        if found is None:
            raise StopAsyncIteration
        return found


class Machine(RuleBasedStateMachine):
    """One stream in one Redis: its producers one after the other, and its readers."""

    server: RedisServer

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.log = sk.RedisLog(
            self.server.url, prefix=f"m{os.getpid()}-{next(_numbers)}", lease=30, ttl=90
        )  # which never ends by itself
        self.sources: list[Source] = []
        self.readers: list[tuple[sk.Stream, asyncio.Future[sk.Response]]] = []
        self.ended = False
        self.publication: sk.Publication | None = None
        self.produce("error")

    def produce(self, if_exists: str) -> None:
        self.sources.append(Source("abcdefgh"[len(self.sources)]))

        async def begin() -> None:
            publication = sk.from_async(self.sources[-1]).publish_to(self.log, "a", if_exists=if_exists)  # type: ignore[arg-type]
            await publication.ready()
            self.publication = publication

        self.runner.run(begin())

    async def stored(self) -> None:
        while (await self.log.status("a")).chunks < len(self.sources[-1].given):
            await asyncio.sleep(0.001)

    @precondition(lambda self: self.publication and not self.ended)
    @rule(number=st.integers(1, 5))
    def append(self, number: int) -> None:
        self.sources[-1].put(number)
        self.runner.run(self.stored())

    @precondition(lambda self: len(self.readers) < 6)
    @rule()
    def join(self) -> None:
        async def begin() -> None:
            far = sk.from_log(self.log, "a")
            self.readers.append((far, asyncio.ensure_future(far.wait_response())))
            await asyncio.sleep(0.005)

        self.runner.run(begin())

    @precondition(lambda self: self.readers)
    @rule()
    def leave(self) -> None:
        async def end() -> None:
            _, reading = self.readers.pop()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

        self.runner.run(end())

    @precondition(lambda self: self.publication and not self.ended)
    @rule()
    def finish(self) -> None:
        async def end() -> None:
            assert self.publication is not None
            self.sources[-1].end()
            await self.publication

        self.runner.run(end())
        self.ended = True

    @precondition(lambda self: self.publication and not self.ended)
    @rule()
    def kill(self) -> None:
        async def end() -> None:
            assert self.publication is not None
            await self.publication.aclose()
            await self.delete("lease")  # as if its time were over

        self.runner.run(end())
        self.publication = None

    @precondition(lambda self: self.publication is None and not self.ended and len(self.sources) < 6)
    @rule()
    def replace(self) -> None:
        async def lost() -> None:
            while (await self.log.status("a")).state != "lost":
                await asyncio.sleep(0.01)

        while True:
            self.runner.run(lost())
            try:
                self.produce("replace")
            except sk.ConfigurationError:  # the last sign of life of the one that was killed has come late
                self.sources.pop()
                self.runner.run(self.delete("lease"))
            else:
                break

    @precondition(lambda self: self.publication and not self.ended)
    @rule()
    def lose_everything(self) -> None:
        async def lose() -> None:
            await self.delete("log", "head", "lease")
            self.sources[-1].put(1)  # with which the producer sees the loss
            while not (await self._look()):
                await asyncio.sleep(0.005)
            await self.stored()

        self.runner.run(lose())

    async def delete(self, *keys: str) -> None:
        from redis.asyncio import Redis

        async with Redis(port=self.server.port) as client:
            await client.delete(*(f"{self.log.prefix}:{{a}}:{key}" for key in keys))

    async def _look(self) -> bool:
        try:
            await self.log.status("a")
        except sk.StreamNotFound:
            return False
        return True

    @invariant()
    def what_a_reader_has_is_the_beginning_of_one_answer(self) -> None:
        for far, _ in self.readers:
            assert any("".join(source.given).startswith(far.content) for source in self.sources), far.content

    def teardown(self) -> None:
        async def end() -> None:
            if self.publication is not None and not self.ended:
                self.sources[-1].end()
                await self.publication
            for far, reading in self.readers:
                is_old = not "".join(self.sources[-1].given).startswith(far.content)
                if self.publication is None or is_old:  # they wait for the end of the lease, which is long here
                    reading.cancel()
                    await asyncio.gather(reading, return_exceptions=True)
                    continue
                try:
                    found = await asyncio.wait_for(reading, 20)
                except (sk.ProducerLost, sk.StreamGap):
                    assert len(self.sources) > 1
                else:
                    assert found.content == "".join(self.sources[-1].given), far

        try:
            self.runner.run(end())
        finally:
            self.runner.close()


def test_the_machine(redis: RedisServer) -> None:
    Machine.server = redis
    per_run = 25
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=max(1, STEPS // per_run), stateful_step_count=per_run, deadline=None)
    )
