"""The key of an answer in a cache: what determines the answer changes it, and nothing else does."""

from typing import Any

import anthropic
import cohere
import openai
import pytest

import streamkit as sk
from streamkit.providers._cache_key import cache_key, check_sampling

PROMPT = "Which moons may hold life?"

ASK: dict[str, Any] = {"temperature": 0, "api_key": "sk-canary-0123456789"}


def key(model: str = "openai/m", prompt: str = PROMPT, **options: Any) -> str | None:
    return cache_key(sk.stream(model, prompt, **(ASK | options))._shared.request)  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": "sk-other-0123456789"},
        {"timeouts": sk.Timeouts(first=1)},
        {"limits": sk.Limits(concurrency=1)},
        {"caps": sk.Caps(text=1)},
        {"keep": 3},
        {"resend": False},
        {"extra_headers": {"x-api-key": "sk-other"}, "timeout": 3},
        {"base_url": "https://api.openai.com/v1"},
        {"base_url": "https://ann:secret@api.openai.com/v1"},
    ],
)
def test_who_asks_and_how_is_no_part_of_the_key(options: dict[str, Any]) -> None:
    assert key(**options) == key()


@pytest.mark.parametrize(
    "options",
    [
        {"prompt": "Which moons?"},
        {"system": "Answer in one word."},
        {"model": "openai/m-2"},
        {"model": "anthropic/m", "max_tokens": 10},
        {"temperature": 0.1},
        {"max_tokens": 10},
        {"tools": [{"name": "look", "description": "", "parameters": {"type": "object"}}]},
        {"stream": False},
        {"base_url": "http://localhost:8000/v1"},
        {"extra_headers": {"x-beta": "1"}},
        {"extra_query": {"version": 2}},
        {"extra": {"top_k": 3}},
        {"sentinel_ends": "all"},
        {"thinking_tags": "think"},
    ],
)
def test_what_determines_the_answer_changes_the_key(options: dict[str, Any]) -> None:
    assert key(**options) != key()


@pytest.mark.sdk
def test_the_address_of_the_environment_and_of_a_client_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1")
    local = key()
    monkeypatch.delenv("OPENAI_BASE_URL")
    assert local != key()
    for model, kind in (
        ("openai/m", openai.AsyncOpenAI),
        ("anthropic/m", anthropic.AsyncAnthropic),
        ("cohere/m", cohere.AsyncClientV2),
    ):
        given: dict[str, Any] = {"api_key": None, "max_tokens": 10}
        one, same, other = (
            key(model, client=kind(api_key=api_key, base_url=f"http://localhost:{port}/v1"), **given)
            for api_key, port in (("one", 8000), ("two", 8000), ("one", 8001))
        )
        assert one == same != other


@pytest.mark.parametrize(
    "model", ["openai/m", "openai-responses/m", "anthropic/m", "cohere/m", "google/m", "mistral/m", "ollama/m", "xai/m"]
)
def test_a_temperature_of_0_is_found_in_every_form_of_a_body(model: str) -> None:
    given: dict[str, Any] = {"max_tokens": 10, "api_key": "none"}

    def request(**options: Any) -> Any:
        return sk.stream(model, PROMPT, **given, **options)._shared.request  # pyright: ignore[reportPrivateUsage]

    check_sampling(request(temperature=0))
    check_sampling(request(temperature=0.0))
    with pytest.raises(sk.ConfigurationError, match=r"a call with temperature=0\.5 has another answer each time"):
        check_sampling(request(temperature=0.5))
    with pytest.raises(sk.ConfigurationError, match="a call without temperature= has another answer each time"):
        check_sampling(request())
