"""Law 11: usage is set, never added."""

from __future__ import annotations

from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script, chat_event, chat_events

DONE = b"data: [DONE]\n\n"


def usage(inputs: int, outputs: int, **more: Any) -> dict[str, Any]:
    return {"usage": {"prompt_tokens": inputs, "completion_tokens": outputs, **more}}


async def test_the_last_of_cumulative_figures_counts() -> None:
    events = [chat_event({"content": "I"}, **usage(7, 1)), chat_event({"content": "o"}, finish="stop", **usage(7, 2))]
    response = await Script([*events, chat_event(None, **usage(7, 2)), DONE]).stream()
    assert (response.input_tokens, response.output_tokens) == (7, 2)


async def test_cached_and_reasoning_tokens_stand_apart() -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 3}, "completion_tokens_details": {"reasoning_tokens": 5}}
    end = chat_event({"content": "Io"}, finish="stop", **usage(7, 9, total_tokens=16, **details))
    found = (await Script([end, DONE]).stream()).usage
    assert found is not None
    assert (found.input_tokens, found.cached_tokens, found.output_tokens, found.reasoning_tokens) == (7, 3, 9, 5)
    assert (found.total_tokens, found.source) == (16, "provider")


async def test_figures_that_nobody_gave_are_none() -> None:
    response = await Script(chat_events("Io", usage=False)).stream()
    assert response.usage is response.input_tokens is response.output_tokens is None


async def test_figures_of_a_stream_that_did_not_end_are_partial() -> None:
    with pytest.raises(sk.TruncatedError) as caught:
        await Script([chat_event({"content": "Io"}, **usage(7, 1))]).stream()
    assert caught.value.partial is not None and caught.value.partial.usage is not None
    assert caught.value.partial.usage.source == "partial"
