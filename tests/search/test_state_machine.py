"""Any order of answers, failures, stalls, refusals and cancels, against a model small enough to believe."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import streamkit as sk
from streamkit.providers import CallSpec, Connection
from streamkit.testing import chat_event, chat_events, run_in_virtual_time
from streamkit.wire import Decoder, open_decoder

DONE = b"".join(chat_events()[1:])
RETRIES = 2


async def _kind_of_loop() -> type[asyncio.AbstractEventLoop]:
    return type(asyncio.get_running_loop())


VirtualLoop = run_in_virtual_time(_kind_of_loop())


class Line:
    """One call: what comes over it is put there by hand."""

    request_id = None

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        self.open = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            step = await self.queue.get()
            if isinstance(step, Exception):
                raise step
            yield step
            if step is DONE:
                return

    def shut_down(self) -> None:
        """There is no socket."""

    async def aclose(self) -> None:
        await asyncio.sleep(0.001)  # closing takes its time
        self.open = False


class ScriptedCandidate:
    """One candidate: its calls, and what the model says of it."""

    provider: str = "hand"

    def __init__(self, index: int) -> None:
        self.ask = CallSpec(model="hand", messages=({"role": "user", "content": str(index)},))
        self.index = index
        self.lines: list[Line] = []
        self.has_content = False  # content has come
        self.waits = False  # it was refused, and will be sent again
        self.verdict: str | None = None

    def decoder(self) -> Decoder:
        return open_decoder("openai.chat")

    def load(self) -> None:
        """Nothing needs to be imported."""

    async def open(self) -> Connection:
        self.lines.append(Line())
        self.waits = False
        return self.lines[-1]

    def error(self, error: Exception) -> sk.StreamError:
        return error if isinstance(error, sk.StreamError) else sk.TransportError(str(error))


class Search(RuleBasedStateMachine):
    """A search whose provider is played by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualLoop()
        self.candidates_sent: list[ScriptedCandidate] = []
        self.offered = 0
        self.no_more = False
        self.cancelled = False
        self.won: list[int] = []
        self.source: asyncio.Queue[ScriptedCandidate | None] = asyncio.Queue()
        self.searching: asyncio.Task[sk.SearchResult] | None = None

    @initialize(width=st.integers(1, 4), keep=st.integers(1, 3), finish=st.booleans())
    def begin(self, width: int, keep: int, finish: bool) -> None:
        self.width, self.keep, self.finish = width, keep, finish

        async def candidates() -> AsyncIterator[sk.Stream]:
            while (candidate := await self.source.get()) is not None:
                self.candidates_sent.append(candidate)
                yield sk.Stream(candidate, timeouts=sk.Timeouts(first=None, between=None))

        async def work() -> sk.SearchResult:
            found = await sk.search(
                candidates(), accept="Europa", concurrency=width, keep=keep, finish=finish, retries=RETRIES
            )
            await found.closed()
            return found

        self.searching = self.loop.create_task(work())
        self.settle()

    def settle(self, seconds: float = 0.1) -> None:
        """Let everything happen that is due, and a little time pass, so that what is closing is closed."""
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @property
    def running(self) -> bool:
        return self.searching is not None and not self.searching.done()

    def talking(self) -> list[ScriptedCandidate]:
        """Those over whose line something can come."""
        return [each for each in self.candidates_sent if each.lines and each.lines[-1].open and not each.waits]

    def _pick(self, which: int, *, undecided: bool = True) -> ScriptedCandidate | None:
        able = [each for each in self.talking() if not undecided or each.verdict is None]
        return able[which % len(able)] if able else None

    @precondition(lambda self: self.running and not self.no_more)
    @rule(many=st.integers(1, 6))
    def offer(self, many: int) -> None:
        for _ in range(many):
            self.source.put_nowait(ScriptedCandidate(self.offered))
            self.offered += 1
        self.settle()

    @precondition(lambda self: self.running and not self.no_more)
    @rule()
    def offer_no_more(self) -> None:
        self.no_more = True
        self.source.put_nowait(None)
        self.settle()

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 9))
    def say_something(self, which: int) -> None:
        candidate = self._pick(which)
        if candidate is not None:
            candidate.has_content = True
            candidate.lines[-1].queue.put_nowait(chat_event({"content": "Io "}))
            self.settle()

    @precondition(lambda self: self.running)
    @rule(which=st.lists(st.integers(0, 9), min_size=1, max_size=3))
    def give_acceptable_answers(self, which: list[int]) -> None:
        """Several may say so at the same moment: the first of the list wins."""
        good = {candidate.index: candidate for at in which if (candidate := self._pick(at)) is not None}
        for at in sorted(good, reverse=True):
            good[at].lines[-1].queue.put_nowait(chat_event({"content": "Europa"}))
            good[at].has_content = True
        for at in sorted(good):
            if len(self.won) < self.keep:
                self.won.append(at)
                good[at].verdict = "accepted"
            else:
                good[at].verdict = "stopped"
        self.settle()

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 9))
    def end(self, which: int) -> None:
        candidate = self._pick(which, undecided=False)
        if candidate is not None:
            candidate.verdict = candidate.verdict or "rejected"
            candidate.lines[-1].queue.put_nowait(DONE)
            self.settle()

    @precondition(lambda self: self.running)
    @rule(which=st.integers(0, 9), retryable=st.booleans())
    def fail(self, which: int, retryable: bool) -> None:
        candidate = self._pick(which)
        if candidate is None:
            return
        candidate.waits = retryable and not candidate.has_content and len(candidate.lines) <= RETRIES
        candidate.verdict = None if candidate.waits else "failed"
        candidate.lines[-1].queue.put_nowait(sk.RateLimited("no", retry_after=2, retryable=retryable))
        self.settle()

    @rule(seconds=st.sampled_from([0.5, 2.0, 60.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.settle(seconds)

    @precondition(lambda self: self.running and not self.cancelled)
    @rule()
    def cancel(self) -> None:
        assert self.searching is not None
        self.cancelled = True
        self.searching.cancel()
        self.settle()

    def _over(self) -> bool:
        """What the model says: whether the search has come to its end."""
        undone = any(each.verdict is None for each in self.candidates_sent) or len(self.candidates_sent) < self.offered
        if len(self.won) >= self.keep or (self.no_more and not undone):
            # An accepted answer that is to be whole is waited for.
            return not (self.finish and any(each.verdict == "accepted" for each in self.talking()))
        return False

    @invariant()
    def no_more_are_open_than_may_be(self) -> None:
        if self.searching is not None:
            assert sum(line.open for candidate in self.candidates_sent for line in candidate.lines) <= self.width

    @invariant()
    def candidates_are_pulled_as_there_is_room(self) -> None:
        if self.running and len(self.won) < self.keep:
            busy = [
                each for each in self.candidates_sent if each.verdict is None or (each.lines and each.lines[-1].open)
            ]
            assert len(self.candidates_sent) <= self.offered
            assert len(busy) == self.width or len(self.candidates_sent) == self.offered

    @invariant()
    def it_is_over_when_it_should_be_and_then_everything_is_closed(self) -> None:
        if self.searching is None:
            return
        assert self.searching.done() == (self.cancelled or self._over())
        if self.searching.done():
            assert not any(line.open for candidate in self.candidates_sent for line in candidate.lines)
            others = asyncio.all_tasks(self.loop)
            assert not others, others

    @invariant()
    def the_result_is_that_of_the_model(self) -> None:
        if self.searching is None or not self.searching.done():
            return
        if self.searching.cancelled():
            assert self.cancelled
            return
        found = self.searching.result()
        assert [each.index for each in found.accepted] == self.won
        assert found.ended_by == ("accepted" if len(self.won) >= self.keep else "exhausted")
        assert found.ledger.calls == sum(len(candidate.lines) for candidate in self.candidates_sent)
        verdicts = [candidate.verdict or "stopped" for candidate in self.candidates_sent]
        assert [row.verdict for row in found.ledger] == verdicts

    def teardown(self) -> None:
        if self.searching is not None and not self.searching.done():
            self.searching.cancel()
            self.settle()
            assert not any(line.open for candidate in self.candidates_sent for line in candidate.lines)
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


TestSearch: Any = Search.TestCase
TestSearch.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
