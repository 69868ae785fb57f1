"""Two turns with a tool on every provider: what a stream hands out as messages makes a valid next request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, plan

from .scripted import NAME, WIRES

pytestmark = pytest.mark.sdk


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What Bedrock signs with; the machine's own stay out."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-key")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


def look_up(moon: str) -> str:
    """Look a moon up."""
    return f"{moon} has volcanoes."


@pytest.mark.parametrize("provider", WIRES)
def test_two_turns_with_a_tool(provider: str) -> None:
    if provider == "groq":
        pytest.importorskip("groq")  # its SDK is an extra
    wire = WIRES[provider]
    with FaultServer([plan("none", wire.call), plan("none", wire.text)]) as server:
        key = None if provider == "bedrock" else "test-key"

        @sk.call(f"{provider}/m", tools=[look_up], base_url=server.base_url + wire.path, api_key=key)
        def ask(history: list[Any]) -> list[Any]:
            return history

        history: list[Any] = [sk.Messages.User("Is Io hot?")]
        first = ask(history)
        outputs = [(tool, tool.call()) for _, tool in first if tool]
        assert [output for _, output in outputs] == ["Io has volcanoes."]
        history += [first.message_param, *first.tool_message_params(outputs)]
        second = ask(history)
        assert (second.run().content, second.state) == ("Io is hot.", "complete")
        sent = json.dumps(server.requests[1].json())
    assert NAME in sent and wire.answered_by in sent
    assert sent.index("Is Io hot?") < sent.index("Io has volcanoes.")
