"""``streamkit record``: the answer on the screen, and the call in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import streamkit as sk
from streamkit import cli
from streamkit.testing import FaultServer, chat_events, plan
from tests.cli.conftest import KEY
from tests.recording.recorded import only, read

Answered = Callable[..., tuple[int, str, str]]
Openai = Callable[..., FaultServer]

WHOLE = plan("none", chat_events("Io is hot."))
QUESTION = "What do you know of the volcanoes of Io?"

pytestmark = pytest.mark.sdk


def test_the_answer_is_shown_and_its_recording_plays(openai: Openai, answered: Answered, tmp_path: Path) -> None:
    openai(WHOLE)
    path = tmp_path / "io.jsonl"
    code, out, err = answered("record", str(path), QUESTION, "-m", "openai/m")
    assert (code, out) == (cli.OK, "Io is hot.\n")
    assert f"recorded: {path}" in err
    assert sk.open_recording(path).run().content == "Io is hot."
    assert KEY not in path.read_text()
    assert QUESTION not in path.read_text()


def test_the_question_is_written_with_prompts(openai: Openai, answered: Answered, tmp_path: Path) -> None:
    openai(WHOLE)
    answered("record", "--prompts", str(tmp_path), "-m", "openai/m", "--", QUESTION)
    assert read(only(tmp_path)).header.prompts == (QUESTION,)


def test_a_failed_call_is_recorded_too(openai: Openai, answered: Answered, tmp_path: Path) -> None:
    openai(plan("cut", chat_events("Io is hot."), at=2))
    code, _, err = answered("record", str(tmp_path / "io.jsonl"), QUESTION, "-m", "openai/m")
    assert code == cli.TRUNCATED
    assert "recorded:" in err
    end = read(tmp_path / "io.jsonl").end
    assert end is not None
    assert end.state == "failed"


@pytest.mark.parametrize("name", ["io.txt", "there.jsonl"])
def test_a_file_that_cannot_be_made_is_named_before_anything_is_sent(
    name: str, openai: Openai, answered: Answered, tmp_path: Path
) -> None:
    server = openai(WHOLE)
    (tmp_path / "there.jsonl").write_text("notes")
    code, out, err = answered("record", str(tmp_path / name), QUESTION, "-m", "openai/m")
    assert (code, out, server.requests) == (cli.USAGE, "", ())
    assert name in err
    assert (tmp_path / "there.jsonl").read_text() == "notes"
