"""``save``: what comes is in the file as it comes, and stays there however the stream ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import Subject  # noqa: TID251 - a hot source that a test can push into
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit.codec import decode
from streamkit.testing import Script, chat_events

OPEN_FILES = Path("/proc/self/fd")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "moon"


def is_open(path: Path) -> bool:
    return str(path) in {os.path.realpath(each) for each in OPEN_FILES.iterdir()}


def test_text_is_utf_8_with_its_own_line_ends(path: Path) -> None:
    Script(chat_events("Io,\r\n", "木", "星 🪐\n")).stream().pipe(ops.text(), ops.save(path)).last().run()
    assert path.read_bytes() == "Io,\r\n木星 🪐\n".encode()


def test_chunks_are_lines_that_read_as_the_same_chunks(path: Path) -> None:
    chunks = list(Script(chat_events("Eu", "ropa")).stream().pipe(ops.save(path)))
    assert [decode(line) for line in path.read_bytes().splitlines()] == chunks


def test_responses_are_lines_too_and_bytes_are_what_they_are(path: Path) -> None:
    stream = Script(chat_events("Eu", "ropa")).stream()
    response = stream.pipe(ops.to_response(), ops.save(os.fspath(path))).run()
    assert decode(path.read_bytes()) == response
    rx.of(b"\x00\n", b"\xff").pipe(ops.save(path, overwrite=True)).subscribe()
    assert path.read_bytes() == b"\x00\n\xff"


def test_each_element_is_in_the_file_before_it_is_emitted_if_flushing(path: Path) -> None:
    for flush, seen in ((True, ["Io", "IoTitan"]), (False, ["", ""])):
        found: list[str] = []
        rx.of("Io", "Titan").pipe(ops.save(path, flush=flush, overwrite=True)).subscribe(
            lambda _, found=found: found.append(path.read_text())
        )
        assert (found, path.read_text()) == (seen, "IoTitan")


def test_it_begins_anew_or_goes_on(path: Path) -> None:
    for append, expected in ((False, "Io"), (True, "IoIo"), (False, "Io")):
        rx.of("Io").pipe(ops.save(path, append=append, overwrite=not append)).subscribe()
        assert path.read_text() == expected


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="needs /proc to see which files are open")
@pytest.mark.parametrize("end", ["completed", "failed", "disposed"])
def test_it_is_closed_at_any_end_and_what_came_stays(path: Path, end: str) -> None:
    source, seen = Subject[str](), list[Any]()
    subscription = source.pipe(ops.save(path, flush=False)).subscribe(on_error=seen.append)
    source.on_next("Io")
    assert is_open(path)
    if end == "completed":
        source.on_completed()
    elif end == "failed":
        source.on_error(ValueError("the source's own"))
    else:
        subscription.dispose()
    assert (is_open(path), path.read_text()) == (False, "Io")
    assert [str(each) for each in seen] == ["the source's own"] * (end == "failed")


async def test_a_file_that_cannot_be_opened_is_an_error_and_nothing_is_sent(tmp_path: Path) -> None:
    script = Script(chat_events("Io"))
    with pytest.raises(sk.ConfigurationError, match="cannot be opened: No such file or directory"):
        await script.stream().pipe(ops.save(tmp_path / "no" / "such")).last()
    assert script.opened == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
@pytest.mark.parametrize("flush", [True, False])
def test_a_full_disk_is_an_error_that_leaves_the_source(flush: bool) -> None:
    source, seen = Subject[str](), list[Any]()
    source.pipe(ops.save("/dev/full", flush=flush)).subscribe(seen.append, seen.append)
    source.on_next("Io")
    source.on_completed()
    error = seen[-1]
    assert str(error) == "The file /dev/full cannot be written: No space left on device."
    assert (type(error), type(error.__cause__), len(seen), source.observers) == (
        sk.StreamError,
        OSError,
        1 if flush else 2,
        [],
    )


def test_an_existing_file_raises_at_the_call_and_is_left_alone(path: Path) -> None:
    path.write_text("ten years of work")
    with pytest.raises(sk.ConfigurationError, match="is there already: give another path, or overwrite=True"):
        ops.save(path)
    with pytest.raises(sk.ConfigurationError, match="is a folder"):
        ops.save(path.parent, overwrite=True)
    with pytest.raises(sk.ConfigurationError, match="added to or begun anew"):
        ops.save(path, append=True, overwrite=True)
    assert path.read_text() == "ten years of work"


def test_a_file_that_has_come_meanwhile_is_left_alone_and_nothing_is_sent(path: Path) -> None:
    script = Script(chat_events("Io"))
    flow = script.stream().pipe(ops.text(), ops.save(path)).last()
    path.write_text("ten years of work")
    with pytest.raises(sk.ConfigurationError, match="is there already"):
        flow.run()
    assert (path.read_text(), script.opened) == ("ten years of work", 0)


def test_a_second_subscription_says_that_the_file_is_there(path: Path) -> None:
    flow = Script(chat_events("Io")).stream().pipe(ops.text(), ops.save(path), ops.join())
    assert flow.run() == "Io"
    with pytest.raises(sk.ConfigurationError, match="is there already"):
        flow.run()
    assert path.read_text() == "Io"


@pytest.mark.parametrize("overwrite", [True, False])
def test_two_subscriptions_at_once_do_not_write_into_each_other(path: Path, overwrite: bool) -> None:
    source, seen, later = Subject[str](), list[Any](), list[Any]()
    saved = source.pipe(ops.save(path, overwrite=overwrite))
    saved.subscribe(seen.append, seen.append)
    source.on_next("Io")
    saved.subscribe(later.append, later.append)
    source.on_next("Titan")
    source.on_completed()
    assert seen == ["Io", "Titan"]
    if overwrite:
        assert (later, path.read_text()) == (["Titan"], "Titan")
    else:
        assert ([type(each) for each in later], path.read_text()) == ([sk.ConfigurationError], "IoTitan")


def test_an_empty_file_is_nobodys_work(path: Path) -> None:
    path.touch()
    rx.of("Io").pipe(ops.save(path)).subscribe()
    assert path.read_text() == "Io"


KILLED = """
import os, signal, sys
from streamkit import operators as ops
from streamkit.testing import Script, chat_events

stream = Script([*chat_events("Io, ", "Titan", ", Rhea")[:4], None]).stream()
for count, _ in enumerate(stream.pipe(getattr(ops, sys.argv[2])(), ops.save(sys.argv[1])), 1):
    if count == 3:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize("what", ["text", "responses"])
def test_what_had_come_of_a_killed_process_can_be_read(path: Path, what: str) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(path), what], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    if what == "text":
        assert path.read_text() == "Io, Titan, Rhea"
    else:
        whole, _, _ = path.read_bytes().rpartition(b"\n")  # the line behind may be torn
        found = [decode(line) for line in whole.splitlines()]
        assert [each.content for each in found if isinstance(each, sk.Response)][:3] == ["", "Io, ", "Io, Titan"]


async def test_a_call_that_it_fails_is_stopped_by_it(path: Path) -> None:
    stream = Script([*chat_events("Io")[:2], None]).stream()
    with pytest.raises(sk.ConfigurationError, match="not int"):
        await stream.pipe(ops.text(), rxops.map(len), ops.save(path))
    assert stream.response.stopped_by == "save()"


@pytest.mark.parametrize("wrong", [None, 7, b"moon"])
def test_what_is_no_path_is_refused_at_once(wrong: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="path of a file"):
        ops.save(wrong)


def test_the_checker_knows_that_nothing_changes() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.save("moon")), sk.Flow[sk.Chunk])
    assert_type(stream.pipe(ops.text(), ops.save("moon", append=True)), sk.Flow[str])
