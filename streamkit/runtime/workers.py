"""Worker threads: ours are a few and never wait for a user's code, which has as many as it needs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from ..forks import importing, leave_in_child

P = ParamSpec("P")

T = TypeVar("T")

_OURS = 8  # threads for imports, clients and credentials
# A tool may ask a model whose tools ask others: with any bound, those that wait could fill every thread.
_ENDLESS = 1 << 20


def endless_pool(name: str) -> ThreadPoolExecutor:
    """Return an executor in which nothing waits for a thread; idle threads are used again.

    Args:
        name: What its threads are called.
    """
    return ThreadPoolExecutor(_ENDLESS, thread_name_prefix=name)


class _LastResort(ThreadPoolExecutor):
    """Works in the thread that asks, where Python starts no thread any more.

    When a program's main thread has ended, its other threads may still run calls; Python's executors take no work then.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        try:
            return super().submit(fn, *args, **kwargs)
        except RuntimeError:
            if threading.main_thread().is_alive():
                raise
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:
            done.set_exception(error)
        return done


def last_resort_pool(name: str) -> ThreadPoolExecutor:
    """Return an endless pool that works in the thread that asks when the program ends.

    Args:
        name: What its threads are called.
    """
    return _LastResort(_ENDLESS, thread_name_prefix=name)


class _Workers:
    """The two executors of this process."""

    def __init__(self) -> None:
        self.ours = _LastResort(_OURS, thread_name_prefix="streamkit-worker")
        self.users = endless_pool("streamkit-user")

    def leave_to_parent(self) -> None:
        """Begin anew in a forked child: the threads are the parent's, although the executors still count on them."""
        self.__init__()


_workers = _Workers()

leave_in_child(_workers)


async def to_thread(work: Callable[[], T], *, imports: bool = True) -> T:
    """Run blocking work of our own in a worker thread, in the caller's context.

    Args:
        work: An import, the building of a client, a look for credentials; never a user's code.
        imports: It imports something, so a fork waits for it; it does not wait for a network then.
    """

    def alone() -> T:
        with importing():
            return work()

    return await _run(_workers.ours, alone if imports else work)


async def to_user_thread(work: Callable[[], T]) -> T:
    """Run a user's blocking code in a thread that nothing of ours waits for, in the caller's context.

    Args:
        work: A sync tool, or whatever else the user wrote.
    """
    return await _run(_workers.users, work)


async def _run(executor: Executor, work: Callable[[], T]) -> T:
    context = copy_context()

    def safely() -> T:
        try:
            return context.run(work)
        except (StopIteration, GeneratorExit) as error:  # in a coroutine they are no errors: who waits would not wake
            raise RuntimeError(f"it raised {error!r}") from error

    return await asyncio.get_running_loop().run_in_executor(executor, safely)
