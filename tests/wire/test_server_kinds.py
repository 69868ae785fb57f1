"""Every kind of work of a server in the recordings is a server tool, or the docs say that it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit import wire
from streamkit.wire.lenient_json import as_dict, as_dicts, as_text

DOCS = (Path(__file__).parents[2] / "docs" / "tools.md").read_text(encoding="utf-8")
RAW_ONLY = frozenset(re.findall(r"`(\w+)`", DOCS.partition("Only in `chunk.raw`")[2].partition("\n\n")[0]))
CONTENT = frozenset(
    {
        *("message", "reasoning", "function_call", "custom_tool_call", "local_shell_call", "apply_patch_call"),
        *("computer_call", "mcp_approval_request"),
        *("text", "thinking", "redacted_thinking", "tool_use"),
        *("functionCall", "inlineData", "fileData", "thought", "thoughtSignature", "partMetadata"),
        *("toolUse", "reasoningContent", "citation", "image"),
    }
)
"""The items, blocks and parts that are content, or that the client answers."""


def kinds(event: dict[str, Any]) -> Iterator[str]:
    """Name each item, block or part that an event begins or ends."""
    for name in ("item", "content_block"):
        if kind := as_text(as_dict(event.get(name)).get("type")):
            yield kind
    for candidate in as_dicts(event.get("candidates")):
        for part in as_dicts(as_dict(candidate.get("content")).get("parts")):
            yield from part
    for name, inner in (("contentBlockStart", "start"), ("contentBlockDelta", "delta")):
        yield from as_dict(as_dict(event.get(name)).get(inner))
    for choice in as_dicts(event.get("choices")):
        yield from as_dict(choice.get("delta")).keys() & {"executed_tools"}


@pytest.mark.parametrize("which", ["wire_dir", "wire_more_dir"])
def test_no_kind_is_forgotten(which: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(which)
    unlisted: set[str] = set()
    seen: set[str] = set()
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        decoder = wire.open_decoder(row["api"], vendor=row["provider"])
        for chunk in decoder.feed((folder / row["file"]).read_bytes()):
            for kind in {each for each in kinds(chunk.raw) if each not in CONTENT | RAW_ONLY}:
                known = {str(delta.kind) for delta in chunk.server_tools if delta.kind}
                seen |= known
                if not known and not kind.endswith("_output") and kind != "toolResult":
                    unlisted.add(f"{row['file']}: {kind}")
    assert not unlisted, "\n".join(sorted(unlisted))
    assert {"web_search", "web_fetch", "code_execution"} & seen


@pytest.mark.parametrize("which", ["wire_dir", "wire_more_dir"])
def test_every_recorded_tool_of_a_server_has_ended_with_its_answer(which: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(which)
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        try:
            response = wire.reduce(row["api"], (folder / row["file"]).read_bytes(), row["provider"])
        except sk.StreamError:
            continue
        for tool in response.server_tools:
            assert tool.state == "completed" or (tool.name == "program" and response.tool_calls), row["file"]
