"""Any order of joining, leaving, lagging, raising, appending and ending, against a model small enough to believe."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from reactivex.observer import Observer

import streamkit as sk
from streamkit.fold import Fold
from streamkit.log import Cursor, End, MemoryLog
from streamkit.subscription import Late, Overflow, SubscriptionOptions

OWN_ERROR = RuntimeError("mine")
LOST = sk.TruncatedError("cut")


@dataclass
class Reader:
    """One subscriber, what it saw, and what the model says of it."""

    start: int
    overflow: Overflow
    cursor: Any = None
    text: str = ""
    ends: list[Any] = field(default_factory=list[Any])
    left: int = 0
    gone: bool = False
    raises_at: int | None = None
    nested: Callable[[], object] | None = None

    def take(self, chunk: sk.Chunk) -> None:
        assert not self.ends and not self.gone, "nothing comes after the end, or after leaving"
        self.text += chunk.content
        if self.nested is not None:
            nested, self.nested = self.nested, None
            nested()
        if self.raises_at is not None and len(self.text) >= self.raises_at:
            raise OWN_ERROR

    def leave(self) -> None:
        self.left += 1

    async def wait_left(self) -> None:
        pass


class FanOut(RuleBasedStateMachine):
    """A log and its readers; turns of the loop are taken when a rule says so."""

    def __init__(self) -> None:
        super().__init__()
        self.log: MemoryLog = MemoryLog()
        self.fold = Fold()
        self.text = ""
        self.turns: deque[Callable[[], None]] = deque()
        self.readers: list[Reader] = []

    @rule(
        late=st.sampled_from(["replay", "fold", "live", sk.tail(0), sk.tail(2)]),
        overflow=st.sampled_from(["pause", "coalesce", "latest", "drop_oldest", "error"]),
        bound=st.integers(1, 4),
        direct=st.booleans(),
        raises_at=st.none() | st.integers(1, 12),
    )
    def join(self, late: Late, overflow: Overflow, bound: int, direct: bool, raises_at: int | None) -> None:
        entry = self.log.start(late, lambda _: self.fold.chunks())
        reader = Reader(0 if late == "fold" else entry.position, overflow, raises_at=raises_at)
        reader.cursor = Cursor(
            self.log,
            Observer(reader.take, reader.ends.append, lambda: reader.ends.append("end")),
            options=SubscriptionOptions(late=late, overflow=overflow, bound=bound),
            soon=self.turns.append,
            direct=direct,
            on_leave=reader.leave,
            wait_left=reader.wait_left,
            report=reader.ends.append,
        )
        reader.cursor.start(entry)
        self.readers.append(reader)

    @precondition(lambda self: self.log.end is None)
    @rule(texts=st.lists(st.text("abc", min_size=1, max_size=1), min_size=1, max_size=6))
    def append(self, texts: list[str]) -> None:
        chunks = [sk.Chunk(content=text) for text in texts]
        self.text += "".join(texts)
        self.fold.add(chunks)
        self.log.append(chunks, size=len(texts), at=0.0)

    @rule(error=st.sampled_from([None, LOST]))
    def end(self, error: sk.StreamError | None) -> None:
        self.log.close(End(error))

    @rule(count=st.integers(1, 5))
    def turn(self, count: int) -> None:
        for _ in range(min(count, len(self.turns))):
            self.turns.popleft()()

    @precondition(lambda self: self.readers)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        reader = data.draw(st.sampled_from(self.readers))
        reader.cursor.dispose()
        reader.gone = True

    @precondition(lambda self: self.readers)
    @rule(data=st.data(), other=st.data())
    def do_something_inside_the_next_chunk(self, data: st.DataObject, other: st.DataObject) -> None:
        reader = data.draw(st.sampled_from(self.readers))
        victim = other.draw(st.sampled_from(self.readers))

        def leave() -> None:
            victim.cursor.dispose()
            victim.gone = True

        reader.nested = leave

    @invariant()
    def every_reader_has_seen_what_the_model_says(self) -> None:
        for reader in self.readers:
            self._check(reader)

    def _check(self, reader: Reader) -> None:
        whole = self.text[reader.start :]
        if reader.overflow in ("latest", "drop_oldest"):
            rest = iter(whole)
            assert all(letter in rest for letter in reader.text), "a lossy reader sees some, in order"
        else:
            assert whole.startswith(reader.text), "nothing is lost, doubled or swapped"
        assert len(reader.ends) <= 1
        assert reader.left == bool(reader.gone or reader.ends)

    def teardown(self) -> None:
        self.log.close(End())
        while self.turns:
            self.turns.popleft()()
        for reader in self.readers:
            self._check(reader)
            if reader.gone:
                continue
            (end,) = reader.ends
            if end is OWN_ERROR:
                assert reader.raises_at is not None and len(reader.text) >= reader.raises_at
            elif not isinstance(end, sk.SlowSubscriber):
                assert end == "end" or end is LOST
                assert reader.overflow in ("latest", "drop_oldest") or reader.text == self.text[reader.start :]


FanOut.TestCase.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
TestFanOut = FanOut.TestCase
