"""A new pickle of a Response or a Chunk names no module of ours but ``streamkit.response`` and ``streamkit.chunk``."""

from __future__ import annotations

import pickle
import pickletools
from collections.abc import Iterator
from typing import Any

import pytest

import streamkit as sk
from tests.before import answers

MODULES = {"streamkit.response", "streamkit.chunk"}
PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


def names_in(data: bytes) -> Iterator[tuple[str, str]]:
    """Give module and name of every class and function that a pickle names."""
    memo: list[Any] = []
    texts: list[Any] = []  # the texts in the order in which they are pushed, others as None
    opcode: Any
    argument: Any
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in ("GLOBAL", "INST"):
            module, name = argument.split(" ")
            yield module, name
        if opcode.name == "STACK_GLOBAL":
            yield texts[-2], texts[-1]
        if opcode.name == "MEMOIZE":
            memo.append(texts[-1])
        elif opcode.name in ("BINGET", "LONG_BINGET"):
            texts.append(memo[argument] if argument < len(memo) else None)
        else:
            texts.append(argument if isinstance(argument, str) else None)


def modules_in(value: object, protocol: int) -> set[str]:
    modules = {module for module, _ in names_in(pickle.dumps(value, protocol))}
    return {each for each in modules if each.partition(".")[0] == "streamkit"}


@pytest.mark.parametrize("name", answers.RESPONSES)
def test_a_response_names_no_other_module(name: str) -> None:
    response = answers.RESPONSES[name]()
    assert {module for protocol in PROTOCOLS for module in modules_in(response, protocol)} <= MODULES
    for protocol in PROTOCOLS:
        again = pickle.loads(pickle.dumps(response, protocol))
        assert (again, type(again), again.parsed) == (response, sk.Response, response.parsed)
        assert again.model_fields_set == response.model_fields_set


def test_typed_calls_travel_as_the_calls_that_the_model_made() -> None:
    calls = tuple(answers.with_tools().tools)
    again = pickle.loads(pickle.dumps(sk.Response(tool_calls=calls)))
    assert [type(call) for call in again.tool_calls] == [sk.ToolCall, sk.ToolCall]
    assert again.tool_calls == tuple(call.tool_call for call in calls)
    assert modules_in(sk.Response(tool_calls=calls), 4) == {"streamkit.response"}


def test_a_chunk_names_no_other_module() -> None:
    for protocol in PROTOCOLS:
        assert modules_in(answers.full_chunk(), protocol) == {"streamkit.chunk"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_name_in_a_pickle_is_seen(protocol: int) -> None:
    values = [sk.ToolCall(), sk.Timeouts(), sk.ToolCall(), sk.Chunk()]
    assert modules_in(values, protocol) == {"streamkit.tool._calls", "streamkit.settings", "streamkit.chunk"}
