"""What is scrubbed: keys, accounts and prompts in errors, echoes of the request; and nothing else, at any cut."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from streamkit._recording import ReadScrubber
from streamkit.chunk import Chunk
from streamkit.scrub import Scrubber
from streamkit.testing import (
    bedrock_error,
    bedrock_events,
    chat_event,
    chat_events,
    gemini_array,
    gemini_events,
    ollama_lines,
    rechunk,
    responses_event,
    responses_events,
)
from tests.events.test_recordings import FIXTURES
from tests.wire.outcome import outcome
from tests.wire.test_recordings import Recording, lines, recordings

KEY, PROMPT = "sk-canary-5d41402abc4b2a76", "Which moons of Jupiter may hold life, and why is that?"
SECRETS = Scrubber([KEY], [PROMPT])

BODIES = {
    "openai.chat": chat_events("Io", " is hot"),
    "bedrock.converse": bedrock_events("Io", " is hot"),
    "gemini.generate_content": gemini_events("Io", " is hot"),
    "ollama.chat": ollama_lines("Io", " is hot"),
    "openai.responses": responses_events("Io", " is hot"),
}

ERRORS = {
    "openai.chat": b'data: {"error":{"message":"%s"}}\n\n',
    "gemini.generate_content": b'{"error": {"message": "%s"}}',
    "ollama.chat": b'{"error":"%s"}\n',
    "openai.responses": b'event: error\ndata: {"type":"error","message":"%s"}\n\n',
}


def scrub(scrubber: ReadScrubber, fragments: Iterable[bytes]) -> list[tuple[float, bytes]]:
    """Scrub reads one by one."""
    found: list[tuple[float, bytes]] = []
    for at, data in enumerate(fragments):
        found += scrubber.feed([(float(at), data)])
    return found + scrubber.flush()


def content(reads: Iterable[tuple[float, bytes]]) -> bytes:
    return b"".join([data for _, data in reads])


def without_events(chunks: list[Chunk]) -> list[Chunk]:
    """Return chunks without the bytes of their events."""
    return [msgspec.structs.replace(chunk, payload=None) for chunk in chunks]


@pytest.mark.parametrize("api", BODIES)
def test_a_body_without_secrets_keeps_its_bytes_its_reads_and_its_times(api: str) -> None:
    events = BODIES[api]
    for seed in range(20):
        scrubber = ReadScrubber(SECRETS, api=api)
        fragments = rechunk(b"".join(events), seed=seed)
        found = scrub(scrubber, fragments)
        assert content(found) == b"".join(events)
        assert [at for at, _ in found] == sorted(at for at, _ in found)
        assert {at: len(data) for at, data in enumerate(fragments)} == lengths(found)
        assert (scrubber.scrubbed, scrubber.blanked) == (0, 0)
    assert scrub(ReadScrubber(SECRETS, api=api), events) == [(float(at), data) for at, data in enumerate(events)]


def lengths(reads: Iterable[tuple[float, bytes]]) -> dict[int, int]:
    """Return the bytes of each time."""
    found: dict[int, int] = {}
    for at, data in reads:
        found[int(at)] = found.get(int(at), 0) + len(data)
    return found


@pytest.mark.parametrize("api", ERRORS)
def test_a_key_an_account_and_the_prompt_leave_the_event_of_an_error_at_any_cut(api: str) -> None:
    message = f"bad key {KEY} ({KEY[:12]}…) of org-A1b2C3d4E5 in organization 1234-5678 for {PROMPT}"
    body = b"".join(BODIES[api][:-1]) + ERRORS[api] % message.encode()
    for seed in range(20):
        scrubber = ReadScrubber(SECRETS, api=api)
        found = scrub(scrubber, rechunk(body, seed=seed))
        text = content(found).decode()
        assert (len(content(found)), lengths(found)) == (len(body), lengths(enumerate(rechunk(body, seed=seed))))
        assert not re.search("canary|A1b2C3|1234-5678|Jupiter", text)
        assert "bad key ****" in text
        assert scrubber.scrubbed == 5
    with_prompt = content(scrub(ReadScrubber(SECRETS, api=api, prompts=True), [body])).decode()
    assert PROMPT in with_prompt
    assert not re.search("canary|A1b2C3", with_prompt)


def test_a_frame_of_bedrock_keeps_a_valid_checksum() -> None:
    events = [*bedrock_events("Io")[:2], bedrock_error("throttlingException", f"bad key {KEY} for {PROMPT}")]
    found = content(scrub(ReadScrubber(SECRETS, api="bedrock.converse"), rechunk(b"".join(events), size=7)))
    result = outcome([found], api="bedrock.converse")
    assert result.end[0] == "RateLimited"
    assert b"canary" not in found
    assert b"Jupiter" not in found


@pytest.mark.parametrize("text", [PROMPT, "org-A1b2C3d4E5", "the error of account 12345678"])
def test_what_a_model_writes_is_its_answer(text: str) -> None:
    body = b"".join([chat_event({"content": part}) for part in text.split(" ")] + [chat_event({"content": text})])
    assert content(scrub(ReadScrubber(SECRETS, api="openai.chat"), [body])) == body


def test_a_key_is_hidden_in_an_answer_too() -> None:
    body = chat_event({"content": f"Your key is {KEY}."})
    found = content(scrub(ReadScrubber(SECRETS, api="openai.chat"), [body[:100], body[100:]]))
    assert found == body.replace(KEY.encode(), b"*" * len(KEY))


def test_a_part_of_a_key_is_hidden_wherever_it_begins() -> None:
    for size in (8, 11, len(KEY)):
        for at in range(len(KEY) - size + 1):
            for before in range(5):
                text = b"x" * before + KEY[at : at + size].encode() + b"."
                assert SECRETS.keys(text) == b"x" * before + b"*" * size + b"."
    assert SECRETS.keys(b"sk-cana") == b"sk-cana"


def test_a_page_that_is_no_stream_loses_the_prompt() -> None:
    page = f"<html>Blocked: {PROMPT}\n\n by user-A1b2C3d4E5 {KEY}</html>".encode()
    found = content(scrub(ReadScrubber(SECRETS, api="openai.chat"), rechunk(page, size=9)))
    assert len(found) == len(page)
    assert not re.search(b"Jupiter|A1b2|canary", found)


def test_an_array_of_gemini_waits_for_its_end_and_keeps_its_reads() -> None:
    events = gemini_array(*gemini_events("Io"))
    assert scrub(ReadScrubber(SECRETS, api="gemini.generate_content"), events) == list(enumerate(map(bytes, events)))


def echo(**more: object) -> bytes:
    """Make the first event of the Responses API, which repeats the request."""
    tools = [{"type": "function", "name": "look_up", "parameters": {"description": PROMPT}}]
    response = {
        "id": "resp_1",
        "object": "response",
        "instructions": PROMPT,
        "input": [{"role": "user", "content": PROMPT}],
        "tools": tools,
        "metadata": {"user": PROMPT},
        "text": {"format": {"type": "json_schema", "name": "moon", "schema": {"description": PROMPT}}},
        "model": "m",
        **more,
    }
    return responses_event("response.created", 0, response=response)


def test_the_fields_in_which_the_request_is_repeated_are_emptied_and_counted() -> None:
    events = [echo(), *responses_events("Io")[1:]]
    for seed in range(10):
        scrubber = ReadScrubber(SECRETS, api="openai.responses")
        found = scrub(scrubber, rechunk(b"".join(events), seed=seed))
        assert PROMPT.encode() not in content(found)
        assert scrubber.blanked == 5
        result = outcome([content(found)], api="openai.responses")
        original = outcome(events, api="openai.responses")
        assert without_events(result.chunks) == without_events(original.chunks)
        assert result.response == original.response
    kept = ReadScrubber(SECRETS, api="openai.responses", prompts=True)
    assert content(scrub(kept, events)) == b"".join(events)


def test_an_event_with_echoes_is_read_when_its_end_is() -> None:
    first, *rest = [echo(), *responses_events("Io")[1:]]
    found = scrub(ReadScrubber(SECRETS, api="openai.responses"), [first[:30], first[30:] + rest[0], *rest[1:]])
    assert [at for at, _ in found] == [float(at) for at in range(1, len(rest) + 1)]


def test_the_event_of_a_chunk_is_scrubbed_too() -> None:
    payload = echo().partition(b"data: ")[2].strip()
    chunk = Chunk(payload=payload, api="openai.responses")
    scrubber = ReadScrubber(SECRETS, whole=True)
    found = scrubber.chunk(chunk).payload
    assert found is not None
    assert PROMPT.encode() not in found
    assert scrubber.blanked == 5
    assert scrubber.chunk(Chunk(content="Io")) == Chunk(content="Io")


@pytest.fixture
def recording(request: pytest.FixtureRequest) -> Recording:
    line = getattr(request.param, "line", None)
    folder: Path = request.getfixturevalue(FIXTURES[line["file"]] if line else "wire_dir")
    assert line is not None
    return Recording(line, (folder / line["file"]).read_bytes())


@recordings(*(each for variable in ("STREAMKIT_WIRE", "STREAMKIT_WIRE_MORE") for each in lines(variable)))
def test_every_answer_of_a_real_provider_comes_through_as_it_is(recording: Recording) -> None:
    api = recording.line["api"]
    scrubber = ReadScrubber(Scrubber(["sk-none-of-theirs"], ["no prompt of theirs, whatever they say"]), api=api)
    found = content(scrub(scrubber, rechunk(recording.body, seed=1)))
    if scrubber.blanked or scrubber.scrubbed:
        original = recording.outcome(recording.body)
        assert without_events(recording.outcome(found).chunks) == without_events(original.chunks)
    else:
        assert found == recording.body
