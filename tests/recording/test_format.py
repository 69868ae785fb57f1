"""The lines of a recording, and what the reader makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from streamkit import ConfigurationError, TruncatedError
from streamkit._recording import (
    Header,
    RecordedCall,
    RecordedEnd,
    chunk_line,
    end_line,
    error_fields,
    error_of,
    header_line,
    parse_recording,
    read_header,
    read_line,
    read_recording,
    request_hash,
)
from streamkit.chunk import Chunk

HEADER = Header(
    kind="bytes",
    provider="openai",
    model="gpt-5-mini",
    api="openai.chat",
    status=200,
    content_type="text/event-stream",
    params={"temperature": 0.5, "n": 2},
    prompts=("Which moons?",),
    thinking_tags=("think", ("<a>", "</a>")),
    versions={"streamkit": "0.1.0"},
)
DONE = RecordedEnd(state="complete", ms=40.25)
HEAD = header_line(HEADER)


@pytest.mark.parametrize(
    "data", [b"data: 1\n\n", "Ganymède\u2028\x00\r\n".encode(), b"\xff\xfe", b"\xed\xa0\x80", b"", b"Io\xc3"]
)
def test_a_read_comes_back_with_its_bytes_and_its_time(data: bytes) -> None:
    found = parse_recording(HEAD + read_line(12.3456, data) + end_line(DONE))
    assert found.reads == ((0.012346, data),)
    assert (found.header, found.end, found.torn) == (HEADER, DONE, False)


def test_a_chunk_comes_back() -> None:
    chunk = Chunk(content="Io", audio=b"\xff", finish_reasons=["stop"])
    assert parse_recording(HEAD + chunk_line(5, chunk)).reads == ((0.005, chunk),)


def test_an_error_comes_back_with_its_class_and_without_what_had_arrived() -> None:
    error = error_of(error_fields(TruncatedError("cut", provider="openai", status=200)))
    assert (type(error), error.message, error.details) == (
        TruncatedError,
        "cut",
        TruncatedError("cut", provider="openai", status=200).details,
    )
    assert error.partial is None


@pytest.mark.parametrize("cut", [1, 7, 20])
def test_a_last_line_that_is_not_whole_is_left_out(cut: int) -> None:
    found = parse_recording((HEAD + read_line(1, b"one") + read_line(2, b"two, which is longer"))[:-cut])
    assert found.reads == ((0.001, b"one"),)
    assert found.torn
    assert found.end is None


def test_a_file_without_an_end_is_torn() -> None:
    assert parse_recording(HEAD + read_line(1, b"one")).torn


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is no recording"),
        (b"data: 1\n", "is no recording"),
        (b'{"a": 1}\n', "is no recording"),
        (HEAD.replace(b'"version":1', b'"version":99'), "version 99; this streamkit reads version 1"),
        (HEAD.replace(b'"kind":"bytes"', b'"kind":"tape"'), "in line 1"),
        (HEAD + b"[1]\n" + end_line(DONE), "in line 2"),
        (HEAD + b'[1,{"base64":"!"}]\n' + end_line(DONE), "base64 is damaged"),
        (HEAD + b"{broken\n" + end_line(DONE), "in line 2"),
    ],
)
def test_what_is_no_recording_is_one_sentence(data: bytes, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        parse_recording(data)
    assert caught.value.__cause__ is None
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"missing\.jsonl cannot be read: No such file"):
        read_recording(tmp_path / "missing.jsonl")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_header(tmp_path)


def test_a_field_of_a_later_streamkit_is_passed_over() -> None:
    line = HEAD.replace(b'"version":1', b'"version":1,"colour":"red"')
    assert parse_recording(line).header == HEADER


def test_attempts_are_calls_and_the_last_one_is_what_was_seen() -> None:
    first = Header(kind="bytes", provider="openai", model="m", status=503)
    last = Header(kind="bytes", provider="openai", model="m", attempt=1, sent=100.0)
    failed = RecordedEnd(state="failed", ms=50, error=error_fields(TruncatedError("cut")))
    done = RecordedEnd(state="complete", ms=200)
    found = parse_recording(
        header_line(first) + end_line(failed) + header_line(last) + read_line(150, b"Io") + end_line(done)
    )
    assert found.calls == (RecordedCall(first, (), failed), RecordedCall(last, ((0.15, b"Io"),), done))
    assert (found.header, found.reads, found.end) == (last, ((0.15, b"Io"),), done)


def test_a_conversation_has_its_turns_and_between_them_the_results_of_tools() -> None:
    outer = Header(kind="chunks", provider="openai", model="m", conversation=True)
    turns = [Header(kind="bytes", provider="openai", model="m", turn=turn, sent=turn * 100.0) for turn in range(2)]
    ends = [RecordedEnd(state="complete", ms=ms) for ms in (80, 180, 190)]
    result = Chunk(content="42")
    lines = [header_line(outer)]
    lines += [header_line(turns[0]), read_line(10, b"a"), end_line(ends[0]), chunk_line(90, result)]
    lines += [header_line(turns[1]), read_line(110, b"b"), end_line(ends[1]), end_line(ends[2])]
    found = parse_recording(b"".join(lines))
    assert (found.header, found.reads, found.end) == (outer, ((0.09, result),), ends[2])
    assert found.calls == (
        RecordedCall(turns[0], ((0.01, b"a"),), ends[0], between=((0.09, result),)),
        RecordedCall(turns[1], ((0.11, b"b"),), ends[1]),
    )
    assert parse_recording(b"".join(lines[:-1])).torn


@pytest.mark.parametrize("other", [{"model": "m2"}, {"messages": []}, {"temperature": 1}])
def test_the_hash_depends_on_the_body_and_the_format(other: dict[str, Any]) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "Which moons?"}]}
    assert request_hash("openai.chat", body) != request_hash("openai.chat", {**body, **other})
    assert request_hash("openai.chat", body) != request_hash("openai.completions", body)
