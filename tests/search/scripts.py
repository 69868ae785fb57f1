"""Scripted candidates, and what must hold of all of them in the end."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

import streamkit as sk
from streamkit.testing import Script, assert_closed, chat_event, chat_events, run_in_virtual_time

T = TypeVar("T")


def says(*texts: str, after: float = 0.0, every: float = 0.0) -> Script:
    """Answer with these texts, and end."""
    first, *events = chat_events(*texts)
    paced = [step for event in events[: len(texts)] for step in (every, event)]
    return Script([first, after, *paced, *events[len(texts) :]])


def hangs(*texts: str) -> Script:
    """Answer with these texts, and then stay silent for ever."""
    return Script([*(chat_event({"content": text}) for text in texts), None])


def all_closed(scripts: Iterable[Script]) -> bool:
    """Whether every call that was opened has been closed."""
    return all(script.opened == script.closed for script in scripts)


def in_virtual_time(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run on a loop with virtual time, and fail if a task or a socket is left, or somebody complained to the loop."""

    async def main() -> T:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with assert_closed():
            found = await work()
        gc.collect()
        assert complaints == []
        return found

    return run_in_virtual_time(main())


async def searched(candidates: Any, *, accept: Any = "Europa", **options: Any) -> sk.SearchResult:
    """Search, and wait until everything is closed."""
    found = await sk.search(candidates, accept=accept, **options)
    await found.closed()
    return found


def search(candidates: Any, **options: Any) -> sk.SearchResult:
    """Do so in virtual time."""
    return in_virtual_time(lambda: searched(candidates, **options))
