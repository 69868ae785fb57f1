"""A recording is played: its chunks, its times and its end, with faults if they are wanted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from reactivex import operators as rx

import streamkit as sk
from streamkit import errors
from streamkit import operators as ops
from streamkit._recording import (
    Header,
    RecordedEnd,
    chunk_line,
    end_line,
    error_fields,
    header_line,
    read_line,
    request_hash,
)
from streamkit.providers import CallSpec, request_body
from streamkit.testing import FAULTS, Fault, bedrock_events, chat_events, chat_tool_events, run_in_virtual_time

CHAT = Header(
    kind="bytes", provider="openai", vendor="openai", model="gpt-5-mini", api="openai.chat", request_id="req-1"
)
CHUNKS = Header(kind="chunks", provider="foreign", model="foreign")
DONE = RecordedEnd(state="complete", ms=600)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "moons.jsonl"


def written(
    file: Path, events: list[bytes], end: RecordedEnd | None = DONE, header: Header = CHAT, every: int = 100
) -> Path:
    """Write a recording whose events come at 100 ms, 200 ms and so on."""
    reads = [read_line((at + 1) * every, event) for at, event in enumerate(events)]
    file.write_bytes(b"".join([header_line(header), *reads, b"" if end is None else end_line(end)]))
    return file


async def timed(stream: sk.Stream) -> list[tuple[float, str]]:
    began = asyncio.get_running_loop().time()
    return [(round(asyncio.get_running_loop().time() - began, 6), chunk.content) async for chunk, _ in stream]


@pytest.mark.parametrize(("speed", "factor"), [(1.0, 1), (4, 0.25), ("max", 0)])
def test_chunks_come_at_their_times(file: Path, speed: Any, factor: float) -> None:
    stream = sk.open_recording(written(file, chat_events("Io, ", "Europa")), speed=speed)
    texts = ["", "Io, ", "Europa", "", ""]
    found = run_in_virtual_time(timed(stream))
    assert found == [(round(0.1 * (at + 1) * factor, 6), text) for at, text in enumerate(texts[: len(found)])]
    response = stream.response
    assert (response.state, response.content, response.provider) == ("complete", "Io, Europa", "openai")
    assert (response.request_id, response.calls) == ("req-1", 1)


@pytest.mark.parametrize("stream", [False, True])
def test_the_model_string_of_a_file_needs_no_prompt(file: Path, stream: bool) -> None:
    model = f"replay/{written(file, chat_events('Io'))}"
    assert sk.stream(model, speed="max", stream=stream).run().content == "Io"


def test_a_thousandth_run_of_a_pipeline_is_like_the_first(file: Path) -> None:
    path = written(file, chat_events(*["Io", "is", "the", "innermost", "moon.", ""]))

    async def run() -> list[tuple[float, str]]:
        loop, found = asyncio.get_running_loop(), list[tuple[float, str]]()
        async for batch in sk.open_recording(path).pipe(ops.text(), ops.limit(chars=14), ops.batch(seconds=0.25)):
            found.append((loop.time(), "".join(batch)))
        return found

    first = run_in_virtual_time(run())
    assert [text for _, text in first] == ["Ioisthe", "innermo"]
    assert all(run_in_virtual_time(run()) == first for _ in range(20))


ENDS: list[tuple[RecordedEnd, type[sk.StreamError]]] = [
    (RecordedEnd(state="failed", ms=900, error=error_fields(each)), type(each))
    for each in (
        sk.StalledError("No content for 0.6 s (timeouts.between)."),
        sk.TransportError("The connection to openai failed (ReadError).", provider="openai"),
        sk.TruncatedError("The answer is cut, as it was seen."),
        sk.LimitExceeded("Too much."),
        sk.ProviderError("Nobody is there.", status=500, code="gone", provider="openai"),
    )
]


@pytest.mark.parametrize(("end", "cls"), ENDS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_call_that_failed_ends_with_its_error_at_its_time(
    file: Path, end: RecordedEnd, cls: type[sk.StreamError]
) -> None:
    stream = sk.open_recording(written(file, chat_events("Io", finish=None)[:2], end))

    async def fail() -> float:
        with pytest.raises(cls) as caught:
            await stream
        assert end.error is not None
        assert caught.value.message == end.error["message"]
        assert caught.value.partial is not None
        assert (caught.value.partial.content, caught.value.partial.state) == ("Io", "failed")
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(fail()) == pytest.approx(0.9)


def test_a_refused_call_is_refused_again_with_the_class_of_the_sdk(file: Path) -> None:
    import openai

    refused = sk.RateLimited("Slow down.", status=429, provider="openai", retry_after=3)
    header = Header(kind="bytes", provider="openai", model="m", api="openai.chat", status=429)
    written(file, [], RecordedEnd(state="failed", ms=80, error=error_fields(refused)), header)
    with pytest.raises(sk.RateLimited) as caught:
        sk.open_recording(file, speed="max").run()
    assert (caught.value.message, caught.value.status, caught.value.retry_after) == ("Slow down.", 429, 3)
    assert isinstance(caught.value, openai.RateLimitError)


@pytest.mark.parametrize("events", [chat_events("Io", "Europa"), chat_events("Io", "Europa")[:3]])
def test_a_stopped_call_is_its_prefix_and_then_stopped(file: Path, events: list[bytes]) -> None:
    stream = sk.open_recording(
        written(file, events, RecordedEnd(state="stopped", ms=900, stopped_by="until('Eu')")), speed="max"
    )
    response = stream.run()
    assert (response.state, response.stopped_by, response.content) == ("stopped", "until('Eu')", "IoEuropa")
    with pytest.raises(sk.StoppedError, match="until") as caught:
        stream.text().pipe(rx.to_list()).run()
    assert caught.value.by == "until('Eu')"


def test_an_end_that_was_not_proven_is_none_here_either(file: Path) -> None:
    written(file, chat_events("Io"), RecordedEnd(state="unknown", ms=900))
    assert sk.open_recording(file, speed="max").run().state == "unknown"


@pytest.mark.parametrize("kind", ["bytes", "chunks"])
def test_a_file_that_breaks_off_is_a_cut_answer(file: Path, kind: str) -> None:
    lines = [read_line(1, event) for event in chat_events("Io")[:2]]
    head = CHAT
    if kind == "chunks":
        lines, head = (
            [chunk_line(1, sk.Chunk(content="Io"))],
            Header(kind="chunks", provider="foreign", model="foreign"),
        )
    file.write_bytes(b"".join([header_line(head), *lines, b'[3,"dat']))
    with pytest.raises(sk.TruncatedError) as caught:
        sk.open_recording(file, speed="max").run()
    assert caught.value.partial is not None
    assert caught.value.partial.content == "Io"


def test_chunks_without_bytes_are_played_as_they_are(file: Path) -> None:
    chunks = [sk.Chunk(content="Io", audio=b"\xff\x00"), sk.Chunk(thinking="?"), sk.Chunk(finish_reasons=["stop"])]
    file.write_bytes(
        b"".join([header_line(CHUNKS), *[chunk_line(at, each) for at, each in enumerate(chunks)], end_line(DONE)])
    )
    stream = sk.open_recording(file, speed="max")
    assert [chunk for chunk, _ in stream] == chunks
    assert stream.response.state == "complete"
    with pytest.raises(sk.ConfigurationError, match="damages bytes"):
        sk.open_recording(file, faults=["garbage"])
    with pytest.raises(sk.TransportError):
        sk.open_recording(file, speed="max", faults=["reset"]).run()


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"gzip_bomb", "idle_fin", "idle_reset", "redirect"}))
def test_every_fault_of_an_answer_can_be_played(file: Path, fault: str) -> None:
    damage = Fault(fault, size=2**16)
    stream = sk.open_recording(written(file, chat_events("Io", "Europa")), faults=[damage], speed="max")

    async def end() -> str:
        try:
            return (await stream).state
        except sk.StreamError as error:
            return type(error).__name__

    sound = {"none", "latency", "slow_bytes", "drip", "duplicate", "after_done", "bad_utf8"}
    assert run_in_virtual_time(end()) in (["complete"] if fault in sound else NAMES)


NAMES = [each.__name__ for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]


def test_a_fault_is_where_it_should_be_and_the_events_around_it_have_their_times(file: Path) -> None:
    path = written(file, chat_events("one", "two", "three"))

    async def run(*faults: str | Fault) -> tuple[list[tuple[float, str]], float]:
        stream, found = sk.open_recording(path, faults=faults), list[tuple[float, str]]()
        began = asyncio.get_running_loop().time()
        with pytest.raises(sk.StreamError):
            async for chunk, _ in stream:
                found.append((round(asyncio.get_running_loop().time() - began, 6), chunk.content))
        return found, round(asyncio.get_running_loop().time() - began, 6)

    whole = [(0.1, ""), (0.2, "one"), (0.3, "two"), (0.4, "three")]
    assert run_in_virtual_time(run(Fault("cut", at=2))) == (whole[:2], 0.2)
    assert run_in_virtual_time(run(Fault("bad_json", at=2))) == (whole[:2], 0.3)
    assert run_in_virtual_time(run(Fault("stall", at=3))) == (whole[:3], 120.3)
    assert run_in_virtual_time(run("drip", Fault("reset", at=5))) == (whole[:2], 0.3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"speed": 0}, "above 0"),
        ({"speed": "slow"}, "above 0"),
        ({"faults": ["cat"]}, "there are none, latency"),
        ({"faults": "cut"}, "give a list"),
        ({"faults": ["gzip_bomb"]}, "FaultServer"),
        ({"faults": [Fault("cut", at=99)]}, "at= up to 6"),
        ({"faults": ["cut", "drip"]}, "cannot follow"),
    ],
)
def test_what_is_wrong_is_raised_at_the_call(file: Path, options: dict[str, Any], message: str) -> None:
    written(file, chat_events("Io", "Europa"))
    with pytest.raises(sk.ConfigurationError, match=message):
        sk.open_recording(file, **options)


def test_binary_frames_are_played_and_damaged(file: Path) -> None:
    header = Header(kind="bytes", provider="bedrock", vendor="bedrock", model="m", api="bedrock.converse")
    written(file, bedrock_events("Io", "Europa"), header=header)
    assert sk.open_recording(file, speed="max").run().content == "IoEuropa"
    for fault in ("cut", "bad_json", "error_event", "no_finish"):
        with pytest.raises(sk.StreamError):
            sk.open_recording(file, speed="max", faults=[fault]).run()


def test_tools_that_are_given_parse_the_recorded_calls(file: Path) -> None:
    def orbit(moon: str) -> str:
        """Find the orbit of a moon."""
        return moon

    written(file, chat_tool_events(("orbit", '{"moon": "Io"}')))
    stream = sk.open_recording(file, speed="max", tools=[orbit])
    [tool] = [tool for _, tool in stream if tool is not None]
    assert tool.call() == "Io"


def test_several_choices_and_a_body_without_streaming(file: Path) -> None:
    body = {"choices": [{"index": at, "message": {"content": text}, "finish_reason": "stop"} for at, text in CHOICES]}
    header = Header(kind="bytes", provider="openai", model="m", api="openai.chat", choices=2, stream=False)
    written(file, [json.dumps(body).encode()], header=header)
    response = sk.open_recording(file, speed="max").run()
    assert [(each.index, each.content) for each in response.choices] == CHOICES


CHOICES = [(0, "Io"), (1, "Europa")]


def test_again_plays_again(file: Path) -> None:
    stream = sk.open_recording(written(file, chat_events("Io")), speed="max")
    assert stream.run() == stream.again().run()


# Requests --------------------------------------------------------------------------------------------


def of_request(prompt: str, **params: Any) -> Header:
    ask = CallSpec("gpt-5-mini", (sk.Messages.User(prompt),), params=params)
    body = request_body("openai", ask)
    assert body is not None
    return Header(
        kind="bytes",
        provider="openai",
        model="gpt-5-mini",
        api="openai.chat",
        request=request_hash("openai.chat", body),
        params=params,
        prompts=(prompt,),
    )


def test_the_recorded_request_is_answered_and_no_other_one(file: Path) -> None:
    written(file, chat_events("Io"), header=of_request("Which moons?", temperature=0.5))
    assert sk.stream(f"replay/{file}", "Which moons?", temperature=0.5, speed="max").run().content == "Io"
    with pytest.raises(sk.ConfigurationError, match=r"another request; different there: temperature=0\.5;"):
        sk.stream(f"replay/{file}", "Which moons?", temperature=1)
    with pytest.raises(sk.ConfigurationError, match=r"recorded prompts: Which moons\?;") as caught:
        sk.stream(f"replay/{file}", "A secret question", temperature=0.5)
    assert "secret" not in str(caught.value)
    assert "without a prompt" in str(caught.value)


def test_the_nearest_recordings_of_the_folder_are_named(file: Path) -> None:
    written(file, chat_events("Io"), header=of_request("Which moons?"))
    written(file.with_name("other.jsonl"), chat_events("Io"), header=of_request("Which planets have rings?"))
    file.with_name("rows.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(sk.ConfigurationError, match=r"nearest: replay/\S+other\.jsonl;"):
        sk.stream(f"replay/{file}", "Which planets have moons?")
    with pytest.raises(sk.ConfigurationError, match=r"recorded in: replay/\S+other\.jsonl;"):
        sk.stream(f"replay/{file}", "Which planets have rings?")


def test_a_recording_that_says_nothing_of_its_request_answers_none(file: Path) -> None:
    written(file, chat_events("Io"))
    with pytest.raises(sk.ConfigurationError, match="does not say which request it answers"):
        sk.stream(f"replay/{file}", "Which moons?")


def test_only_a_recording_needs_no_prompt() -> None:
    with pytest.raises(sk.ConfigurationError, match="A prompt is a text"):
        sk.stream("openai/gpt-5-mini")


def test_a_typed_answer_is_parsed_from_a_recording(file: Path) -> None:
    written(file, chat_events('{"value": [1, 2]}'))
    assert sk.stream(f"replay/{file}", response_model=list[int], speed="max").run().parsed == [1, 2]
