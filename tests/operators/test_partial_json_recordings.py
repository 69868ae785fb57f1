"""Structure read from recorded streams: a tool's arguments, and answers that are JSON."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import reactivex as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import regroup
from streamkit.wire import decoder


def rows(wire_dir: Path) -> list[dict[str, Any]]:
    with (wire_dir / "manifest.jsonl").open() as file:
        return [json.loads(line) for line in file]


def chunks_of(wire_dir: Path, row: dict[str, Any]) -> list[sk.Chunk]:
    reading = decoder(row["api"], vendor=row["provider"])
    chunks = reading.feed((wire_dir / row["file"]).read_bytes())
    with contextlib.suppress(sk.TruncatedError):  # some of them are cut after what is looked at here
        chunks += reading.finish()
    return chunks


def collect(operator: Any, elements: list[Any]) -> list[Any]:
    found: list[Any] = []
    rx.from_iterable(elements).pipe(operator).subscribe(found.append, found.append)
    return found


CUT = "__unparsed__"  # how the manifest shows arguments that were cut off


def with_tools(wire_dir: Path) -> list[tuple[str, list[sk.Chunk], Any]]:
    found: list[tuple[str, list[sk.Chunk], Any]] = []
    for row in rows(wire_dir):
        tools: list[Any] = row["expect"].get("tools") or []
        if tools and isinstance(tools[0]["arguments"], dict):
            found.append((row["file"], chunks_of(wire_dir, row), tools[0]["arguments"]))
    assert len(found) >= 50
    return found


def test_the_first_valid_object_is_the_arguments_of_the_first_tool_call(wire_dir: Path) -> None:
    for name, chunks, arguments in with_tools(wire_dir):
        for parts in (chunks, regroup(chunks, seed=1)):
            (found,) = collect(ops.until_valid(dict[str, Any]), parts)
            assert isinstance(found, sk.MalformedError) if CUT in arguments else found == arguments, name


def test_the_last_partial_object_is_the_arguments_of_the_first_tool_call(wire_dir: Path) -> None:
    for name, chunks, arguments in with_tools(wire_dir):
        *parts, last = collect(ops.partial(dict[str, Any]), chunks)
        assert isinstance(last, sk.MalformedError) if CUT in arguments else last == arguments, name
        assert CUT in arguments or all(each.keys() <= arguments.keys() for each in parts), name


def test_answers_that_are_json_are_found_in_their_text(wire_dir: Path) -> None:
    count = 0
    for row in rows(wire_dir):
        text = row["expect"].get("text") or ""
        if text.startswith("{") and text.endswith("}"):
            count += 1
            chunks = chunks_of(wire_dir, row)
            (whole,) = collect(ops.until_valid(dict[str, Any]), chunks)
            assert whole == json.JSONDecoder().raw_decode(text)[0] == collect(ops.fields(), chunks)[-1].value, row[
                "file"
            ]
            assert collect(ops.partial(dict[str, Any]), chunks)[-1] == whole, row["file"]
    assert count
