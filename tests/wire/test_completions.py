"""The completions wire that came before chat."""

from __future__ import annotations

import pytest

from streamkit.errors import ProviderError, TruncatedError
from tests.wire.outcome import DONE, data, outcome

API = "openai.completions"


def says(text: str | None, finish: str | None = None, index: int = 0, **fields: object) -> bytes:
    choice = {"text": text, "index": index, "logprobs": None, "finish_reason": finish}
    return data({"id": "cmpl-1", "object": "text_completion", "choices": [choice], "model": "m-1", **fields})


def test_the_text_stands_in_the_choice() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    last = data({"id": "cmpl-1", "choices": [], "usage": usage})
    response = outcome([says("Eu"), says("ropa", "length"), last, DONE], api=API).response
    assert (response.content, response.finish_reasons, response.id, response.model) == (
        "Europa",
        ["length"],
        "cmpl-1",
        "m-1",
    )
    assert (response.input_tokens, response.output_tokens) == (3, 2)


def test_interleaved_choices_are_kept_apart() -> None:
    events = [says("I"), says("Ti", index=1), says("o", "stop"), says("tan", "stop", index=1), DONE]
    result = outcome(events, api=API, choices=2)
    assert [choice.content for choice in result.response.choices] == ["Io", "Titan"]
    assert result.error is None


@pytest.mark.parametrize("last", [[], [DONE], [says(None), DONE], [data({"choices": [{"index": 0}]})]])
def test_without_a_finish_reason_it_is_cut(last: list[bytes]) -> None:
    result = outcome([says("Eu"), *last], api=API)
    assert isinstance(result.error, TruncatedError) and result.response.content == "Eu"


def test_an_error_inside_is_the_providers() -> None:
    result = outcome([says("Eu"), data({"error": {"message": "Broken.", "type": "server_error"}})], api=API)
    assert isinstance(result.error, ProviderError) and result.error.message == "Broken."


def test_any_text_is_read_as_it_is() -> None:
    texts = ["a", '"', "\\", "é", "🌋", '"text":"x"', "", "\u2028"] * 3
    assert outcome([*map(says, texts), says("", "stop"), DONE], api=API).response.content == "".join(texts)
