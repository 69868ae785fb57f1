"""A process that is killed between what a tool does and the record of it: nobody claims that it ran, or did not."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import reactivex as rx

import streamkit as sk
from streamkit import codec
from streamkit import operators as ops
from streamkit.testing import chat_events
from tests.stream.conversing import ANSWER, Ran, calls, is_valid, provider, roles

PROGRAM = """
import json, os, signal, sys, threading
from pathlib import Path
import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import ScriptedProvider, chat_tool_events

folder, when = Path(sys.argv[1]), sys.argv[2]
written = threading.Event()

def look_up(moon: str) -> str:
    return f"{moon} has volcanoes"

def book(moon: str) -> str:
    written.wait(60)  # until the result of the other tool of this turn has been saved
    if when == "after":
        (folder / "booked").write_text(moon)
    os.kill(os.getpid(), signal.SIGKILL)

def calls(turn, *names):
    events = chat_tool_events(*((name, json.dumps({"moon": turn})) for name in names))
    return [event.replace(b"call_", f"{turn}_".encode()) for event in events]

turns = [calls("Io", "look_up"), calls("Titan", "look_up", "book")]
sk.register_provider("moons", ScriptedProvider(*turns, name="moons"))
stream = sk.converse("moons/small", "Book Titan.", tools=[look_up, book])
for chunk in stream.pipe(ops.save(folder / "chunks")):
    history = [each if isinstance(each, dict) else {"role": each.role} for each in stream.response.history]
    (folder / "new").write_text(json.dumps(history))
    (folder / "new").rename(folder / "history")
    if chunk.content.startswith("Titan"):
        written.set()
"""


def killed(folder: Path, when: str) -> None:
    command = [sys.executable, "-c", PROGRAM, str(folder), when]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (folder / "booked").exists() == (when == "after")


@pytest.fixture(scope="module", params=["before", "after"])
def left(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give what a process has left that was killed before its tool did anything, or after."""
    folder = tmp_path_factory.mktemp("killed")
    killed(folder, request.param)
    return folder


def folded(folder: Path) -> sk.Response:
    lines = (folder / "chunks").read_bytes().splitlines()
    chunks = [cast("sk.Chunk", codec.decode(line)) for line in lines]
    return sk.flow(rx.from_iterable(chunks)).pipe(ops.to_response()).run()


def check(messages: list[Any]) -> None:
    """Check that the history says of the one tool what it has returned, and of the other that nothing is known."""
    assert is_valid(messages)
    answers = {each["tool_call_id"]: each["content"] for each in messages if roles([each]) == ["tool"]}
    assert (answers["Io_0"], answers["Titan_0"]) == ("Io has volcanoes", "Titan has volcanoes")
    assert "not known whether it has run" in answers["Titan_1"]


def test_the_saved_chunks_give_a_history_in_which_the_tool_may_have_run_or_not(left: Path) -> None:
    response = folded(left)
    assert (response.state, [turn.state for turn in response.turns]) == ("unknown", ["complete", "complete"])
    assert [result.call.name for result in response.tool_results] == ["look_up", "look_up"]
    check(response.history)


def test_so_does_a_history_that_was_saved_while_the_tool_ran(left: Path) -> None:
    check(json.loads((left / "history").read_text()))


def test_the_next_conversation_sends_that_to_the_model_and_runs_nothing_again(left: Path) -> None:
    model, scripted = provider(chat_events("I cannot tell."))
    history = [sk.Messages.User("Book Titan."), *folded(left).history]
    response = sk.converse(model, [*history, sk.Messages.User("Is it booked?")]).run()
    assert (response.state, response.tool_results) == ("complete", [])
    assert "not known whether it has run" in str(scripted.requests[0].messages)


def test_a_whole_conversation_that_was_saved_is_complete(tmp_path: Path) -> None:
    ran = Ran()
    model, _ = provider(calls("Io", "Europa", text="Let me see."), calls("Titan"), ANSWER)
    stream = sk.converse(model, "How long?", tools=[ran.orbit])
    list(stream.pipe(ops.save(tmp_path / "chunks")))
    response = folded(tmp_path)
    assert (response.state, response.content, response.calls) == ("complete", stream.response.content, 3)
    assert response.usage == stream.response.usage
    assert [turn.content for turn in response.turns] == [turn.content for turn in stream.response.turns]
    assert response.history == stream.response.history[1:]
    assert [each.output for each in response.tool_results] == [each.output for each in stream.response.tool_results]
