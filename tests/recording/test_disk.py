"""A disk that fails, and a program that is killed: the calls go on, and what was written can be read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import streamkit as sk
from streamkit._recording import WRITER, RecordingFile, read_recording
from streamkit.testing import Script, chat_events
from tests.recording.recorded import body, read

EVENTS = chat_events("Io", " is hot")

WRITES_FOR_EVER = """
import sys
from streamkit.testing import Script, chat_event

word = chat_event({"content": "word "})
Script([word, 0.001] * 100_000).stream(record=sys.argv[1]).run()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_what_was_written_before_a_kill_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "moon.jsonl"
    process = subprocess.Popen([sys.executable, "-c", WRITES_FOR_EVER, str(path)])
    try:
        while not path.exists() or path.stat().st_size < 20_000:
            assert process.poll() is None
            os.sched_yield()
    finally:
        process.kill()
        process.wait()
    with path.open("ab") as file:  # a line that the kill has torn, as the system's cache may leave one
        file.write(b'[99,"data: {')
    found = read_recording(path)
    assert (found.torn, found.end, found.header.api) == (True, None, "openai.chat")
    assert body(found).startswith(b'data: {"id":"chatcmpl-1"')
    assert body(found).count(b"word ") >= 50


PROGRAM = """
import sys, streamkit as sk
from streamkit.testing import Script, chat_events
Script(chat_events("Io")).stream(record=sys.argv[1]).run()
"""


def test_the_end_of_a_program_waits_for_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "moon.jsonl"
    subprocess.run([sys.executable, "-c", PROGRAM, str(path)], check=True)
    assert not read_recording(path).torn


STOPPED = """
import sys, streamkit as sk
from streamkit.testing import Script, chat_events
stream = Script([*chat_events("Io")[:2], None]).stream(record=sys.argv[1])
for chunk, _ in stream.fan_out(leave="finish"):
    if chunk.content:
        break
"""


def test_a_call_that_the_end_of_a_program_stops_is_whole_too(tmp_path: Path) -> None:
    path = tmp_path / "moon.jsonl"
    subprocess.run([sys.executable, "-c", STOPPED, str(path)], check=True)
    found = read_recording(path)
    assert found.end is not None
    assert found.end.state == "stopped"


@pytest.mark.parametrize("at", ["the file", "a line"])
def test_a_disk_that_is_full_disturbs_no_call_and_is_logged_once(
    at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RecordingFile, "__init__" if at == "the file" else "append", full)
    if at == "a line":
        monkeypatch.setattr(RecordingFile, "path", tmp_path / "moon.jsonl", raising=False)
    held = WRITER.held
    with capture_logs() as logs, sk.recording(tmp_path) as block:
        responses = [Script(EVENTS).stream().run() for _ in range(3)]
    assert [response.content for response in responses] == ["Io is hot"] * 3
    assert (block.failed, WRITER.held) == (3, held)
    (log,) = [log for log in logs if log["event"] == "recording_failed"]
    assert log["hint"].endswith("(No space left on device); the call goes on.")


def test_a_folder_that_goes_away_disturbs_no_call(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with sk.recording(folder) as block:
        Script(EVENTS).stream().run()
        WRITER.flush()
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        assert Script(EVENTS).stream().run().content == "Io is hot"
    assert (block.written, block.failed) == (1, 1)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_an_error_at_the_call(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(sk.ConfigurationError, match="cannot be written to"):
        sk.stream("openai/m", "?", record=tmp_path)
    with pytest.raises(sk.ConfigurationError, match="cannot be made"), sk.recording(tmp_path / "new"):
        pass


def test_files_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    record = sk.recording(tmp_path / "moon.jsonl")
    streams = [Script(EVENTS).stream(record=record) for _ in range(3)]
    for stream in streams:
        stream.run()
    names = ["moon.jsonl", "moon-2.jsonl", "moon-3.jsonl"]
    assert [body(read(tmp_path / name)) for name in names] == [b"".join(EVENTS)] * 3
