"""The result of a tool, as it is sent to the model."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

import streamkit as sk
from streamkit.testing import Script, chat_events

CALL = sk.ToolCall("call_1", "look", 0, {}, "{}", complete=True)


class Moon(BaseModel):
    name: str


class Planet(enum.Enum):
    SATURN = "saturn"


@dataclass
class Spot:
    height: float


class Homemade:
    def __str__(self) -> str:
        return "homemade"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("far \x00 away", "far \x00 away"),
        (Moon(name="Io"), {"name": "Io"}),
        ([Moon(name="Io")], [{"name": "Io"}]),
        (Spot(1.5), {"height": 1.5}),
        (Planet.SATURN, "saturn"),
        ({1, 2}, [1, 2]),
        (date(2026, 1, 2), "2026-01-02"),
        ({"木星": None}, {"木星": None}),
        (Homemade(), "homemade"),
        (None, None),
    ],
    ids=str,
)
def test_an_output_is_sent_as_json_and_a_text_unchanged(output: Any, expected: object) -> None:
    text = sk.ToolResult(CALL, output).text
    assert (text if isinstance(output, str) else json.loads(text)) == expected


def test_bytes_are_sent_as_base64() -> None:
    assert sk.ToolResult(CALL, b"\xff\x00").text == "/wA="


def test_an_error_is_sent_as_its_message() -> None:
    assert sk.ToolResult(CALL, error=LookupError("no such moon")).text == "LookupError: no such moon"


def test_results_and_pairs_are_the_messages_of_the_next_turn() -> None:
    stream = Script(chat_events("Io")).stream()
    other = sk.ToolArgumentsError("wrong", id="call_2", name="fly", arguments_text="{")
    expected = [sk.ToolResult(CALL, Moon(name="Io")), (other, str(other)), (CALL, [1])]
    assert stream.tool_message_params(expected) == [
        {"role": "tool", "tool_call_id": "call_1", "name": "look", "content": '{"name":"Io"}'},
        {"role": "tool", "tool_call_id": "call_2", "name": "fly", "content": "wrong"},
        {"role": "tool", "tool_call_id": "call_1", "name": "look", "content": "[1]"},
    ]
