"""Forks: no lock of the parent's and no import that is half done hangs a child."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from tests.forking import run_code

# Those that say themselves what a child does with their locks.
MAKE_ANEW = ("forks.py", "_one_reader.py")
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def test_a_lock_that_another_thread_holds_is_free_in_the_child() -> None:
    lines = run_code("""
        from streamkit import forks
        limits, budget = sk.Limits(concurrency=1), sk.Budget(tokens=9)

        def moon(name: str) -> str:
            return name

        stream = Script(chat_events("Io")).stream(limits=limits, tools=[moon])
        over = Script(chat_events("Europa")).stream(keep=5)
        over.run()
        flow = stream.pipe(ops.text(), ops.fan_out(), ops.coalesce(), ops.join())
        tool = sk.as_tool(moon)
        held, leave = threading.Event(), threading.Event()

        def hold():
            for lock in forks._living(forks._locks):
                lock.acquire()
            held.set()
            leave.wait()

        threading.Thread(target=hold, daemon=True).start()
        held.wait()
        in_child(lambda: (
            flow.run(), stream.pipe(ops.limit(budget), ops.text(), ops.join()).run(), stream.run().content,
            "".join(chunk.content for chunk, _ in over), over.response.content, tool.parameters["required"],
        ))
        os._exit(0)
    """)
    assert lines == [str(("Io", "Io", "Io", "Europa", "Europa", ["name"]))]


def test_a_lock_that_the_forking_thread_holds_is_its_own_in_the_child() -> None:
    lines = run_code("""
        from streamkit.forks import new_lock
        lock = new_lock()

        def other_thread_gets_it():
            found = []
            thread = threading.Thread(target=lambda: found.append(lock.acquire(blocking=False)))
            thread.start(), thread.join()
            return found[0]

        def child():
            before = other_thread_gets_it()
            lock.release()
            return before, other_thread_gets_it()

        with lock:
            in_child(child)
    """)
    assert lines == ["(False, True)"]


def test_every_lock_is_made_where_forks_are_known() -> None:
    kinds = {"Lock", "RLock", "Condition", "Semaphore", "cached_property"}
    made = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "streamkit").rglob("*.py")
        if path.name not in MAKE_ANEW and "testing" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (
            isinstance(node, ast.Attribute)
            and node.attr in kinds
            and ast.unparse(node.value) in ("threading", "functools")
        )
        and not _takes_ours(path, node.lineno)
    ]
    assert not made, f"use streamkit.forks.new_lock and cached: {made}"


def _takes_ours(path: Path, line: int) -> bool:
    return "Condition(new_lock())" in (text := path.read_text(encoding="utf-8").splitlines()[line - 1]) or ": " in text


def test_a_fork_waits_for_an_import_which_would_stay_half_done_in_the_child(tmp_path: Path) -> None:
    """Python keeps a lock for each module that is imported, and in a child nobody would release it."""
    (tmp_path / "slow_sdk.py").write_text(
        "import __main__\n__main__.began.set()\n__main__.go_on.wait(60)\nsum(range(10**7))\nTEXT = 'whole'\n"
    )
    lines = run_code(f"""
        import asyncio, importlib
        from streamkit.runtime import current_or_background_loop, to_thread
        began, go_on = threading.Event(), threading.Event()
        os.register_at_fork(before=go_on.set)  # hooks of before run in reverse: this one first
        sys.path.insert(0, {str(tmp_path)!r})

        async def load():
            await to_thread(lambda: importlib.import_module("slow_sdk"))

        asyncio.run_coroutine_threadsafe(load(), current_or_background_loop())
        began.wait()
        in_child(lambda: importlib.import_module("slow_sdk").TEXT)
    """)
    assert lines == ["whole"]


def test_a_fork_inside_an_import_of_ours_waits_for_nobody() -> None:
    lines = run_code("""
        from streamkit.forks import importing
        with importing():
            in_child(lambda: Script(chat_events("Io")).stream().run().content)
    """)
    assert lines == ["Io"]
