"""Recordings of our own, found by their names and played through the wire's decoders."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any, cast

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit._recording import Playback, Played, Send, Until
from streamkit.providers import _recordings as recorded
from streamkit.testing import FaultServer, assert_closed, plan, run_in_virtual_time
from tests import rewrite_recordings

MOONS = "Which moons may hold life?"
SDKS = ("openai", "anthropic", "cohere")


def ask(model: str, prompt: str = MOONS, *, speed: Any = math.inf, **params: Any) -> sk.Stream:
    return sk.stream(model, prompt, speed=speed, **params)


@pytest.mark.sdk
@pytest.mark.parametrize("sdk", SDKS)
async def test_an_answer_comes_whole_through_the_decoder(sdk: str) -> None:
    played: list[Played] = []
    response = await ask(f"replay/{sdk}", played=played)
    assert response.state == "complete"
    assert (response.provider, response.choices[0].index, len(played)) == ("replay", 0, 1)
    assert all(moon in response.content for moon in ("Europa", "Enceladus", "Titan"))
    assert response.output_tokens
    await until_closed(played[0])


async def until_closed(request: Played) -> None:
    while request.closed is None:
        await asyncio.sleep(0.001)


@pytest.mark.sdk
async def test_three_providers_answer_at_once_and_each_in_its_own_words() -> None:
    answers = await asyncio.gather(*(ask(f"replay/{sdk}") for sdk in SDKS))
    assert len({answer.content for answer in answers}) == 3


@pytest.mark.sdk
async def test_what_only_one_wire_has_is_there() -> None:
    thinking = await ask("replay/anthropic")
    assert thinking.thinking.startswith("The user wants")
    assert thinking.signature
    cited = await ask("replay/cohere")
    assert [cited.content[each["start"] : each["end"]] for each in cited.citations] == [
        each["text"] for each in cited.citations
    ]
    assert len(cited.citations) == 2


@pytest.mark.sdk
async def test_a_tool_call_comes_in_fragments() -> None:
    found = [tool async for _, tool in ask("replay/openai", "Where is Europa on its orbit?") if tool]
    assert [(tool.name, tool.arguments) for tool in found] == [("get_orbit", {"moon": "Europa"})]


@pytest.mark.sdk
async def test_an_answer_in_audio_has_sound_and_transcript() -> None:
    response = await ask("replay/openai:audio", "Say hello from Europa.", modalities=["text", "audio"])
    assert (response.state, response.audio_transcript) == ("complete", "Hello from Europa.")
    assert len(response.audio) == 24_000


@pytest.mark.sdk
async def test_a_recording_that_is_cut_is_an_error_with_what_came() -> None:
    with pytest.raises(sk.TruncatedError) as caught:
        await ask("replay/openai", "What lies under the ice of Enceladus?")
    assert caught.value.provider == "replay"
    assert caught.value.partial is not None
    assert caught.value.partial.content.endswith("silica and hydro")


@pytest.mark.parametrize("speed", [1, 8])
def test_the_pace_is_the_recorded_one_times_speed(speed: float) -> None:
    reads = next(each for each in recorded.recordings() if each.model == "openai:moons").read().reads

    async def times() -> list[float]:
        began = asyncio.get_running_loop().time()
        stream = ask("replay/openai", speed=speed)
        return [asyncio.get_running_loop().time() - began async for _ in stream]

    assert run_in_virtual_time(times()) == pytest.approx([seconds / speed for seconds, _ in reads][:-1])  # but [DONE]


@pytest.mark.sdk
async def test_whoever_has_enough_closes_it_and_the_rest_is_not_played() -> None:
    played: list[Played] = []
    call = ask("replay/openai", speed=4, played=played)
    async with assert_closed(call):
        assert (await call.pipe(ops.text(), ops.until("Enceladus"), ops.join())).endswith("Enceladus")
        await call.aclose()
    assert played[0].closed is not None
    assert 0 < played[0].sent < played[0].events == 55


@pytest.mark.sdk
async def test_neither_the_users_key_nor_his_address_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(plan("none")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "a key of the user's")
        await ask("replay/openai", api_key="another one", base_url=server.base_url)
        assert server.requests == ()


@pytest.mark.sdk
def test_it_works_from_sync_code() -> None:
    assert ask("replay/openai").run().state == "complete"


def test_the_error_lists_the_recorded_prompts_and_not_the_calls_own() -> None:
    with pytest.raises(sk.ConfigurationError, match=r"^No recording for this prompt\. Recorded prompts: ") as caught:
        ask("replay/anthropic", "a secret of mine")
    assert MOONS in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("prompt", ["which  moons may\nhold LIFE?", [{"role": "user", "content": [{"text": MOONS}]}]])
def test_spaces_capitals_and_the_form_of_the_message_do_not_matter(prompt: Any) -> None:
    assert sk.stream("replay/openai", prompt).provider == "replay"


def test_a_prompt_is_looked_for_under_the_name_that_was_given() -> None:
    with pytest.raises(sk.ConfigurationError, match="No recording"):
        ask("replay/openai:cut")


@pytest.mark.parametrize(
    ("model", "params", "says"),
    [
        ("replay/groq", {}, "replay/openai:moons"),
        ("replay/openai:none", {}, "There is no recording replay/openai:none"),
        ("replay/openai", {"speed": 0}, "speed=0"),
        ("replay/openai", {"speed": "fast"}, "above 0"),
        ("replay/openai", {"faults": ["cat"]}, "there are none, latency"),
        ("replay/openai", {"faults": "cut"}, "give a list"),
        ("replay/openai", {"speed": True}, "above 0"),
        ("replay/openai", {"speed": math.nan}, "above 0"),
        ("replay/openai", {"played": 1}, "give a list"),
        ("replay/openai", {"client": object()}, "client="),
        ("replay/anthropic", {"seed": 1}, "seed"),
    ],
)
def test_what_is_wrong_is_raised_at_the_call(model: str, params: dict[str, Any], says: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=says):
        ask(model, **params)


def test_the_docs_have_one_row_a_recording() -> None:
    page = (Path(__file__).parents[2] / "docs" / "replay.md").read_text(encoding="utf-8")
    rows = {f"| `replay/{each.model}` | {each.prompts[0]} |" for each in recorded.recordings()}
    assert {row for row in rows if row not in page} == set()
    assert page.count("| `replay/") == len(rows)


def test_a_late_reader_gets_what_is_overdue_at_once() -> None:
    async def read() -> float:
        playback = Playback([Until(0.05), Send(b"Eu"), Until(0.1), Send(b"ro"), Until(0.15), Send(b"pa")])
        await asyncio.sleep(0.2)
        began = asyncio.get_running_loop().time()
        assert [data async for data in playback] == [b"Eu", b"ro", b"pa"]
        return asyncio.get_running_loop().time() - began

    assert run_in_virtual_time(read()) == 0


def test_the_shipped_recordings_are_as_the_script_writes_them() -> None:
    for file in rewrite_recordings.FOLDER.glob("*.jsonl"):
        assert rewrite_recordings.rewritten(file.read_bytes()) == file.read_bytes(), (
            "python -m tests.rewrite_recordings"
        )


@pytest.mark.parametrize("each", recorded.recordings(), ids=lambda each: each.file.name)
def test_a_recording_has_no_field_that_real_ones_do_not_have(each: recorded.ShippedRecording, wire_dir: Path) -> None:
    header = each.header
    rows = map(json.loads, (wire_dir / "manifest.jsonl").read_text().splitlines())
    real = {
        path
        for row in rows
        if row["api"] == header.api and row["provider"] == header.provider
        for path in paths_of((wire_dir / row["file"]).read_bytes())
    }
    ours = paths_of(b"".join(data for _, data in each.read().reads if isinstance(data, bytes)))
    assert ours - real == set()


def paths_of(body: bytes) -> set[str]:
    """Name every field of every event of a body: where it stands, and the kind of its value."""
    found: set[str] = set()
    for line in body.split(b"\n"):
        if line.startswith(b"data: {"):
            walk(json.loads(line[6:]), "", found)
    return found


def walk(value: Any, path: str, found: set[str]) -> None:
    found.add(f"{path}:{type(value).__name__}")
    if isinstance(value, dict):
        for name, item in cast("dict[str, Any]", value).items():
            walk(item, f"{path}.{name}", found)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            walk(item, f"{path}[]", found)
