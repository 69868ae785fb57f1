"""``record``: the chunks, their times and the end are in the file; what passes is not disturbed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import Subject  # noqa: TID251 - a hot source that a test can push into
from reactivex import operators as rxops

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events, run_in_virtual_time
from tests.recording.recorded import chunks, read

CHUNKS = [sk.Chunk(content="Io", model="m", provider="p"), sk.Chunk(content="!", finish_reasons=["stop"])]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "moon.jsonl"


def test_chunks_of_any_source_come_back_and_a_finish_reason_proves_the_end(path: Path) -> None:
    seen: list[sk.Chunk] = []
    rx.from_iterable(CHUNKS).pipe(ops.record(path)).subscribe(seen.append)
    found = read(path)
    assert (chunks(found), seen) == (CHUNKS, CHUNKS)
    assert found.end is not None
    assert (found.end.state, found.header.provider, found.header.model) == ("complete", "p", "m")


@pytest.mark.parametrize(
    ("source", "state", "error"),
    [
        (rx.of(CHUNKS[0]), "unknown", None),
        (rx.empty(), "unknown", None),
        (rx.throw(sk.TruncatedError("cut")), "failed", "cut"),
        (rx.throw(ValueError("secret")), "failed", "The source raised ValueError."),
        (rx.throw(sk.StoppedError("stopped")), "stopped", "stopped"),
    ],
)
def test_the_end_is_that_of_the_source(source: Any, state: str, error: str | None, path: Path) -> None:
    errors: list[Exception] = []
    source.pipe(ops.record(path)).subscribe(on_error=errors.append)
    end = read(path).end
    assert end is not None
    assert (end.state, end.error and end.error["message"]) == (state, error)
    assert "secret" not in path.read_text()


def test_what_is_disposed_is_stopped(path: Path) -> None:
    source = Subject[sk.Chunk]()
    subscription = source.pipe(ops.record(path)).subscribe()
    source.on_next(CHUNKS[0])
    subscription.dispose()
    source.on_next(CHUNKS[1])
    found = read(path)
    assert found.end is not None
    assert (chunks(found), found.end.state) == (CHUNKS[:1], "stopped")


def test_times_are_those_of_the_scheduler(path: Path) -> None:
    async def run() -> None:
        script = Script([chat_events("Io")[0], 2.0, *chat_events("Io")[1:]])
        await script.stream().pipe(ops.record(path), rxops.to_list())

    run_in_virtual_time(run())
    assert {round(seconds) for seconds, _ in read(path).reads} == {0, 2}


def test_behind_redact_the_file_has_what_redact_lets_through_and_plays(path: Path) -> None:
    stream = Script(chat_events("My key is ", "sk-123.")).stream()
    text = stream.pipe(ops.redact("sk-123"), ops.record(path), ops.text(), ops.join()).run()
    assert "".join(chunk.content for chunk in chunks(read(path))) == text
    assert "sk-123" not in "".join(chunk.content for chunk in chunks(read(path)))


def test_a_second_subscription_gets_a_file_beside_the_first(path: Path) -> None:
    recorded = rx.from_iterable(CHUNKS).pipe(ops.record(path))
    recorded.subscribe()
    recorded.subscribe()
    assert chunks(read(path)) == chunks(read(path.with_name("moon-2.jsonl"))) == CHUNKS


def test_a_wrong_path_and_an_element_that_is_no_chunk_are_errors(path: Path) -> None:
    with pytest.raises(sk.ConfigurationError, match="There is no folder"):
        ops.record("no/such")
    seen: list[Exception] = []
    rx.of("Io").pipe(ops.record(path)).subscribe(on_error=seen.append)
    assert [str(error) for error in seen] == ["record takes chunks, not str."]


def test_the_type_of_the_elements_stays() -> None:
    def typed(stream: sk.Stream) -> None:
        assert_type(stream.pipe(ops.record("moon.jsonl")), sk.Flow[sk.Chunk])

    assert callable(typed)
