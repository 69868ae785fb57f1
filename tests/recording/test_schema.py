"""The JSON schema of the page fits what we write and read, and what the page shows can be played."""

from __future__ import annotations

import contextlib
import json
from dataclasses import fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit._recording import Header, RecordedEnd, parse_recording
from streamkit._recording._format import FORMAT, FORMAT_VERSION
from streamkit.testing import Script, bedrock_events, chat_events
from tests.recording.recorded import only

jsonschema = pytest.importorskip("jsonschema")

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "recording.schema.json").read_text(encoding="utf-8"))
VALIDATOR: Any = jsonschema.Draft202012Validator(SCHEMA)
FIXTURES = sorted(Path(str(files("streamkit.providers").joinpath("fixtures"))).glob("*.jsonl"))
OF_CALL = {"kind": "bytes", "provider": "p", "model": "m", "api": "openai.chat"}
HEADER = {"format": FORMAT, "version": FORMAT_VERSION, **OF_CALL}


def check(file: Path) -> None:
    for line in file.read_bytes().splitlines():
        VALIDATOR.validate(json.loads(line))


def test_the_schema_is_one_and_has_every_field() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    header, end = SCHEMA["$defs"]["header"], SCHEMA["$defs"]["end"]["properties"]["end"]
    assert set(header["properties"]) == {"format", "version", *(each.name for each in fields(Header))}
    assert set(end["properties"]) == {each.name for each in fields(RecordedEnd)}


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.stem)
def test_the_recordings_that_come_with_streamkit_fit(file: Path) -> None:
    check(file)


@pytest.mark.parametrize(
    ("api", "events"),
    [("openai.chat", chat_events("Io", finish=None)), ("bedrock.converse", bedrock_events("Io")), ("openai.chat", [])],
)
def test_what_the_recorder_writes_fits(api: str, events: list[bytes], tmp_path: Path) -> None:
    with sk.recording(tmp_path, prompts=True):
        stream = Script([*events, sk.RateLimited("Slow.")]).stream("Which moon?", api=api, vendor=api.partition(".")[0])
        with contextlib.suppress(sk.StreamError):
            stream.run()
    check(only(tmp_path))


@pytest.mark.parametrize(
    "line",
    [
        {**HEADER, "version": 2},
        {**HEADER, "kind": "tape"},
        {**HEADER, "api": None, "choices": 0},
        {name: value for name, value in HEADER.items() if name != "api"},
        {name: value for name, value in HEADER.items() if name != "model"},
        [12],
        [-1, "Io"],
        [12, 13],
        [12, {"text": "Io"}],
        {"end": {"state": "complete"}},
        {"end": {"state": "streaming", "ms": 1}},
        "Io",
    ],
)
def test_other_lines_do_not_fit(line: Any) -> None:
    assert not VALIDATOR.is_valid(line)


def test_the_lines_that_the_page_shows_are_a_recording(tmp_path: Path) -> None:
    page = (DOCS / "recording.md").read_text(encoding="utf-8")
    block = next(each for each in page.split("```python") if each.lstrip().startswith("lines = "))
    shown: dict[str, Any] = {}
    exec(block.partition("```")[0], shown)
    for line in shown["lines"]:
        VALIDATOR.validate(line)
    data = b"".join(json.dumps(line).encode() + b"\n" for line in shown["lines"])
    assert not parse_recording(data).torn
    file = tmp_path / "by-hand.jsonl"
    file.write_bytes(data)
    assert sk.open_recording(file, speed="max").run().content == "Io"
