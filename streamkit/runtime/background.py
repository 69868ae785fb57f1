"""The background loop: one event loop, on a daemon thread, for all sync code until the program ends."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
from concurrent.futures import Future

from ..errors import ConfigurationError
from ..forks import leave_in_child, new_lock
from .workers import last_resort_pool

_END = 5.0  # seconds that the program waits at its end for the loop to stop


class Background:
    """The background loop and the thread that runs the loop."""

    def __init__(self) -> None:
        self._lock = new_lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0
        self.ending = False

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the running loop, started by the first call.

        Raises:
            ConfigurationError: Python starts no threads any more, since the program's main thread has ended.
        """
        with self._lock:
            # After a fork the thread is gone, although the loop object still says that it runs.
            if self._loop is None or self._pid != os.getpid():
                started: Future[asyncio.AbstractEventLoop] = Future()
                self._thread = threading.Thread(target=self._run, args=(started,), name="streamkit", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError as error:
                    if threading.main_thread().is_alive():
                        raise
                    why = "The program is ending, and Python starts no thread for its first call: join its threads."
                    raise ConfigurationError(why) from error
                self._loop, self._pid = started.result(), os.getpid()
            return self._loop

    def runs_here(self) -> bool:
        """Whether the background loop runs on this thread."""
        return threading.current_thread() is self._thread

    def _run(self, started: Future[asyncio.AbstractEventLoop]) -> None:
        try:
            loop = asyncio.new_event_loop()
        except BaseException as error:  # the waiting thread gets the error
            return started.set_exception(error)
        try:
            serving = loop.create_task(self._serve(started))
            while not serving.done():
                # A callback that exits the program ends its own task, not the loop that all sync code shares.
                with contextlib.suppress(SystemExit, KeyboardInterrupt):
                    loop.run_until_complete(serving)
            loop.run_until_complete(_end_all(loop))
        finally:
            loop.close()

    async def _serve(self, started: Future[asyncio.AbstractEventLoop]) -> None:
        self._end = asyncio.Event()
        loop = asyncio.get_running_loop()
        # Host names are looked up in the default executor, which async tools may fill: it must be endless.
        loop.set_default_executor(last_resort_pool("streamkit-loop"))
        started.set_result(loop)
        await self._end.wait()

    def leave_to_parent(self) -> None:
        """Forget the parent's loop in a forked child, where not even the loop's locks can be used."""
        self.__init__()

    def stop(self) -> None:
        """Stop the loop: cancel all tasks, which close their connections, and wait for the thread."""
        if self._loop is not None and self._thread is not None and self._pid == os.getpid():
            self.ending = True
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(timeout=_END)
            self._loop = None


async def _end_all(loop: asyncio.AbstractEventLoop) -> None:
    """Do what ``asyncio.Runner`` does at the end, but without a thread that waits for the executor.

    Python 3.12 starts no thread when the interpreter ends, and prints a traceback if one is requested. None is needed:
    the threads of the executors are joined before this is called.
    """
    tasks = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            message = "A task has failed while the shared loop was ended."
            loop.call_exception_handler({"message": message, "exception": error, "task": task})
    await loop.shutdown_asyncgens()


background = Background()

atexit.register(background.stop)

leave_in_child(background)
