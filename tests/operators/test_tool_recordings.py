"""All recordings with tools: what operators make of them is what the manifest expects, however they are cut."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import reactivex as rx
from pydantic import BaseModel

import streamkit as sk
from streamkit import operators as ops
from streamkit import wire
from streamkit.testing import regroup
from tests.operators.test_audio import RECORDINGS

Recording = tuple[str, list[sk.Chunk], list[dict[str, Any]]]


class Given(BaseModel, extra="allow"):
    """Take anything, and give it back."""

    def call(self) -> dict[str, Any]:
        return self.model_dump()


def rows(wire_dir: Path, what: str) -> list[dict[str, Any]]:
    lines = (wire_dir / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["expect"].get(what)]


def with_tools(wire_dir: Path) -> list[Recording]:
    """Read the recordings that come to their end: their chunks, and the calls that a client makes of them."""
    found: list[Recording] = []
    for row in rows(wire_dir, "tools"):
        decoder = wire.decoder(row["api"], row["provider"])
        chunks = decoder.feed((wire_dir / row["file"]).read_bytes())
        with contextlib.suppress(sk.StreamError):
            chunks += decoder.finish()
            calls = [call for call in row["expect"]["tools"] if isinstance(call["arguments"], dict)]
            found.append((row["file"], chunks, [call for call in calls if "__unparsed__" not in call["arguments"]]))
    return found


def collect(operator: Any, chunks: list[sk.Chunk]) -> list[Any]:
    found: list[Any] = []
    rx.from_iterable(chunks).pipe(operator).subscribe(found.append, found.append)
    return found


def test_no_recording_with_tools_or_sound_is_left_out(wire_dir: Path) -> None:
    tools = rows(wire_dir, "tools")
    assert {row["api"] for row in tools} <= set(wire.APIS)
    assert len(with_tools(wire_dir)) >= 60
    assert sorted(row["file"] for row in rows(wire_dir, "audio_bytes")) == RECORDINGS


def test_the_deltas_of_each_call_make_its_arguments(wire_dir: Path) -> None:
    for name, chunks, made in with_tools(wire_dir):
        for parts in (chunks, regroup(chunks, seed=1)):
            deltas = collect(ops.partial_tool_calls(), parts)
            texts = {delta.index: "" for delta in deltas}
            for delta in deltas:
                texts[delta.index] += delta.delta
                assert delta.arguments_text == texts[delta.index]
            last = {delta.index: delta for delta in deltas}
            whole: list[tuple[Any, Any]] = [(each.name, each.arguments or {}) for each in last.values()]
            assert [call for call in made if (call["name"], call["arguments"]) not in whole] == [], name


def test_the_first_call_is_what_until_tool_waits_for(wire_dir: Path) -> None:
    for name, chunks, made in with_tools(wire_dir):
        taken = collect(ops.until_tool(), chunks)
        if made and "custom" not in made[0]:
            (call, *_) = collect(ops.tool_calls(), taken)
            assert (call.name, call.arguments) == (made[0]["name"], made[0]["arguments"]), name


def test_each_call_gives_one_result_in_the_order_of_the_calls(wire_dir: Path) -> None:
    for name, chunks, made in with_tools(wire_dir):
        tools = [sk.as_tool(Given, name=each) for each in sorted({call["name"] for call in made})]
        if not tools or any("custom" in call for call in made):
            continue
        for parts in (chunks, regroup(chunks, seed=2)):
            results = [each for each in collect(ops.run_tools(*tools), parts) if each.error is None]
            expected = [] if _was_cut(parts) else [call["arguments"] for call in made]
            assert [each.output for each in results] == expected, name


def _was_cut(chunks: list[sk.Chunk]) -> bool:
    return any("length" in (chunk.common_finish_reasons or ()) for chunk in chunks)
