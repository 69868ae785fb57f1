"""``record=``: the file has what was read, when, and how it ended, for every way in which a call ends."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import Any

import openai
import pytest
import reactivex.operators as rxops

import streamkit as sk
from streamkit._recording import WRITER
from streamkit.testing import FaultTransport, Script, chat_events, plan, run_in_virtual_time
from tests.recording.recorded import body, chunks, only, read

EVENTS = chat_events("Io", " is hot")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "moon.jsonl"


def test_the_file_has_the_bytes_and_decodes_to_the_same_chunks(path: Path) -> None:
    stream = Script(EVENTS).stream(record=path)
    response = stream.run()
    found = read(path)
    assert (body(found), found.torn) == (b"".join(EVENTS), False)
    assert chunks(found) == list(stream.chunks())
    assert found.end is not None
    assert (found.end.state, found.end.error, found.end.calls) == ("complete", None, 1)
    assert (found.header.api, found.header.provider, found.header.prompts) == ("openai.chat", "scripted", None)
    assert response.content == "Io is hot"


def test_only_its_owner_can_read_the_file(path: Path) -> None:
    Script(EVENTS).stream(record=path).run()
    read(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_times_are_those_of_the_loop_since_the_request(path: Path) -> None:
    async def ask() -> None:
        await Script([1.5, EVENTS[0], 2.0, *EVENTS[1:]]).stream(record=path)

    run_in_virtual_time(ask())
    found = read(path)
    assert [seconds for seconds, _ in found.reads][:3] == [1.5, 3.5, 3.5]
    assert found.end is not None
    assert found.end.ms == 3500


async def test_a_stop_is_the_end_and_what_had_come_is_there(path: Path) -> None:
    stream = Script([*EVENTS[:2], None]).stream(record=path)
    async for chunk, _ in stream:
        if chunk.content:
            break
    await stream.wait_closed()
    found = read(path)
    assert (found.end and found.end.state, body(found)) == ("stopped", b"".join(EVENTS[:2]))


@pytest.mark.parametrize(
    ("steps", "error", "kept"),
    [
        (EVENTS[:2], "TruncatedError", 2),
        ([*EVENTS[:2], None], "StalledError", 2),
        ([*EVENTS[:2], ConnectionResetError()], "TransportError", 2),
        ([sk.RateLimited("too many", status=429)], "RateLimited", 0),
        ([b"data: {nonsense\n\n"], "MalformedError", 1),
    ],
    ids=["cut", "stall", "reset", "refusal", "garbage"],
)
def test_an_error_is_the_end(path: Path, steps: list[Any], error: str, kept: int) -> None:
    async def ask() -> None:
        with pytest.raises(sk.StreamError):
            await Script(steps).stream(record=path, timeouts=sk.Timeouts(between=5))

    run_in_virtual_time(ask())
    found = read(path)
    assert found.end is not None
    assert found.end.error is not None
    assert (found.end.state, found.end.error["error"].rpartition(":")[2], len(found.reads)) == ("failed", error, kept)
    assert found.header.api == "openai.chat"


def test_attempts_are_calls_of_one_file_and_do_not_mix(path: Path) -> None:
    cut, whole = Script(EVENTS[:2]), Script(EVENTS)
    stream = sk.fallback(cut.stream(record=path), whole.stream())
    assert stream.run().content == "Io is hot"
    found = read(path)
    assert [(call.header.attempt, call.end and call.end.state) for call in found.calls] == [
        (0, "failed"),
        (1, "complete"),
    ]
    assert [body(call) for call in found.calls] == [b"".join(EVENTS[:2]), b"".join(EVENTS)]
    assert chunks(found) == list(stream.chunks())
    assert found.header.sent >= 0


def test_a_call_that_replaces_a_refused_one_goes_into_the_same_file(path: Path) -> None:
    script = Script([sk.Overloaded("later", status=503)])
    stream = script.stream(record=path)
    with pytest.raises(sk.Overloaded):
        stream.run()
    script.steps = tuple(EVENTS)
    assert stream.run().content == "Io is hot"
    assert [(call.header.attempt, call.end and call.end.state) for call in read(path).calls] == [
        (0, "failed"),
        (1, "complete"),
    ]
    assert list(path.parent.iterdir()) == [path]


def test_again_is_a_new_file_beside_the_first(path: Path) -> None:
    stream = Script(EVENTS).stream(record=path)
    stream.run()
    stream.again().run()
    assert body(read(path)) == body(read(path.with_name("moon-2.jsonl")))


def test_a_folder_gets_a_file_for_each_call_named_by_time_provider_model_and_id(tmp_path: Path) -> None:
    Script(EVENTS).stream(record=tmp_path).run()
    Script(EVENTS).stream(record=str(tmp_path)).run()
    WRITER.flush()
    names = sorted(each.name.split("_") for each in tmp_path.iterdir())
    assert [name[1:3] for name in names] == [["scripted", "scripted"]] * 2
    assert names[0][3] != names[1][3]


def test_nothing_of_the_users_is_overwritten(path: Path) -> None:
    path.write_text("notes")
    with pytest.raises(sk.ConfigurationError, match="is there already: give another path, or a folder"):
        Script(EVENTS).stream(record=path)
    assert path.read_text() == "notes"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("no/such/moon.jsonl", "The folder no/such is not there"),
        ("moon.json", r"There is no folder moon.json, and the file of a recording ends in .jsonl"),
        (5, "give a path"),
        (True, "give a path"),
    ],
)
def test_a_wrong_path_is_an_error_at_the_call(record: Any, message: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=message):
        sk.stream("openai/m", "?", record=record)


def test_a_body_in_one_read_of_a_call_without_streaming_is_recorded_too(path: Path) -> None:
    whole = b'{"choices": [{"message": {"content": "Io"}, "finish_reason": "stop"}]}'
    stream = Script([whole[:20], whole[20:]]).stream(stream=False, record=path)
    stream.run()
    found = read(path)
    assert (body(found), found.header.stream) == (whole, False)
    assert chunks(found) == list(stream.chunks())


def test_texts_of_a_foreign_iterator_are_recorded_as_chunks(path: Path) -> None:
    stream = sk.from_async(iter(["Io", " is hot"]), record=path)
    assert stream.run().state == "unknown"
    found = read(path)
    assert (found.header.kind, chunks(found)) == ("chunks", list(stream.chunks()))
    assert found.end is not None
    assert found.end.state == "unknown"


def test_what_a_recording_has_no_room_for_is_counted_and_the_call_goes_on(tmp_path: Path) -> None:
    record = sk.recording(tmp_path, max_bytes=len(EVENTS[0] + EVENTS[1]) + 5)
    stream = Script(EVENTS).stream(record=record)
    assert stream.run().content == "Io is hot"
    found = read(only(tmp_path))
    assert found.end is not None
    assert body(found) == b"".join(EVENTS[:2])
    assert found.end.left_out == sum(map(len, EVENTS[2:]))


def test_a_reader_that_left_does_not_end_the_recording_of_others(path: Path) -> None:
    stream = Script(EVENTS).stream(record=path)
    texts = list(stream.pipe(rxops.take(1)))
    assert len(texts) == 1
    assert read(path).end is not None


async def test_a_call_that_waits_for_its_turn_and_is_stopped_makes_no_file(tmp_path: Path) -> None:
    limits = sk.Limits(concurrency=1)
    first = Script([EVENTS[0], None]).stream(limits=limits)
    second = Script(EVENTS).stream(limits=limits, record=tmp_path)
    tasks = [asyncio.ensure_future(each.wait_response()) for each in (first, second)]
    await asyncio.sleep(0.01)
    await second.aclose()
    await first.aclose()
    await asyncio.gather(*tasks, return_exceptions=True)
    WRITER.flush()
    assert os.listdir(tmp_path) == []


def test_what_comes_after_a_stop_is_not_recorded_as_no_reader_gets_it(path: Path) -> None:
    async def ask() -> None:
        script = Script([*EVENTS[:2], 0.1, *EVENTS[2:]])
        stream = script.stream(record=path, timeouts=sk.Timeouts(drain_for_usage=5))
        async for chunk, _ in stream:
            if chunk.content:
                break
        await stream.wait_closed()
        assert stream.input_tokens == 7

    run_in_virtual_time(ask())
    found = read(path)
    assert (found.end and found.end.state, body(found)) == ("stopped", b"".join(EVENTS[:2]))


def test_with_prompts_the_body_is_there_without_the_keys_in_it(tmp_path: Path) -> None:
    server = {"type": "mcp", "server_label": "moons", "server_url": "https://moons.example", "authorization": "s3cret"}
    record = sk.recording(tmp_path, prompts=True)
    transport = FaultTransport(plan("none", chat_events("Io")))
    client = openai.AsyncOpenAI(
        api_key="sk-0123456789", http_client=openai.DefaultAsyncHttpxClient(transport=transport)
    )
    sk.stream("openai/m", "Which moons?", tools=[server], client=client, record=record).run()
    header = read(only(tmp_path)).header
    assert header.prompts == ("Which moons?",)
    assert header.body is not None
    assert header.body["messages"] == [{"role": "user", "content": "Which moons?"}]
    assert "s3cret" not in only(tmp_path).read_text()
    assert "sk-0123456789" not in only(tmp_path).read_text()
