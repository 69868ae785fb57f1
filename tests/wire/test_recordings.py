"""Recorded streams of real providers decode to what was sent, and none that is cut passes for whole."""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import astuple

from streamkit import wire
from streamkit.chunk import Usage
from streamkit.errors import ProviderError, StreamError, TruncatedError
from streamkit.response import Response
from streamkit.testing import rechunk
from streamkit.tool import ToolCall
from streamkit.wire.lenient_json import as_dict
from tests.wire.formats import NEVER_CLOSED
from tests.wire.outcome import Outcome, outcome

SPLITS, CUTS = 40, 20


@dataclass(frozen=True, slots=True)
class Recording:
    """One line of the manifest, the body that it describes, and the class of the error that it ends in."""

    line: dict[str, Any]
    body: bytes = b""

    @property
    def expect(self) -> dict[str, Any]:
        return self.line["expect"]

    @property
    def call(self) -> dict[str, Any]:
        choices = len(self.expect.get("choices", ["one"]))
        return {"api": self.line["api"], "vendor": self.line["provider"], "choices": choices}

    @property
    def failure(self) -> type[StreamError] | None:
        features = self.line["features"]
        by_sentinel = self.line["provider"] == "snowflake" or "ChatWithBasicAudioOutput" in self.line["file"]
        if "error_midstream" in features:
            return ProviderError
        cut = "truncated" in features or ("no_finish_reason" in features and not by_sentinel)
        return TruncatedError if cut else None

    def outcome(self, *fragments: bytes) -> Outcome:
        return outcome(fragments, **self.call)


def lines(variable: str = "STREAMKIT_WIRE") -> list[Recording]:
    """Read a manifest; where there is none, `wire_dir` and `wire_more_dir` skip or fail the tests."""
    named = os.environ.get(variable)
    manifest = Path(named or ".") / "manifest.jsonl"
    text = manifest.read_text(encoding="utf-8") if named and manifest.is_file() else ""
    found = [Recording(json.loads(line)) for line in text.splitlines()]
    return [each for each in found if each.line["api"] in wire.APIS]


def recordings(*chosen: Recording) -> pytest.MarkDecorator:
    ids = [each.line["file"] for each in chosen] or ["no-recordings"]
    return pytest.mark.parametrize("recording", chosen or [None], ids=ids, indirect=True)


@pytest.fixture
def recording(wire_dir: Path, request: pytest.FixtureRequest) -> Recording:
    line = request.param.line
    return Recording(line, (wire_dir / line["file"]).read_bytes())


EVERY = lines()
SOUND = [each for each in EVERY if each.failure is None]


@recordings(*EVERY)
def test_a_recording_says_what_was_sent(recording: Recording) -> None:
    response, expect = recording.outcome(recording.body).response, recording.expect
    assert summary(response) == {
        "content": expect["text"],
        "thinking": expect["thinking"],
        "refusal": expect.get("refusal", expect.get("block_reason", "")),
        "tools": [(call["id"], call["name"], *arguments(call["arguments"])) for call in expect["tools"]],
        "finish_reasons": expect["finish_reason"] and [expect["finish_reason"]],
        "tokens": (expect["input_tokens"], expect["output_tokens"], last_usage(expect["raw_usage"])),
        "names": (expect["model"], expect["id"]),
        "plan": expect.get("tool_plan", ""),
        "audio": (expect.get("audio_sha256", digest(b"")), expect.get("transcript", "")),
        "choices": expect.get("choices", [choice(0, expect["text"], expect["finish_reason"])]),
    }


def summary(response: Response) -> dict[str, Any]:
    usage = response.usage or Usage()
    return {
        "content": response.content,
        "thinking": response.thinking,
        "refusal": response.refusal,
        "tools": [(call.id, call.name, *shown(call)) for call in response.tool_calls],
        "finish_reasons": response.finish_reasons,
        "tokens": (usage.input_tokens, usage.output_tokens, usage.raw or None),
        "names": (response.model, response.id),
        "plan": response.tool_plan,
        "audio": (digest(response.audio), response.audio_transcript),
        "choices": [
            choice(each.index, each.content, each.finish_reasons[0] if each.finish_reasons else None)
            for each in response.choices
        ],
    }


def last_usage(raw: dict[str, Any] | None) -> dict[str, Any] | None:
    """Merge Anthropic's two usage objects: only together do they hold every figure."""
    if not raw or "message_start" not in raw:
        return raw or None
    figures = [*raw["message_start"].items(), *as_dict(raw["message_delta"]).items()]
    return {name: figure for name, figure in figures if figure is not None}


def choice(index: int, text: str, reason: str | None) -> dict[str, Any]:
    return {"index": index, "text": text, "finish_reason": reason}


@recordings(*EVERY)
def test_the_blocks_of_a_recording_are_kept_apart(recording: Recording) -> None:
    expect, chunks = recording.expect, recording.outcome(recording.body).chunks
    first = [chunk for chunk in chunks if chunk.index == 0]
    text, thinking = ([expect[name]] * bool(expect[name]) for name in ("text", "thinking"))
    assert parts((chunk.block, chunk.content) for chunk in first) == expect.get("text_parts", text)
    assert parts((chunk.block, chunk.thinking) for chunk in first) == expect.get("thinking_parts", thinking)
    assert "citations" not in expect or sum(len(chunk.citations) for chunk in chunks) == expect["citations"]


def parts(fragments: Iterable[tuple[int | None, str]]) -> list[str]:
    """Join the fragments of each block, in the order of the blocks' first text."""
    found: dict[int | None, str] = {}
    for block, text in fragments:
        if text:
            found[block] = found.get(block, "") + text
    return list(found.values())


def arguments(value: object) -> tuple[object, str | None]:
    """Give a call's arguments, and their text where the manifest has no more than that."""
    text = as_dict(value).get("__unparsed__")
    return (value, None) if text is None else (None, text)


def shown(call: ToolCall) -> tuple[object, str | None]:
    whole = call.complete or call.arguments is not None
    return (call.arguments, None) if whole else (None, call.arguments_text)


def digest(audio: bytes) -> str:
    return hashlib.sha256(audio).hexdigest()


@recordings(*EVERY)
def test_a_recording_ends_as_its_provider_ended_it(recording: Recording) -> None:
    decoder = wire.decoder(**recording.call)
    decoder.feed(recording.body)
    if recording.failure is None:
        decoder.finish()
        assert decoder.response.state == "complete"
        return
    with pytest.raises(recording.failure) as caught:
        decoder.finish()
    assert caught.value.partial == recording.outcome(recording.body).response
    failure = recording.expect.get("error", caught.value.message)
    assert caught.value.message == as_dict(failure).get("message", failure)
    assert "code" not in as_dict(failure) or caught.value.code == str(failure["code"])


@recordings(*EVERY)
def test_a_recording_read_byte_by_byte_is_the_same(recording: Recording) -> None:
    assert_same(recording.outcome(*rechunk(recording.body, size=1)), recording.outcome(recording.body))


@recordings(*EVERY)
def test_a_recording_split_anywhere_is_the_same(recording: Recording) -> None:
    assert_same_however_split(recording)


def assert_same_however_split(recording: Recording) -> None:
    body, whole = recording.body, recording.outcome(recording.body)
    for seed in range(SPLITS):
        rng = random.Random(seed)
        cuts = sorted(rng.sample(range(1, len(body)), int(200 ** rng.random())))
        assert_same(recording.outcome(*(body[start:stop] for start, stop in pairwise([0, *cuts, len(body)]))), whole)


def assert_same(one: Outcome, other: Outcome) -> None:
    assert one.response == other.response
    assert [astuple(chunk) for chunk in one.chunks] == [astuple(chunk) for chunk in other.chunks]
    assert (one.end, one.notes) == (other.end, other.notes)


@recordings(*SOUND)
def test_a_recording_cut_before_its_end_is_an_error_with_what_came(recording: Recording) -> None:
    text = recording.expect["text"]
    last = proven(recording)
    for cut in random.Random(recording.line["file"]).sample(range(last), CUTS):
        with pytest.raises(StreamError) as caught:
            wire.decoder(**recording.call).reduce(recording.body[:cut])
        assert caught.value.partial is not None
        assert text.startswith(caught.value.partial.content), f"cut at byte {cut} of {last}"


def proven(recording: Recording) -> int:
    """Count the bytes that come before the last one of the data that proves the end."""
    if recording.line["api"] in NEVER_CLOSED:  # the body may end behind the first event that has a reason
        braces = (at for at, byte in enumerate(recording.body) if byte == ord("}"))
        return next(at for at in braces if recording.outcome(recording.body[: at + 1]).error is None)
    decoder = wire.open_decoder(**recording.call)
    count = 0
    while not decoder.finish_seen and count < len(recording.body):  # some end with an event that nothing closes
        decoder.feed(recording.body[count : count + 1])
        count += 1
    return len(recording.body[:count].rstrip()) - 1
