"""Every provider over a socket: the file decodes to the same chunks, and no key and no prompt is in it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, plan
from tests.providers.canaries import FAILURES, KEY, PROMPT, finds
from tests.providers.doors import DOORS, ask, every_door, kind_of
from tests.providers.test_whole import transports
from tests.recording.recorded import chunks, only, read

pytestmark = pytest.mark.sdk

PARTS_OF_KEY = [KEY[at : at + 9] for at in range(len(KEY) - 8)]


@every_door
async def test_a_recording_decodes_to_what_its_readers_got(name: str, tmp_path: Path) -> None:
    for transport in transports(name):
        await check_recorded(name, tmp_path / f"{transport}.jsonl", transport)


async def check_recorded(name: str, path: Path, transport: str) -> None:
    with FaultServer(plan("none", DOORS[name].everything())) as server:
        stream = ask(name, server, record=path, transport=transport)
        response = await stream
    found = read(path)
    assert chunks(found) == [chunk async for chunk in stream.chunks()]
    assert found.end is not None
    assert (found.end.state, found.header.status) == (response.state, 200)
    assert (found.header.kind, found.header.provider) == ("bytes", name.partition(" ")[0])
    assert found.header.request is not None
    assert not found.header.scrubbed
    assert not found.header.blanked


@every_door
@pytest.mark.parametrize("fault", ["none", "cut", "status 429"])
async def test_a_recording_replays_as_the_call_went(name: str, fault: str, tmp_path: Path) -> None:
    door, path = DOORS[name], tmp_path / "answer.jsonl"
    plans = {"none": plan("none", door.everything()), "cut": plan("cut", door.events("Io", "Europa"), at=door.head + 1)}
    with FaultServer(plans.get(fault) or FAILURES[fault](door)) as server:
        made = ask(name, server, record=path)
        error = await end_of(made)
    played = sk.stream(f"replay/{path}", "a question", speed="max")
    again = await end_of(played)
    assert logged(played) == logged(made)
    assert (played.state, again and kind_of(again)) == (made.state, error and kind_of(error))
    assert str(again) == str(error)
    assert played.response.content == made.response.content
    assert played.usage == made.usage


def logged(stream: sk.Stream) -> list[sk.Chunk]:
    log = stream.log
    assert log is not None
    return list(log.read(0, log.length))


async def end_of(stream: sk.Stream) -> sk.StreamError | None:
    """Wait for the end, and return its error."""
    try:
        await stream
    except sk.StreamError as error:
        return error
    return None


async def recorded(name: str, folder: Path, address: str, **given: Any) -> str:
    """Ask, and return the whole file."""
    door = DOORS[name]
    options: dict[str, Any] = {"timeouts": sk.Timeouts(first=30, between=30), "api_key": KEY, **given}
    model = f"{name.partition(' ')[0]}/{door.model}"
    stream = sk.stream(model, PROMPT, base_url=address + door.base, **options)
    with contextlib.suppress(sk.StreamError):
        await stream
    path = only(folder)
    read(path)
    return path.read_text()


@every_door
@pytest.mark.parametrize("failure", ["status 401", "a page", "an error inside"])
async def test_no_canary_is_in_the_file_of_a_failure(name: str, failure: str, tmp_path: Path) -> None:
    with FaultServer(FAILURES[failure](DOORS[name])) as server:
        text = await recorded(name, tmp_path, server.base_url, record=tmp_path)
    assert not finds(text)


@every_door
async def test_the_prompt_is_there_with_prompts_and_the_key_never_is(name: str, tmp_path: Path) -> None:
    with FaultServer(FAILURES["status 400"](DOORS[name])) as server:
        text = await recorded(name, tmp_path, server.base_url, record=sk.recording(tmp_path, prompts=True))
    assert PROMPT in text
    assert not [part for part in PARTS_OF_KEY if part in text]
