"""Recorded streams through the real SDK, a socket and the pump: a Response with what was expected."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, plan, rechunk
from tests.wire.outcome import outcome

pytestmark = pytest.mark.sdk

BLOCKS = 7
# The provider and the path of the address for each format.
DOORS = {
    "anthropic.messages": ("anthropic", ""),
    "azure.inference": ("azure", "/models"),
    "azure.openai.chat": ("azure", "/openai/v1"),
    "azure.openai.responses": ("azure-responses", "/openai/v1"),
    "bedrock.converse": ("bedrock", ""),
    "cohere.v2.chat": ("cohere", ""),
    "gemini.generate_content": ("google", ""),
    "groq.chat": ("groq", ""),
    "mistral.chat": ("mistral", ""),
    "ollama.chat": ("ollama", ""),
    "openai.chat": ("openai", "/v1"),
    "openai.responses": ("openai-responses", "/v1"),
    "openai_compatible.responses": ("openai-responses", "/v1"),
    "openrouter.responses": ("openrouter-responses", "/v1"),
    "xai.responses": ("xai-responses", "/v1"),
}


def lines() -> list[dict[str, Any]]:
    """Read the manifest; where there is none, `wire_dir` skips or fails the tests."""
    manifest = Path(os.environ.get("STREAMKIT_WIRE") or "nowhere") / "manifest.jsonl"
    text = manifest.read_text(encoding="utf-8") if manifest.is_file() else ""
    found = [json.loads(line) for line in text.splitlines()]
    return [line for line in found if line["api"] in DOORS]


every_recording = pytest.mark.parametrize("line", lines() or [{}], ids=lambda line: line.get("file", "no-recordings"))


async def response_of(api: str, body: bytes, choices: int) -> sk.Response:
    """Play a body in several writes; return all that came of it."""
    blocks = rechunk(body, size=len(body) // BLOCKS + 1)
    name, path = DOORS[api]
    with FaultServer(plan("none", blocks, headers={"x-request-id": "req_1", "request-id": "req_1"})) as server:
        settings: dict[str, Any] = {"n": choices} if choices > 1 else {}
        stream = sk.stream(f"{name}/recorded", "?", base_url=server.base_url + path, api_key="test-key", **settings)
        with contextlib.suppress(sk.StreamError):
            await stream
    return stream.response


@every_recording
async def test_a_recording_through_the_real_sdk(wire_dir: Path, line: dict[str, Any]) -> None:
    expect, body = line["expect"], (wire_dir / line["file"]).read_bytes()
    choices = len(expect.get("choices", ["one"]))
    response = await response_of(line["api"], body, choices)
    assert response.request_id == "req_1"
    alone = outcome([body], api=line["api"], vendor=DOORS[line["api"]][0], choices=choices).response
    assert content_of(response) == content_of(alone)
    assert (response.content, response.thinking) == (expect["text"], expect["thinking"])
    assert [(call.id, call.name) for call in response.tool_calls] == [
        (each["id"], each["name"]) for each in expect["tools"]
    ]
    assert (response.finish_reasons or [None]) == [expect["finish_reason"]]
    assert (alone.input_tokens, alone.output_tokens) == (expect["input_tokens"], expect["output_tokens"])
    if response.state == "complete":
        assert (response.input_tokens, response.output_tokens) == (expect["input_tokens"], expect["output_tokens"])
    assert (response.model, response.id) == (expect["model"] or "recorded", expect["id"])
    assert len(response.audio) == expect.get("audio_bytes", 0)
    assert response.state == state(line)


def content_of(response: sk.Response) -> dict[str, Any]:
    """All of a Response but what only a call knows."""
    return response.model_dump(exclude={"model", "request_id", "state", "usage"})


def state(line: dict[str, Any]) -> str:
    sound = "ChatWithBasicAudioOutput" in line["file"]  # ends by the sentinel alone
    cut = {"truncated", "no_finish_reason", "error_midstream"} & set(line["features"])
    return "failed" if cut and not sound else "complete"
