"""A provider's own door knows the type of the SDK's events."""

from __future__ import annotations

from typing import assert_type

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

import streamkit as sk
from streamkit.testing import FaultServer, chat_events, plan


@pytest.mark.sdk
async def test_a_chunk_of_openais_own_door_is_typed_and_built_when_it_is_read() -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:
        stream = sk.openai.stream("m", "?", base_url=server.base_url + "/v1", api_key="test-key")
        assert_type(stream.response.response, ChatCompletion)
        async for chunk, tool in stream:
            assert_type(chunk.chunk, ChatCompletionChunk)
            assert_type(tool, sk.ToolCall | None)
            assert isinstance(chunk.chunk, ChatCompletionChunk)
    assert server.requests[0].json()["model"] == "m"


def test_it_checks_what_it_is_given_as_the_general_door_does() -> None:
    with pytest.raises(sk.ConfigurationError, match="write a prompt"):
        sk.anthropic.stream("m", "")
    with pytest.raises(sk.ConfigurationError, match="cohere cannot take"):
        sk.cohere.stream("m", "?", tool_choice="one_tool")
