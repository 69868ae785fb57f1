"""Worker threads: a few for streamkit's own work, and as many as needed for users' code."""

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
# A tool may call a model whose tools call others: under any bound, waiting tools could fill all threads.
_ENDLESS = 1 << 20


def endless_pool(name: str) -> ThreadPoolExecutor:
    """Return an executor with any number of threads; idle threads are used again.

    Args:
        name: The prefix of the threads' names.
    """
    return ThreadPoolExecutor(_ENDLESS, thread_name_prefix=name)


class _LastResort(ThreadPoolExecutor):
    """An executor that runs work in the calling thread if Python starts no threads any more.

    When a program's main thread has ended, its other threads may still run calls; Python's executors accept no work.
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
    """Return an endless pool that runs work in the calling thread when the program ends.

    Args:
        name: The prefix of the threads' names.
    """
    return _LastResort(_ENDLESS, thread_name_prefix=name)


class _Workers:
    """The two executors of this process."""

    def __init__(self) -> None:
        self.ours = _LastResort(_OURS, thread_name_prefix="streamkit-worker")
        self.users = endless_pool("streamkit-user")

    def leave_to_parent(self) -> None:
        """Make new executors in a forked child: the threads of the old ones are the parent's."""
        self.__init__()


_workers = _Workers()

leave_in_child(_workers)


async def to_thread(work: Callable[[], T], *, imports: bool = True) -> T:
    """Run streamkit's own blocking work in a worker thread, in the caller's context.

    Args:
        work: An import, the construction of a client, or a search for credentials; never a user's code.
        imports: True if the work imports modules, so that a fork waits for it; such work must not wait for a network.
    """

    def alone() -> T:
        with importing():
            return work()

    return await _run(_workers.ours, alone if imports else work)


async def to_user_thread(work: Callable[[], T]) -> T:
    """Run a user's blocking code in a new worker thread, in the caller's context."""
    return await _run(_workers.users, work)


async def _run(executor: Executor, work: Callable[[], T]) -> T:
    context = copy_context()

    def safely() -> T:
        try:
            return context.run(work)
        except (StopIteration, GeneratorExit) as error:  # a coroutine cannot raise these: the waiter would not wake
            raise RuntimeError(f"it raised {error!r}") from error

    return await asyncio.get_running_loop().run_in_executor(executor, safely)
