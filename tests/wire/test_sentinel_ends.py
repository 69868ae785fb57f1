"""What `[DONE]` proves: nothing by itself, the end if the user says so, and that no further choice will begin."""

from __future__ import annotations

from typing import Any

import pytest

import streamkit as sk
from streamkit import wire
from streamkit.errors import ConfigurationError, TruncatedError
from streamkit.providers import PROVIDERS, compatible
from streamkit.providers._litellm_route import Route, RoutedDecoder
from streamkit.settings import SentinelEnds
from streamkit.testing import FaultServer, anthropic_events, chat_event, chat_events, plan
from tests.wire.outcome import DONE, drive

CHATS = [api for api, row in wire.APIS.items() if row.decoder.__name__ == "ChatDecoder"]
IO, TITAN = chat_event({"content": "Io"}), chat_event({"content": "Titan"}, index=1)
END, END_1 = chat_event({}, finish="stop"), chat_event({}, index=1, finish="stop")
USAGE = chat_event(None, usage={"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9})


def ends(*events: bytes, choices: int = 1, rule: SentinelEnds | None = None, vendor: str = "openai") -> str | list[str]:
    """Decode a chat: its notes if it is whole, else how it is cut."""
    decoder = wire.open_decoder("openai.chat", vendor=vendor, choices=choices, sentinel_ends=rule)
    result = drive(decoder, events)
    assert result.error is None or type(result.error) is TruncatedError
    return result.notes if result.error is None else result.error.message


@pytest.mark.parametrize("choices", [2, 3, 8])
def test_choices_above_0_that_never_began_are_not_required_after_the_sentinel(choices: int) -> None:
    assert ends(IO, END, USAGE, DONE, choices=choices) == ["choices_missing"]
    assert "for choice 1" in ends(IO, END, USAGE, choices=choices)


def test_a_choice_that_began_must_end() -> None:
    assert "for choice 1" in ends(IO, TITAN, END, DONE, choices=2)
    assert ends(IO, TITAN, END, END_1, DONE, choices=3) == ["choices_missing"]
    empty = chat_event({"role": "assistant", "content": ""}, index=1)
    assert "for choice 1" in ends(IO, empty, END, DONE, choices=2)


def test_choice_0_must_have_an_end_of_its_own() -> None:
    assert "for choice 0" in ends(IO, DONE, choices=2)
    assert "for choice 0" in ends(TITAN, END_1, DONE, choices=2)


@pytest.mark.parametrize("rule", [None, "none", "above 0", "all"])
def test_an_answer_in_which_no_choice_began_is_cut(rule: SentinelEnds | None) -> None:
    for choices in (1, 2):
        for events in ([DONE], [USAGE, DONE], [USAGE]):
            found = ends(*events, choices=choices, rule=rule)
            assert "cut" in found and "sentinel_ends" not in found


@pytest.mark.parametrize(
    ("rule", "one", "two"), [("none", False, False), ("above 0", False, True), ("all", True, True)]
)
def test_the_sentinel_proves_what_the_user_says(rule: SentinelEnds, one: bool, two: bool) -> None:
    assert (ends(IO, DONE, rule=rule) == []) is one
    assert (ends(IO, TITAN, END, DONE, choices=2, rule=rule) == []) is two
    assert (ends(IO, TITAN, DONE, choices=2, rule=rule) == []) is one
    assert "cut" in ends(IO, rule=rule) and "cut" in ends(IO, TITAN, END, choices=2, rule=rule)


def test_what_the_user_says_counts_more_than_the_row_of_the_vendor() -> None:
    assert ends(IO, DONE, vendor="snowflake") == []
    assert "cut" in ends(IO, DONE, vendor="snowflake", rule="none")


def test_a_cut_answer_names_the_option_that_would_take_it() -> None:
    assert 'pass sentinel_ends="all".' in ends(IO, DONE)
    assert 'pass sentinel_ends="all".' in ends(IO, TITAN, END_1, DONE, choices=2)
    assert 'pass sentinel_ends="above 0".' in ends(IO, TITAN, END, DONE, choices=2)
    assert "sentinel_ends" not in ends(IO)


@pytest.mark.parametrize("api", wire.APIS)
def test_a_wire_without_a_sentinel_refuses_the_option(api: str) -> None:
    if api in CHATS or api == "openai.completions":
        wire.decoder(api, sentinel_ends="all")
        return
    with pytest.raises(ConfigurationError, match=f"answers in {api} have no"):
        wire.decoder(api, sentinel_ends="all")


@pytest.mark.parametrize("name", sorted({*PROVIDERS, *compatible.PROVIDERS} - {"replay"}))
def test_every_provider_takes_or_refuses_the_option_at_the_call(name: str) -> None:
    model = f"{name}/openai/m" if name == "litellm" else f"{name}/m"
    if name in ("anthropic", "bedrock", "cohere", "google", "ollama") or name.endswith("-responses"):
        with pytest.raises(ConfigurationError, match="sentinel_ends='all'"):
            sk.stream(model, "?", sentinel_ends="all")
    else:
        sk.stream(model, "?", sentinel_ends="all")


@pytest.mark.parametrize("provider", ["openai", "vllm", "groq", "mistral"])
async def test_a_server_that_gives_no_reason_is_taken_at_its_word_on_every_door(provider: str) -> None:
    with FaultServer(plan("none", chat_events("Euro", "pa", finish=None))) as server:
        call: dict[str, Any] = {"base_url": server.base_url, "api_key": "none"}
        response = await sk.stream(f"{provider}/m", "?", **call, sentinel_ends="all")
        assert (response.content, response.state) == ("Europa", "complete")
        with pytest.raises(TruncatedError, match='sentinel_ends="all"'):
            await sk.stream(f"{provider}/m", "?", **call)


@pytest.mark.parametrize(("api", "tapped"), [("openai_compatible.chat", True), ("openai_compatible.chat", False)])
def test_the_sentinel_that_litellm_makes_up_itself_proves_nothing(api: str, tapped: bool) -> None:
    decoder = RoutedDecoder(sentinel_ends="all")
    result = drive(decoder, [Route(api, "groq", tapped).line, IO, DONE])
    assert isinstance(result.error, TruncatedError) is not tapped


def test_a_wire_that_litellm_chooses_may_have_no_sentinel() -> None:
    line = Route("anthropic.messages", "anthropic", raw=True).line
    assert drive(RoutedDecoder(sentinel_ends="all"), [line, *anthropic_events("Io")]).error is None
