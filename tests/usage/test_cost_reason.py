"""``cost_reason``: a cost that is not known says why."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script, chat_events

KNOWN: dict[str, Any] = {"model": "gpt-4o", "provider": "openai"}


def test_a_known_cost_has_no_reason() -> None:
    response = sk.Response(usage=sk.Usage(1000, 100), **KNOWN)
    assert (response.cost, response.cost_reason) == (0.0035, None)


def test_a_model_without_a_price() -> None:
    stream = Script(chat_events("Io")).stream()
    assert (stream.cost, stream.cost_reason) == (None, "Nothing has been sent yet.")
    response = stream.run()
    assert response.cost_reason == "The price table has no price for 'scripted-1' of 'openai'."
    assert stream.cost_reason == response.cost_reason


def test_an_answer_that_has_reported_nothing() -> None:
    assert sk.Response(**KNOWN).cost_reason == (
        "No usage has arrived yet: the provider reports it with the end of the answer."
    )
    assert sk.Response(state="complete", **KNOWN).cost_reason == "No usage has arrived from the provider."
    missing = sk.Response(state="complete", usage=sk.Usage(7), **KNOWN)
    assert missing.cost_reason == "The provider has not reported the tokens of the answer."
    nameless = sk.Response(state="complete", usage=sk.Usage(7, 2))
    assert nameless.cost_reason == "The name of the model is not known."


def test_a_stopped_call_with_an_estimate() -> None:
    stopped = sk.Response(state="stopped", usage=sk.Usage(None, 40, source="estimated", low=30), **KNOWN)
    assert (stopped.cost, stopped.cost_reason) == (
        None,
        "The tokens of the answer are an estimate, and the provider has not reported those of the prompt.",
    )


def test_a_failed_attempt_without_a_price() -> None:
    failed = sk.Response(state="failed", usage=sk.Usage(7, 2), model="moon-1", provider="openai")
    response = sk.Response(usage=sk.Usage(14, 4), last_usage=sk.Usage(7, 2), attempts=[failed], **KNOWN)
    assert response.cost_reason == (
        "A failed attempt has no price. The price table has no price for 'moon-1' of 'openai'."
    )


def test_no_price_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    response = sk.Response(usage=sk.Usage(1000, 100), **KNOWN)
    assert (response.cost, response.cost_reason) == (None, "There is no price table: pip install 'genai-prices>=0.2'.")
