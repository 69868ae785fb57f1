"""``with sk.recording(folder)``: every Stream that is made inside, on whatever thread and loop; and what is kept."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

import streamkit as sk
from streamkit import operators as ops
from streamkit._recording import WRITER
from streamkit.testing import Script, chat_events
from tests.forking import run_code
from tests.recording.recorded import body, read

EVENTS = chat_events("Io", " is hot")
CUT = EVENTS[:2]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


def test_all_threads_and_loops_are_recorded_and_leaving_waits_for_the_disk(tmp_path: Path) -> None:
    with sk.recording(tmp_path) as block:
        threads = [threading.Thread(target=lambda: Script(EVENTS).stream().run()) for _ in range(3)]
        for thread in threads:
            thread.start()
        asyncio.run(Script(EVENTS).stream().wait_response())
        for thread in threads:
            thread.join()
    assert [body(read(path)) for path in files(tmp_path)] == [b"".join(EVENTS)] * 4
    assert (block.written, block.failed) == (4, 0)


async def test_an_async_block_in_a_loop(tmp_path: Path) -> None:
    async with sk.recording(tmp_path / "new") as block:
        await Script(EVENTS).stream()
    assert (block.written, len(files(tmp_path / "new"))) == (1, 1)
    with pytest.raises(sk.ConfigurationError, match="use 'async with'"), sk.recording(tmp_path):
        pass


def test_a_stream_that_is_made_inside_is_recorded_when_it_is_sent_and_one_made_before_is_not(tmp_path: Path) -> None:
    before = Script(EVENTS).stream()
    with sk.recording(tmp_path):
        inside = Script(EVENTS).stream()
        before.run()
    assert files(tmp_path) == []
    inside.run()
    WRITER.flush()
    assert len(files(tmp_path)) == 1
    inside.again().run()
    WRITER.flush()
    assert len(files(tmp_path)) == 1


def test_the_inner_block_wins_and_a_calls_own_record_wins_over_both(tmp_path: Path) -> None:
    with sk.recording(tmp_path / "outer"), sk.recording(tmp_path / "inner"):
        Script(EVENTS).stream().run()
        Script(EVENTS).stream(record=tmp_path / "own.jsonl").run()
        Script(EVENTS).stream(record=False).run()
    assert [len(files(tmp_path / name)) for name in ("outer", "inner", ".")] == [0, 1, 1]


def test_a_context_records_too_and_an_argument_wins(tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    with sk.context(record=tmp_path / "context"):
        Script(EVENTS).stream().run()
        Script(EVENTS).stream(record=tmp_path / "own.jsonl").run()
    WRITER.flush()
    assert [len(files(tmp_path / name)) for name in ("context", ".")] == [1, 1]


def test_a_decorated_function_is_recorded(tmp_path: Path) -> None:
    @sk.call("replay/openai", record=tmp_path, call_params={"speed": float("inf")})
    def ask() -> str:
        return "Which moons may hold life?"

    ask().run()
    sk.override(ask, record=tmp_path / "own.jsonl")().run()
    WRITER.flush()
    assert len(files(tmp_path)) == 2
    assert read(tmp_path / "own.jsonl").header.model == "openai"


def slow(response: sk.Response) -> bool:
    return len(response.content) > 5


def broken(response: sk.Response) -> bool:
    raise ValueError(response.content)


@pytest.mark.parametrize(
    ("when", "kept"), [("failed", [CUT]), (slow, [EVENTS]), (broken, [CUT, EVENTS])], ids=["failed", "slow", "broken"]
)
def test_a_condition_decides_at_the_end_of_a_call(when: Any, kept: list[list[bytes]], tmp_path: Path) -> None:
    held = WRITER.held
    with capture_logs() as logs, sk.recording(tmp_path, when=when):
        Script(EVENTS).stream().run()
        with pytest.raises(sk.TruncatedError):
            Script(CUT).stream().run()
    assert sorted(body(read(path)) for path in files(tmp_path)) == sorted(b"".join(each) for each in kept)
    assert WRITER.held == held
    warnings = [log["event"] for log in logs if log["event"].startswith("recording")]
    assert warnings == ["recording_when_failed"] * (2 if when is broken else 0)


@pytest.mark.parametrize("attempt", ["answers", "fails"])
def test_attempts_are_kept_or_dropped_with_their_call(attempt: str, tmp_path: Path) -> None:
    with sk.recording(tmp_path, when="failed"):
        stream = sk.fallback(Script(CUT).stream(), Script(EVENTS if attempt == "answers" else CUT).stream())
        with contextlib.suppress(sk.TruncatedError):
            stream.run()
    assert [len(read(path).calls) for path in files(tmp_path)] == ([] if attempt == "answers" else [2])


def test_a_stop_is_no_failure(tmp_path: Path) -> None:
    with sk.recording(tmp_path, when="failed"):
        list(Script(EVENTS).stream().pipe(ops.until("Io")))
    assert files(tmp_path) == []


def test_files_are_made_up_to_their_number(tmp_path: Path) -> None:
    with capture_logs() as logs, sk.recording(tmp_path, max_files=2):
        for _ in range(4):
            Script(EVENTS).stream().run()
    assert len(files(tmp_path)) == 2
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == ["recordings_full"]


MANY = int(os.environ.get("STREAMKIT_MANY", "400"))
"""Streams of the black box: 10,000 by hand."""


async def test_a_black_box_has_exactly_the_calls_that_failed_and_its_memory_is_bounded(tmp_path: Path) -> None:
    long = chat_events(*["word "] * 20)
    most, at_a_time = 0, asyncio.Semaphore(200)

    async def ask(number: int) -> None:
        nonlocal most
        steps: list[Any] = long if number % 100 else [*long[:5], 0, sk.Overloaded(f"number {number}", status=529)]
        async with at_a_time:
            with contextlib.suppress(sk.Overloaded):
                await Script(steps).stream()
            most = max(most, WRITER.held)

    held = WRITER.held
    async with sk.recording(tmp_path, when="failed") as block:
        await asyncio.gather(*[ask(number) for number in range(MANY)])
    errors = [read(path).end for path in files(tmp_path)]
    found = {end.error["message"] for end in errors if end is not None and end.error is not None}
    assert found == {f"number {number}" for number in range(0, MANY, 100)}
    assert (block.written, WRITER.held) == (len(found), held)
    assert held < most <= held + 200 * 3 * sum(map(len, long))


def test_calls_that_find_no_memory_go_on_and_their_files_say_what_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WRITER, "_memory", WRITER.held + 5_000)
    events = [*chat_events(*["word "] * 50, finish=None)]
    with sk.recording(tmp_path, when="failed"), pytest.raises(sk.TruncatedError):
        Script(events).stream().run()
    found = read(files(tmp_path)[0])
    assert found.end is not None
    assert 0 < len(body(found)) <= 5_000
    assert len(body(found)) + found.end.left_out == sum(map(len, events))


FORKS = """
import sys
from pathlib import Path

folder = Path({folder!r})
with sk.recording(folder):
    Script(chat_events("Io")).stream().run()
    in_child(lambda: Script(chat_events("Europa")).stream().run().content)
    Script(chat_events("Titan")).stream().run()
print(*sorted(word for path in folder.iterdir() for word in ("Io", "Europa", "Titan") if word in path.read_text()))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_records_its_own_calls(tmp_path: Path) -> None:
    assert run_code(FORKS.format(folder=str(tmp_path))) == ["Europa", "Io Titan"]
