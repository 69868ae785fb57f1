"""The first bytes name the decoder of an answer that LiteLLM opened; without LiteLLM an error says what to install."""

from __future__ import annotations

import sys

import pytest

import streamkit as sk
from streamkit.providers._litellm_route import Route, RoutedDecoder
from streamkit.testing import anthropic_events, chat_events, rechunk
from tests.wire.outcome import drive

BODIES = {
    "openai_compatible.chat": chat_events("Eu", "ro", "pa"),
    "anthropic.messages": anthropic_events("Eu", "ro", "pa"),
}


@pytest.mark.parametrize("api", BODIES)
@pytest.mark.parametrize("raw", [True, False])
def test_a_route_picks_the_wire_and_says_what_its_end_is_worth(api: str, raw: bool) -> None:
    body = b"".join([Route(api, "groq", raw).line, *BODIES[api]])
    decoder = RoutedDecoder()
    result = drive(decoder, [body])
    assert (result.response.content, result.response.provider, result.error) == ("Europa", "litellm", None)
    assert (decoder.finish_seen, decoder.end_is_proven) == (True, raw)


@pytest.mark.parametrize("api", BODIES)
def test_any_split_of_the_bytes_gives_the_same(api: str) -> None:
    body = b"".join([Route(api, "groq", raw=True).line, *BODIES[api]])
    whole = drive(RoutedDecoder(), [body])
    for size in (1, 7, 50):
        assert drive(RoutedDecoder(), rechunk(body, size=size)).seen == whole.seen


def test_a_body_that_ends_before_anything_is_cut() -> None:
    for begun in (b"", Route("openai_compatible.chat", "groq", raw=True).line):
        assert isinstance(drive(RoutedDecoder(), [begun] * bool(begun)).error, sk.TruncatedError)


async def test_where_it_is_missing_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "litellm", None)
    with pytest.raises(sk.ConfigurationError, match=r"pip install 'litellm\[mcp\]>=1\.100'"):
        await sk.stream("litellm/openai/gpt-x", "?")


def test_what_streamkit_sets_itself_is_refused_at_once() -> None:
    with pytest.raises(sk.ConfigurationError, match="api_base cannot be given here"):
        sk.stream("litellm/openai/gpt-x", "?", api_base="http://127.0.0.1:9")
