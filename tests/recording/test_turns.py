"""The file of a conversation, and of a call that is asked again: its turns and answers, and what comes in between."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.testing import ScriptedProvider, chat_events, chat_tool_events
from tests.recording.recorded import body, chunks, only, read


def look_up(moon: str) -> str:
    """Look a moon up."""
    return f"{moon} is a moon"


class Moon(BaseModel):
    """A moon."""

    name: str


CALLS = [chat_tool_events(("look_up", f'{{"moon": "{moon}"}}')) for moon in ("Io", "Europa")]
SCRIPTS = [*CALLS, chat_events("Both are moons.")]


NAMES = (f"recorded-turns-{number}" for number in itertools.count())


@pytest.fixture
def provider() -> str:
    name = next(NAMES)
    sk.register_provider(name, ScriptedProvider(*SCRIPTS, name=name))
    return f"{name}/m"


@pytest.mark.parametrize("whole_program", [False, True])
def test_turns_are_bytes_and_results_of_tools_are_chunks_in_one_file(
    provider: str, tmp_path: Path, whole_program: bool
) -> None:
    if whole_program:
        with sk.recording(tmp_path):
            response = sk.converse(provider, "Which moons?", tools=[look_up]).run()
    else:
        response = sk.converse(provider, "Which moons?", tools=[look_up], record=tmp_path).run()
    assert response.calls == 3
    found = read(only(tmp_path))
    assert found.header.conversation
    assert [(call.header.turn, call.header.kind) for call in found.calls] == [(0, "bytes"), (1, "bytes"), (2, "bytes")]
    assert [body(call) for call in found.calls] == [b"".join(each) for each in SCRIPTS]
    assert [each.content for each in chunks(found)] == ["Io is a moon", "Europa is a moon"]
    results = [each.origin and each.origin.result.output for each in chunks(found)]
    assert results == [each.output for each in response.tool_results]
    assert [call.end and call.end.state for call in (*found.calls, found)] == ["complete"] * 4


def test_a_conversation_replays_without_running_a_tool(provider: str, tmp_path: Path) -> None:
    runs: list[str] = []

    def look_up(moon: str) -> str:
        """Look a moon up."""
        runs.append(moon)
        return f"{moon} is a moon"

    stream = sk.converse(provider, "Which moons?", tools=[look_up], record=tmp_path / "talk.jsonl")
    response = stream.run()
    assert runs == ["Io", "Europa"]
    played = sk.open_recording(tmp_path / "talk.jsonl", speed="max", tools=[look_up])
    again = played.run()
    assert [chunk.content for chunk in played.chunks()] == [chunk.content for chunk in stream.chunks()]
    assert (again.content, len(again.turns), again.state) == (response.content, 3, "complete")
    assert [each.output for each in again.tool_results] == [each.output for each in response.tool_results]
    assert again.usage == response.usage
    assert runs == ["Io", "Europa"]


def test_a_file_named_for_a_conversation_is_one_file(provider: str, tmp_path: Path) -> None:
    sk.converse(provider, "Which moons?", tools=[look_up], record=tmp_path / "talk.jsonl").run()
    assert len(read(tmp_path / "talk.jsonl").calls) == 3
    assert [each.name for each in tmp_path.iterdir()] == ["talk.jsonl"]


def test_a_conversation_that_is_stopped_has_what_had_come(provider: str, tmp_path: Path) -> None:
    with sk.converse(provider, "Which moons?", tools=[look_up], record=tmp_path) as stream:
        for _, tool in stream:
            if tool is not None:
                break
    found = read(only(tmp_path))
    assert [call.end and call.end.state for call in (*found.calls, found)][-1] == "stopped"


def test_the_answers_of_a_reask_are_attempts_and_the_void_stands_between(tmp_path: Path) -> None:
    answers = [chat_events('{"nam": "Io"}'), chat_events('{"name": "Io"}')]
    sk.register_provider("recorded-answers", ScriptedProvider(*answers, name="recorded-answers"))
    stream = sk.stream("recorded-answers/m", "Which?", response_model=Moon, reask=1, record=tmp_path / "moon.jsonl")
    assert stream.run().parsed == Moon(name="Io")
    found = read(tmp_path / "moon.jsonl")
    assert [(call.header.turn, call.header.attempt) for call in found.calls] == [(0, 0), (0, 1)]
    assert [body(call) for call in found.calls] == [b"".join(each) for each in answers]
    assert [isinstance(each.origin and each.origin.result, sk.Void) for each in chunks(found)] == [True]
    assert [each.name for each in tmp_path.iterdir()] == ["moon.jsonl"]


def test_a_reask_within_a_turn_adds_no_conversation_of_its_own(tmp_path: Path) -> None:
    answers = [CALLS[0], chat_events('{"nam": "Io"}'), chat_events('{"name": "Io"}')]
    sk.register_provider("recorded-both", ScriptedProvider(*answers, name="recorded-both"))
    stream = sk.converse(
        "recorded-both/m", "Which?", tools=[look_up], response_model=Moon, reask=1, record=tmp_path / "moon.jsonl"
    )
    assert stream.run().parsed == Moon(name="Io")
    found = read(tmp_path / "moon.jsonl")
    assert [(call.header.turn, call.header.attempt) for call in found.calls] == [(0, 0), (1, 0), (1, 1)]
    assert [each.index for each in chunks(found)] == [-1, -1]
    assert found.end is not None
    assert found.end.state == "complete"
