"""The options that a context sets for every stream made inside it, and those that are not built yet."""

from typing import Any

import pytest

import streamkit as sk
from streamkit._stream import SharedCall
from streamkit.testing import Script, chat_events


def _io() -> Script:
    return Script(chat_events("Io"))


def _shared(stream: sk.Stream) -> SharedCall:
    return stream._shared  # pyright: ignore[reportPrivateUsage] - no public name shows the options of a call


def _first(stream: sk.Stream) -> float | None:
    return _shared(stream).timeouts.first


def _limits(stream: sk.Stream) -> sk.Limits | None:
    return _shared(stream).request.ask.limits


LIMITS, OTHER = sk.Limits(rpm=10), sk.Limits(rpm=20)
SEVEN, EIGHT = sk.Timeouts(first=7), sk.Timeouts(first=8)
CAPS = sk.Caps(text=100)


def test_a_context_is_the_default_of_every_stream_made_inside() -> None:
    with sk.context(timeouts=SEVEN, limits=LIMITS, caps=CAPS, resend=False):
        stream = sk.stream("openai/gpt-5-mini", "Which moons?")
    ask = _shared(stream).request.ask
    assert (_first(stream), ask.limits, ask.caps, ask.resend) == (7, LIMITS, CAPS, False)
    after = sk.stream("openai/gpt-5-mini", "Which moons?")
    assert (_first(after), _limits(after)) == (600, None)


def test_an_argument_goes_before_a_context_and_the_inner_context_before_the_outer() -> None:
    with sk.context(timeouts=SEVEN, limits=LIMITS), sk.context(timeouts=EIGHT):
        assert _first(sk.stream("openai/gpt-5-mini", "?")) == 8
        assert _first(sk.stream("openai/gpt-5-mini", "?", timeouts=sk.Timeouts(first=9))) == 9
        assert _limits(sk.stream("openai/gpt-5-mini", "?", limits=OTHER)) is OTHER
        assert _limits(sk.openai.stream("gpt-5-mini", "?")) is LIMITS


def test_again_inside_a_context_takes_what_its_call_did_not_give() -> None:
    given = sk.stream("openai/gpt-5-mini", "?", timeouts=EIGHT)
    with sk.context(timeouts=SEVEN, limits=LIMITS):
        again = given.again()
    assert (_first(again), _limits(again)) == (8, LIMITS)
    assert _limits(given) is None
    assert (_first(again.again()), _limits(again.again())) == (8, LIMITS)


def test_a_stream_that_was_made_inside_keeps_it_outside() -> None:
    with sk.context(limits=LIMITS):
        stream = _io().stream()
    assert stream.run().content == "Io"
    assert _limits(stream.again()) is LIMITS


def test_retry_inside_a_context_asks_with_it() -> None:
    outside = _io().stream()
    with sk.context(caps=sk.Caps(text=1)):
        inside = sk.retry(outside)
    with pytest.raises(sk.LimitExceeded):
        inside.run()
    assert outside.run().content == "Io"


def test_a_decorated_function_takes_override_before_context_before_decorator() -> None:
    @sk.call("openai/gpt-5-mini", timeouts=SEVEN, resend=True)
    def moons() -> str:
        return "Which moons?"

    with sk.context(timeouts=EIGHT, resend=False):
        assert _first(moons()) == 8
        assert _shared(moons()).request.ask.resend is False
        assert _first(sk.override(moons, timeouts=sk.Timeouts(first=9))()) == 9
    assert _first(moons()) == 7


def test_prompts_of_a_search_share_the_limits_of_a_context() -> None:
    limits = sk.Limits(rpm=1000)
    with sk.context(limits=limits):
        prompts = ["Which moons?", "Which moons?"]
        found = sk.search(prompts, model="replay/openai", accept="no such text", speed=1000).run()
    sent = limits._sent  # pyright: ignore[reportPrivateUsage] - no public name counts them
    assert (len(found.ledger), len(sent)) == (2, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeouts", 5),
        ("limits", 3),
        ("caps", {"text": 1}),
        ("resend", "no"),
        ("transport", "aiohttp"),
        ("sentinel_ends", "all of them"),
        *(("thinking_tags", wrong) for wrong in (3, "<think>", "", ["think", ""], [["a", "b"]], ("a", 3))),
    ],
)
def test_a_wrong_value_says_what_to_give(name: str, value: object) -> None:
    wrong: dict[str, Any] = {name: value}
    with pytest.raises(sk.ConfigurationError, match=f"{name}="):
        sk.stream("openai/gpt-5-mini", "?", **wrong)
    with pytest.raises(sk.ConfigurationError, match=f"{name}="):
        sk.call("openai/gpt-5-mini", **wrong)


def test_a_wrong_bound_is_named() -> None:
    with pytest.raises(sk.ConfigurationError, match=r"Caps\(text=0\): use a whole number above 0"):
        sk.Caps(text=0)
