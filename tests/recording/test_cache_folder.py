"""The folder of a cache: what is found, what is too old or damaged, and what makes room."""

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streamkit._recording import Header, RecordedEnd, end_line, header_line, read_line
from streamkit._recording._cache import Cache
from streamkit.errors import ConfigurationError


def recording(*, state: Any = "complete", age: float = 0.0, size: int = 10) -> bytes:
    started = datetime.now(UTC) - timedelta(seconds=age)
    header = Header(kind="bytes", provider="openai", model="m", api="openai.chat", started=started.isoformat())
    return header_line(header) + read_line(1, b"x" * size) + end_line(RecordedEnd(state=state, ms=2))


def add(cache: Cache, key: str, data: bytes) -> None:
    path = next(cache.unfinished(key))
    path.write_bytes(data)
    cache.add(key, path)


def test_an_answer_that_was_added_is_found_and_no_other(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "a" / "b")
    assert cache.find("moons") is None
    add(cache, "moons", recording())
    found = Cache(tmp_path / "a" / "b").find("moons")
    assert found is not None
    assert found.reads == ((0.001, b"x" * 10),)
    assert cache.find("planets") is None
    assert stat.S_IMODE(cache.folder.stat().st_mode) == 0o700


def test_an_answer_is_found_until_its_time_is_over(tmp_path: Path) -> None:
    cache = Cache(tmp_path, ttl=60)
    add(cache, "young", recording(age=50))
    add(cache, "old", recording(age=70))
    assert cache.find("young") is not None
    assert cache.find("old") is None
    assert [path.name for path in tmp_path.iterdir()] == ["young.jsonl"]


@pytest.mark.parametrize(
    "data", [b"", b"no recording", recording()[:-5], recording(state="stopped"), recording().partition(b'{"end"')[0]]
)
def test_what_is_no_complete_recording_is_removed(tmp_path: Path, data: bytes) -> None:
    cache = Cache(tmp_path)
    add(cache, "moons", data)
    assert cache.find("moons") is None
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    size = len(recording(size=1000))
    cache = Cache(tmp_path, max_bytes=3 * size + 10)
    for age, key in enumerate(("c", "b", "a")):
        add(cache, key, recording(size=1000))
        os.utime(tmp_path / f"{key}.jsonl", (age, age))
    assert cache.find("c") is not None  # which is a use of it
    add(cache, "d", recording(size=1000))
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["a", "c", "d"]


def test_a_file_whose_writer_was_killed_goes_after_an_hour(tmp_path: Path) -> None:
    for name, age in (("fresh", 10), ("left", 4000)):
        path = tmp_path / f"{name}.unfinished"
        path.write_bytes(b"")
        when = path.stat().st_mtime - age
        os.utime(path, (when, when))
    add(Cache(tmp_path), "moons", recording())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh.unfinished", "moons.jsonl"]


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(b"x" * 10_000)
    add(Cache(tmp_path, max_bytes=100), "moons", recording(size=1000))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("given", [{"ttl": 0}, {"max_bytes": 0.5}, {"max_bytes": -1}, {"pace": 0}, {"folder": ""}])
def test_a_wrong_argument_is_named(tmp_path: Path, given: dict[str, Any]) -> None:
    (name,) = given
    arguments: dict[str, Any] = {"folder": tmp_path, **given}
    with pytest.raises(ConfigurationError, match=rf"sk.Cache\({name}="):
        Cache(**arguments)


def test_a_folder_that_cannot_be_made_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be made"):
        Cache(tmp_path / "file" / "cache")
