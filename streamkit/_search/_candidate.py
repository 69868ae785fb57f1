"""One candidate: asked, judged while it answers, and left as soon as that is enough."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from .._stream import Stream
from ..errors import ConfigurationError, StoppedError, StreamError
from ..flow import PairIterator
from ..response import Response
from ..runtime import Budget
from ..spending import Spending
from ._judge import Judge
from ._ledger import Row

Make: TypeAlias = Callable[[], "Stream | Awaitable[Stream]"]
_BACKOFF = 0.5  # seconds before a refused call is sent again, doubled each time, where the provider does not say


@dataclass(slots=True)
class Reader:
    """Reads one candidate.

    Args:
        row: Its row in the ledger.
        make: Its Stream, or what makes it.
        judge: Makes what judges it.
        finish: Whether an accepted answer is read to its end.
        retries: How often a call that was refused before its content is sent again.
        budget: What it may use, together with others.
    """

    row: Row
    make: Stream | Make
    judge: Callable[[], Judge]
    finish: bool = False
    retries: int = 0
    budget: Budget | None = None
    stream: Stream | None = None
    error: StreamError | None = None
    value: Any = None
    _iterator: PairIterator[Any] | None = None

    async def read(self) -> bool:
        """Ask and judge; return whether it is good enough.

        Raises:
            Exception: What judging has raised; everything is closed then.
        """
        accepted = False
        try:
            accepted = await self._attempts()
        finally:
            if not (accepted and self.finish):
                await self._close(accepted)
        return accepted

    async def rest(self) -> None:
        """Read an accepted answer to its end."""
        if self._iterator is not None and self.stream is not None:
            try:
                async for _ in self._iterator:
                    pass
            finally:
                await self._close(True)

    @property
    def response(self) -> Response:
        """What has arrived."""
        assert self.stream is not None
        return self.stream.response

    async def _attempts(self) -> bool:
        self.stream = stream = await self._made()
        for attempt in range(self.retries + 1):
            self.row.calls += stream.state == "streaming"
            try:
                return await self._judged(stream)
            except StreamError as error:
                self.error = error
                again = error.retryable and not isinstance(error, StoppedError) and not self._arrived(stream)
                if not again or attempt == self.retries:
                    break
                pause = error.retry_after or _BACKOFF * 2**attempt * random.uniform(0.5, 1.0)
                await asyncio.sleep(pause)
                self.stream = stream = stream.again()
        return False

    async def _judged(self, stream: Stream) -> bool:
        judge, spending = self.judge(), Spending(self.budget) if self.budget is not None else None
        self._iterator = aiter(stream)
        async for chunk, _ in self._iterator:
            spent = spending is not None and spending.feed(chunk)[1] is not None
            if await judge.met(chunk, stream):
                self.value = judge.value
                return True
            if spent:
                return False
        accepted = await judge.whole(stream)
        self.value = judge.value
        self.error = None
        return accepted

    async def _made(self) -> Stream:
        make: Any = self.make
        made: Any = make if isinstance(make, Stream) else make()
        if not isinstance(made, Stream) and inspect.isawaitable(made):  # a Stream can be awaited too, for its Response
            made = await made
        if not isinstance(made, Stream):
            raise ConfigurationError(f"A candidate must give a Stream, not {type(made).__name__}.")
        return cast("Stream", made)

    async def _close(self, accepted: bool) -> None:
        began = asyncio.get_running_loop().time()
        stream, row = self.stream, self.row
        if self._iterator is not None:
            await self._iterator.aclose()
        if stream is None:
            return
        row.note(stream)
        row.close_ms = (asyncio.get_running_loop().time() - began) * 1000
        if accepted:
            row.verdict = "accepted"
        elif self.error is not None:
            row.verdict, row.error = "failed", f"{type(self.error).__name__}: {self.error}"
        else:
            row.verdict = "rejected" if stream.state in ("complete", "unknown") else "stopped"

    def _arrived(self, stream: Stream) -> bool:
        return bool(stream.log is not None and stream.log.length)
