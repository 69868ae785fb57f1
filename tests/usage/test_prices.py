"""Prices: every token is counted once, offline; the provider's own bill goes before the table's."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from streamkit.chunk import Usage
from streamkit.errors import ConfigurationError
from streamkit.usage.prices import price, price_of_output, require_prices

SONNET = {"model": "claude-sonnet-4-20250514", "provider": "anthropic"}  # 3, 15, 0.3 read, 3.75 and 6 written
GPT = {"model": "gpt-4o-2024-08-06", "provider": "openai"}  # 2.5, 10, 1.25 read
GROK = {"model": "grok-4-fast", "provider": "xai"}  # 0.2, 0.5


def dollars(usage: Usage, who: dict[str, str]) -> float | None:
    return price(usage, model=who["model"], provider=who["provider"])


def test_a_price_is_that_of_the_prompt_and_of_the_answer() -> None:
    assert dollars(Usage(1_000_000, 100_000), GPT) == pytest.approx(2.5 + 1)


def test_cached_tokens_that_are_part_of_the_prompt_are_taken_out_of_it() -> None:
    raw = {"prompt_tokens": 1_000_000, "prompt_tokens_details": {"cached_tokens": 400_000}}
    assert dollars(Usage(1_000_000, 0, cached_tokens=400_000, raw=raw), GPT) == pytest.approx(0.6 * 2.5 + 0.4 * 1.25)


def test_cached_tokens_that_stand_beside_the_prompt_are_put_to_it() -> None:
    raw: dict[str, Any] = {
        "input_tokens": 100_000,
        "cache_read_input_tokens": 50_000,
        "cache_creation_input_tokens": 20_000,
    }
    usage = Usage(100_000, 0, cached_tokens=50_000, raw=raw)
    assert dollars(usage, SONNET) == pytest.approx(0.1 * 3 + 0.05 * 0.3 + 0.02 * 3.75)
    raw["cache_creation"] = {"ephemeral_1h_input_tokens": 20_000}
    assert dollars(usage, SONNET) == pytest.approx(0.1 * 3 + 0.05 * 0.3 + 0.02 * 6)


def test_thinking_counts_once_whether_it_is_part_of_the_answer_or_beside_it() -> None:
    inside = Usage(0, 1_000_000, reasoning_tokens=400_000, total_tokens=1_000_000)
    beside = Usage(0, 600_000, reasoning_tokens=400_000, total_tokens=1_000_000)
    assert dollars(inside, GROK) == dollars(beside, GROK) == pytest.approx(0.5)


def test_what_the_provider_bills_goes_before_the_table() -> None:
    assert dollars(Usage(1000, 100, raw={"cost": 0.0123}), GPT) == 0.0123
    assert price(Usage(1, 1, raw={"cost": {"total_cost": 0.005}}), model=None, provider="perplexity") == 0.005
    assert dollars(Usage(1_000_000, 0, source="partial", raw={"cost": 0.0123}), GPT) == pytest.approx(2.5)


def test_cohere_bills_other_figures_than_it_counts() -> None:
    raw = {"billed_units": {"input_tokens": 1_000_000, "output_tokens": 0}, "tokens": {"input_tokens": 9_000_000}}
    assert price(Usage(9_000_000, 0, raw=raw), model="command-a-03-2025", provider="cohere") == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai-responses", "gpt-4o"),
        ("azure", "gpt-4o"),
        ("bedrock", "us.anthropic.claude-3-7-sonnet-20250219-v1:0"),
        ("vertex", "gemini-2.5-flash"),
        ("google", "gemini-2.5-flash"),
        ("xai", "grok-4-fast"),
        ("mistral", "mistral-small-latest"),
        ("groq", "llama-3.3-70b-versatile"),
        ("deepseek", "deepseek-chat"),
        ("openrouter", "openai/gpt-4o"),
        ("litellm", "openai/gpt-4o"),
        ("", "gpt-4o"),
    ],
)
def test_providers_are_known_by_our_names(provider: str, model: str) -> None:
    assert price_of_output(1_000_000, model=model, provider=provider)


@pytest.mark.parametrize(
    ("usage", "model", "provider"),
    [
        (None, "gpt-4o", "openai"),
        (Usage(1, 1), None, "openai"),
        (Usage(1, 1), "nobody's", "openai"),
        (Usage(1, 1), "gpt-4o", "nobody"),
        (Usage(None, 1), "gpt-4o", "openai"),
        (Usage(1, None), "gpt-4o", "openai"),
        (Usage(1, 1, cached_tokens=5), "gpt-4o", "openai"),  # more from the cache than there is
    ],
)
def test_what_is_not_known_has_no_price(usage: Usage | None, model: str | None, provider: str) -> None:
    assert price(usage, model=model, provider=provider) is None


def test_without_the_table_there_is_no_price_and_a_cost_limit_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    assert dollars(Usage(1, 1), GPT) is None
    with pytest.raises(ConfigurationError, match="limit needs a price table: pip install 'genai-prices"):
        require_prices("limit")
