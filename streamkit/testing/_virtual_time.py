"""Virtual time: an event loop whose clock jumps to the next timer instead of waiting."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


_LONGEST_WAIT = 5.0  # real seconds for a worker thread to end; one that waits for a timer of the loop gets no more


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that waits for no timer; the clock jumps by the timeout instead, unless a worker thread is at work."""

    jumped = 0.0
    working = 0  # calls that worker threads run

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(None)  # no timer is set: a worker thread will wake the loop
        if self.working and (ready := super().select(_LONGEST_WAIT)):
            return ready
        self.jumped += timeout
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.jumped

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
        self._jumping.working += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._worked)
        return future

    def _worked(self, _: object) -> None:
        self._jumping.working -= 1


def run_in_virtual_time(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop whose clock starts at 0 and jumps to the next timer when nothing else is due.

    Sockets and worker threads work, but take no virtual time: the clock stands still while a worker thread runs, for
    five real seconds at most.

    Args:
        main: The coroutine.

    >>> async def a_minute() -> float:
    ...     await asyncio.sleep(60)
    ...     return asyncio.get_running_loop().time()
    >>> run_in_virtual_time(a_minute())
    60.0
    """
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main)
