"""A recorded conversation is played and no tool is run; so are attempts that failed, and answers that did not fit."""

from __future__ import annotations

import asyncio
import itertools
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit._recording import WRITER, Header, RecordedEnd, chunk_line, end_line, error_fields, header_line, read_line
from streamkit.chunk import Chunk
from streamkit.origin import TOOL_INDEX, Origin
from streamkit.testing import (
    FaultServer,
    Script,
    ScriptedProvider,
    anthropic_events,
    chat_event,
    chat_events,
    chat_tool_events,
    plan,
    run_in_virtual_time,
    whole_body,
)

RUNS: list[str] = []


def orbit(moon: str) -> dict[str, float]:
    """Find the orbit of a moon."""
    RUNS.append(moon)
    if moon == "Vulcan":
        raise LookupError("no such moon")
    return {"days": 1.77}


TURNS = [
    chat_tool_events(("orbit", '{"moon": "Io"}'), ("orbit", '{"moon": "Vulcan"}')),
    chat_tool_events(("orbit", '{"moon": "Europa"}')),
    chat_events("Io is faster", "."),
]

NAMES = (f"played-turns-{number}" for number in itertools.count())


def header(provider: str, **given: Any) -> Header:
    return Header(kind="bytes", provider=provider, model="m", api="openai.chat", vendor=provider, **given)


def section(head: Header, events: list[bytes], begin: int, end: RecordedEnd | None) -> bytes:
    reads = [read_line(begin + 10 * (at + 1), event) for at, event in enumerate(events)]
    return b"".join([header_line(head), *reads, b"" if end is None else end_line(end)])


def conversation(provider: str, results: list[Chunk]) -> bytes:
    """Write the recording of the conversation: each turn begins after 1, 2 and 3 s, the results come 0.5 s later."""
    lines = [header_line(Header(kind="chunks", provider=provider, model="m", conversation=True))]
    for number, events in enumerate(TURNS):
        begin = 1000 * number
        done = RecordedEnd(state="complete", ms=begin + 400)
        lines.append(section(header(provider, turn=number, sent=float(begin)), events, begin, done))
        lines += [chunk_line(begin + 500, each) for each in results if each.origin and each.origin.turn == number]
    return b"".join([*lines, end_line(RecordedEnd(state="complete", ms=2_400))])


@pytest.fixture
def talk(tmp_path: Path) -> tuple[Path, sk.Response, list[Chunk]]:
    """A recorded conversation of three turns: the file, its Response and its chunks."""
    name = next(NAMES)
    sk.register_provider(name, ScriptedProvider(*TURNS, name=name, vendor=name))
    stream = sk.converse(f"{name}/m", "Which is faster?", tools=[orbit])
    chunks = list(stream.chunks())
    file = tmp_path / "talk.jsonl"
    file.write_bytes(conversation(name, [each for each in chunks if each.index == TOOL_INDEX]))
    RUNS.clear()
    return file, stream.response, chunks


def fields(response: sk.Response) -> dict[str, Any]:
    of_each = {"__all__": {"request_id"}}
    return response.model_dump(exclude={"request_id": True, "turns": of_each, "attempts": of_each})


def shown(chunk: Chunk) -> tuple[object, ...]:
    """Everything of a chunk; a tool's result without the classes of Python, which a file does not have."""
    origin = chunk.origin or Origin()
    content = {name: value for name, value in chunk.model_dump().items() if name != "origin"}
    return content, origin.turn, origin.path, origin.model, origin.tool_call_id, origin.result is None


@pytest.mark.parametrize("tools", [[], [orbit]])
def test_a_conversation_is_played_without_running_a_tool(
    talk: tuple[Path, sk.Response, list[Chunk]], tools: list[Any]
) -> None:
    file, response, chunks = talk
    stream = sk.open_recording(file, tools=tools, speed="max")
    assert list(map(shown, stream.chunks())) == list(map(shown, chunks))
    found = stream.response
    assert fields(found) == fields(response)
    assert found.state == "complete"
    assert [each.content for each in found.turns] == ["", "", "Io is faster."]
    assert (found.usage, found.cost, found.calls) == (response.usage, response.cost, 3)
    assert found.history[-5:] == response.history[-5:]
    recorded, played = ([(r.call.id, r.text, r.state) for r in each.tool_results] for each in (response, found))
    assert played == recorded
    assert [each.output for each in found.tool_results] == [{"days": 1.77}, None, {"days": 1.77}]
    assert RUNS == []


def test_turns_and_results_come_at_their_times(talk: tuple[Path, sk.Response, list[Chunk]]) -> None:
    async def times(speed: float) -> list[tuple[float, str]]:
        clock, found = asyncio.get_running_loop().time, list[tuple[float, str]]()
        async for chunk in sk.open_recording(talk[0], speed=speed).chunks():
            found.append((round(clock(), 6), chunk.content))
        return [each for each in found if each[1]]

    expected = [(0.5, '{"days":1.77}'), (1.5, '{"days":1.77}'), (2.02, "Io is faster"), (2.03, ".")]
    found = run_in_virtual_time(times(1))
    assert [each for each in found if "no such moon" not in each[1]] == expected
    assert run_in_virtual_time(times(2)) == [(round(seconds / 2, 6), text) for seconds, text in found]


@pytest.mark.parametrize("lines", [1, 5, -1])
def test_a_conversation_that_breaks_off_is_cut(talk: tuple[Path, sk.Response, list[Chunk]], lines: int) -> None:
    file, _, _ = talk
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:lines]))
    with pytest.raises(sk.TruncatedError):
        sk.open_recording(file, speed="max").run()


def test_a_stopped_conversation_is_stopped(talk: tuple[Path, sk.Response, list[Chunk]]) -> None:
    file, _, _ = talk
    *lines, _ = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines, end_line(RecordedEnd(state="stopped", ms=3_000, stopped_by="take(9)"))]))
    response = sk.open_recording(file, speed="max").run()
    assert (response.state, response.stopped_by, len(response.turns)) == ("stopped", "take(9)", 3)


def test_a_fault_is_in_the_first_turn(talk: tuple[Path, sk.Response, list[Chunk]]) -> None:
    with pytest.raises(sk.TruncatedError) as caught:
        sk.open_recording(talk[0], speed="max", faults=["cut"]).run()
    assert caught.value.partial is not None
    assert [each.state for each in caught.value.partial.turns] == ["failed"]


def test_attempts_that_failed_are_played_first(tmp_path: Path) -> None:
    refused = sk.RateLimited("Slow down.", status=429, provider="openai")
    cut = RecordedEnd(state="failed", ms=80, error=error_fields(refused))
    done = RecordedEnd(state="complete", ms=900)
    file = tmp_path / "moons.jsonl"
    second = header("openai", attempt=1, sent=500.0)
    file.write_bytes(section(header("openai"), [], 0, cut) + section(second, chat_events("Io"), 500, done))
    stream = sk.open_recording(file)

    async def read() -> list[float]:
        clock = asyncio.get_running_loop().time
        return [round(clock(), 6) async for chunk in stream.chunks() if chunk.content]

    assert run_in_virtual_time(read()) == [0.52]
    response = stream.response
    assert (response.state, response.content, response.calls) == ("complete", "Io", 2)
    assert [each.state for each in response.attempts] == ["failed"]


def test_an_attempt_that_a_reader_may_have_seen_is_not_played(tmp_path: Path) -> None:
    lost = RecordedEnd(state="failed", ms=80, error=error_fields(sk.TransportError("lost")))
    done = RecordedEnd(state="complete", ms=900)
    file = tmp_path / "moons.jsonl"
    sections = [(header("openai"), lost), (header("openai", attempt=1, sent=500.0), done)]
    file.write_bytes(b"".join(section(head, chat_events("Io"), int(head.sent), end) for head, end in sections))
    assert [chunk.content for chunk, _ in sk.open_recording(file, speed="max") if chunk.content] == ["Io"]


def test_answers_that_did_not_fit_are_void(tmp_path: Path) -> None:
    name = next(NAMES)
    answers = [chat_events('{"value": "two"}'), chat_events('{"value": 2}')]
    sk.register_provider(name, ScriptedProvider(*answers, name=name, vendor=name))
    live = sk.stream(f"{name}/m", "How many?", response_model=int, reask=1)
    chunks = list(live.chunks())
    void = next(each for each in chunks if each.index == TOOL_INDEX)
    done = [RecordedEnd(state="complete", ms=ms) for ms in (400, 900, 900)]
    lines = [header_line(Header(kind="chunks", provider=name, model="m", reask=True))]
    lines += [section(header(name), answers[0], 0, done[0]), chunk_line(450, void)]
    lines += [section(header(name, attempt=1, sent=500.0), answers[1], 500, done[1]), end_line(done[2])]
    file = tmp_path / "two.jsonl"
    file.write_bytes(b"".join(lines))
    stream = sk.stream(f"replay/{file}", response_model=int, speed="max")
    assert list(stream.chunks()) == chunks
    assert fields(stream.response) == fields(live.response)
    assert (stream.response.parsed, len(stream.response.attempts)) == (2, 1)


def test_a_conversation_in_another_form_of_bytes(tmp_path: Path) -> None:
    outer = Header(kind="chunks", provider="anthropic", model="m", conversation=True)
    head = Header(kind="bytes", provider="anthropic", model="m", api="anthropic.messages")
    done = RecordedEnd(state="complete", ms=300)
    file = tmp_path / "talk.jsonl"
    file.write_bytes(header_line(outer) + section(head, anthropic_events("Io"), 0, done) + end_line(done))
    response = sk.open_recording(file, speed="max").run()
    assert (response.content, [each.content for each in response.turns]) == ("Io", ["Io"])


# What the recorder writes ------------------------------------------------------------------------------


def equal(file: Path, live: sk.Stream, **options: Any) -> sk.Response:
    """Check that a recording is played as its live stream was; return its Response."""
    WRITER.flush()
    stream = sk.open_recording(file, speed="max", **options)
    assert list(map(shown, stream.chunks())) == list(map(shown, live.chunks()))
    assert fields(stream.response) == fields(live.response)
    return stream.response


def test_a_recorded_conversation_is_played_as_it_was(tmp_path: Path) -> None:
    name = next(NAMES)
    sk.register_provider(name, ScriptedProvider(*TURNS, name=name))
    live = sk.converse(f"{name}/m", "Which is faster?", tools=[orbit], record=tmp_path / "talk.jsonl")
    response = live.run()
    RUNS.clear()
    found = equal(tmp_path / "talk.jsonl", live)
    assert RUNS == []
    assert (found.state, found.usage, found.cost, found.calls) == ("complete", response.usage, response.cost, 3)
    assert found.history[-6:] == response.history[-6:]
    assert [(r.call.id, r.text) for r in found.tool_results] == [(r.call.id, r.text) for r in response.tool_results]


@pytest.mark.parametrize("first", [0, 1])
def test_recorded_answers_that_did_not_fit_are_played_as_they_were(tmp_path: Path, first: int) -> None:
    name, answers = next(NAMES), [chat_events('{"value": "two"}'), chat_events('{"value": 2}')]
    sk.register_provider(name, ScriptedProvider(*answers[first:], name=name))
    live = sk.stream(f"{name}/m", "How many?", response_model=int, reask=1, record=tmp_path / "two.jsonl")
    assert live.run().parsed == 2
    assert len(equal(tmp_path / "two.jsonl", live).attempts) == 1 - first


def test_a_recorded_call_none_of_whose_answers_fits_fails_again(tmp_path: Path) -> None:
    name = next(NAMES)
    sk.register_provider(name, ScriptedProvider(chat_events('{"value": "two"}'), name=name))
    live = sk.stream(f"{name}/m", "How many?", response_model=int, reask=1, record=tmp_path / "two.jsonl")
    with pytest.raises(sk.ValidationFailed) as first:
        live.run()
    WRITER.flush()
    with pytest.raises(sk.ValidationFailed) as second:
        sk.open_recording(tmp_path / "two.jsonl", speed="max").run()
    assert second.value.message == first.value.message
    assert [each.content for each in second.value.attempts] == ['{"value": "two"}'] * 2


def test_a_recorded_call_that_was_retried_is_played_as_it_was(tmp_path: Path) -> None:
    name = next(NAMES)
    sk.register_provider(name, ScriptedProvider([sk.RateLimited("Slow.", status=429)], chat_events("Io"), name=name))
    live = sk.retry(sk.stream(f"{name}/m", "Which?", record=tmp_path / "moon.jsonl"), wait=0)
    assert live.run().calls == 2
    assert len(equal(tmp_path / "moon.jsonl", live).attempts) == 1


def test_a_recorded_stop_is_played_as_it_was(tmp_path: Path) -> None:
    name = next(NAMES)
    sk.register_provider(name, ScriptedProvider(chat_events("Io, ", "Europa, ", "Titan"), name=name))
    live = sk.stream(f"{name}/m", "Which?", record=tmp_path / "moon.jsonl", max_tokens=50)
    assert live.pipe(ops.text(), ops.until("Europa"), ops.join()).run() == "Io, Europa"
    live.close()
    WRITER.flush()
    found = sk.open_recording(tmp_path / "moon.jsonl", speed="max").run()
    assert found.state == "stopped"
    assert (found.stopped_by, found.content, found.saved) == (
        live.response.stopped_by,
        live.response.content,
        live.response.saved,
    )


def test_a_recorded_foreign_stream_is_played_as_it_was(tmp_path: Path) -> None:
    with sk.recording(tmp_path):
        live = sk.from_async(iter(["Io, ", "Europa"]))
        live.run()
    (file,) = tmp_path.iterdir()
    found = sk.open_recording(file, speed="max").run()
    assert (found.content, found.state) == ("Io, Europa", live.response.state)


def test_a_recorded_request_answers_itself(tmp_path: Path) -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:
        sk.stream(
            "openai/gpt-5-mini",
            "Which moons?",
            temperature=0.5,
            base_url=server.base_url,
            api_key="none",
            record=tmp_path / "moon.jsonl",
        ).run()
    WRITER.flush()
    model = f"replay/{tmp_path / 'moon.jsonl'}"
    assert sk.stream(model, "Which moons?", temperature=0.5, speed="max").run().content == "Io"
    with pytest.raises(sk.ConfigurationError, match=r"another request; different there: temperature=0\.5"):
        sk.stream(model, "Which moons?")
    with pytest.raises(sk.ConfigurationError, match="answers another request; sk"):
        sk.stream(model, "Which planets?", temperature=0.5)


# A file in the place of a model --------------------------------------------------------------------------


def test_the_code_of_a_conversation_plays_its_recording_with_another_model_string(tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"

    def converse(model: str, prompt: str = "Which is faster?", **options: Any) -> sk.Stream:
        return sk.converse(model, prompt, tools=[orbit], temperature=0.5, **options)

    turns = iter(map(partial(plan, "none"), TURNS))
    with FaultServer(lambda _: next(turns)) as server:
        talk = partial(converse, base_url=server.base_url)  # of its own, which decides the form of the tools
        live = talk("openai/gpt-5-mini", api_key="none", record=file)
        live.run()
    RUNS.clear()
    found = talk(f"replay/{file}", speed="max")
    assert list(map(shown, found.chunks())) == list(map(shown, live.chunks()))
    assert fields(found.response) == fields(live.response)
    assert fields(found.again().run()) == fields(live.response)
    assert RUNS == []
    with pytest.raises(sk.ConfigurationError, match="answers another request"):
        talk(f"replay/{file}", "Which is slower?")


def test_a_recording_of_one_call_is_no_conversation(tmp_path: Path) -> None:
    file = tmp_path / "moons.jsonl"
    file.write_bytes(section(header("openai"), chat_events("Io"), 0, RecordedEnd(state="complete", ms=100)))
    with pytest.raises(sk.ConfigurationError, match="of one call and not of a conversation"):
        sk.converse(f"replay/{file}", "Which moons?")


def test_what_is_played_is_recorded_too(talk: tuple[Path, sk.Response, list[Chunk]], tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    live = sk.stream(f"replay/{talk[0]}", speed="max", record=copy)
    assert live.run().state == "complete"
    equal(copy, live)
    with sk.recording(tmp_path / "folder"):
        sk.open_recording(talk[0], speed="max").run()
    assert len(list((tmp_path / "folder").iterdir())) == 1


def test_several_readers_of_a_recording_are_one_call(talk: tuple[Path, sk.Response, list[Chunk]]) -> None:
    async def read() -> list[list[Chunk]]:
        stream = sk.open_recording(talk[0])

        async def late(seconds: float) -> list[Chunk]:
            await asyncio.sleep(seconds)
            return [chunk async for chunk in stream.chunks()]

        return await asyncio.gather(*map(late, (0, 0.7, 5)))

    one, two, three = run_in_virtual_time(read())
    assert list(map(shown, one)) == list(map(shown, two)) == list(map(shown, three))


@pytest.mark.parametrize("api", ["openai.chat", "anthropic.messages"])
def test_an_answer_in_one_body_is_played_as_it_was(api: str, tmp_path: Path) -> None:
    events = chat_events("Io") if api == "openai.chat" else anthropic_events("Io")
    body = whole_body(events, api=api)
    live = Script([body]).stream("?", api=api, vendor="p", stream=False, record=tmp_path / "moon.jsonl")
    assert live.run().content == "Io"
    assert equal(tmp_path / "moon.jsonl", live).content == "Io"
    with pytest.raises(sk.StreamError):
        sk.open_recording(tmp_path / "moon.jsonl", speed="max", faults=["cut_inside"]).run()


GENERATED = [b'{"response":"Io. Europa","done":false}\n', b'{"response":"","done":true,"done_reason":"stop"}\n']


@pytest.mark.parametrize(
    ("events", "options"),
    [
        (chat_events("<think>Hot?</think>", "Io"), {"thinking_tags": "think"}),
        (chat_events("[why]Hot?[/why]Io"), {"thinking_tags": [("[why]", "[/why]")]}),
        (chat_events("Io", finish=None), {"sentinel_ends": "all"}),
        (GENERATED, {"stop": ["Eur"], "api": "ollama.generate"}),
        ([chat_event({"content": "Io"}, index=at, finish="stop") for at in (0, 1)], {"n": 2}),
    ],
)
def test_the_options_that_decide_what_the_chunks_are_come_with_them(
    events: list[bytes], options: dict[str, Any], tmp_path: Path
) -> None:
    live = Script(events).stream("?", record=tmp_path / "moon.jsonl", **options)
    live.run()
    found = equal(tmp_path / "moon.jsonl", live)
    assert found.state == live.response.state
