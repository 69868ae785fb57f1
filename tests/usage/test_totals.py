"""``total_tokens``: the provider's own total, or the sum of the parts that are known."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import Script, chat_events
from streamkit.usage.prices import output_of
from tests.wire.wires import WIRES


@pytest.mark.parametrize("api", WIRES)
def test_every_format_has_a_total_where_it_has_the_parts(api: str) -> None:
    usage = sk.wire.reduce(api, b"".join(WIRES[api].events)).usage
    if usage is not None and usage.input_tokens is not None and usage.output_tokens is not None:
        assert usage.total_tokens is not None and usage.total_tokens >= usage.input_tokens + usage.output_tokens


def test_cached_tokens_that_are_counted_apart_are_part_of_the_total() -> None:
    raw = {"cache_read_input_tokens": 100, "cache_creation_input_tokens": 10}
    apart = sk.Usage(7, 2, cached_tokens=100, cache_write_tokens=10, reasoning_tokens=1, raw=raw).with_total()
    assert (apart.total_tokens, output_of(apart)) == (119, 2)
    assert sk.Usage(107, 2, cached_tokens=100, raw={"prompt_tokens": 107}).with_total().total_tokens == 109


@pytest.mark.parametrize("usage", [sk.Usage(), sk.Usage(7), sk.Usage(None, 2)])
def test_a_total_is_not_invented(usage: sk.Usage) -> None:
    assert usage.with_total().total_tokens is None


def test_a_usage_that_travels_is_what_it_was() -> None:
    for usage in (sk.Usage(7, 2), sk.Usage(7, 2).with_total(), sk.Usage(7, 2, total_tokens=20)):
        travelled: Any = pickle.loads(pickle.dumps(usage))
        assert travelled == usage and travelled.total_tokens == usage.total_tokens
    assert sk.Usage(7, 2) != sk.Usage(7, 2, total_tokens=20)


def test_a_call_that_is_over_has_a_total() -> None:
    response = Script(chat_events("Io")).stream().run()
    assert response.usage is not None and response.usage.total_tokens == 8
