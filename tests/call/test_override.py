"""Overrides and contexts: what they change, for which calls, and for how long."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import streamkit as sk


@sk.call("openai/m", temperature=0.1, base_url="http://127.0.0.1:9/v1", api_key="k")
def ask(what: str = "?") -> str:
    return what


@sk.call("openai/m")
async def ask_later() -> str:
    return "?"


def test_an_override_leaves_the_function_as_it_is() -> None:
    other = sk.override(ask, model="anthropic/claude", call_params={"max_tokens": 5})
    stream = other("Hi")
    assert (stream.provider, stream.model, stream.call_params) == ("anthropic", "claude", {"max_tokens": 5})
    assert (ask().provider, ask().call_params) == ("openai", {"temperature": 0.1})
    assert other.__name__ == "ask"


def test_another_provider_is_not_given_the_key_and_address_of_the_first() -> None:
    assert sk.override(ask, provider="anthropic", model="claude")().request.base_url is None
    assert sk.override(ask, model="m2")().request.base_url == "http://127.0.0.1:9/v1"


def test_a_context_counts_where_the_function_is_called() -> None:
    with sk.context(model="m2"):
        with sk.context(call_params={"seed": 1}):
            inner = ask()
        outer = ask()
    assert (inner.model, inner.call_params) == ("m2", {"seed": 1})
    assert (outer.model, outer.call_params) == ("m2", {"temperature": 0.1})
    assert ask().model == "m"


def test_an_override_is_nearer_than_a_context() -> None:
    with sk.context(model="m2", tools=[{"name": "a", "parameters": {}}]):
        stream = sk.override(ask, model="m3")()
    assert (stream.model, len(stream.tool_types)) == ("m3", 1)


async def test_an_async_call_keeps_the_context_that_it_was_made_in() -> None:
    with sk.context(model="m2"):
        made = ask_later()
    assert (await made).model == "m2"


async def test_contexts_of_other_tasks_and_threads_are_their_own() -> None:
    async def one(name: str) -> list[str]:
        with sk.context(model=name):
            found = [ask().model]
            await asyncio.sleep(0)
            return [*found, (await ask_later()).model]

    names = [f"m{at}" for at in range(5)]
    assert await asyncio.gather(*map(one, names)) == [[name, name] for name in names]
    with ThreadPoolExecutor(1) as pool, sk.context(model="m2"):
        assert pool.submit(lambda: ask().model).result() == "m"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"provider": "anthropic"}, "needs a model"),
        ({"temperature": 1}, "call_params"),
        ({"stream": True, "output_parser": str}, "output_parser"),
        ({"model": "nobody/m"}, "no provider"),
        ({"keep": -1}, "keep"),
    ],
)
def test_options_that_cannot_be_overridden_raise_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=message):
        sk.override(ask, **options)
    with pytest.raises(sk.ConfigurationError, match=message), sk.context(**options):
        pass


def test_a_bound_method_stays_bound() -> None:
    class Guide:
        planet = "Jupiter"

        @sk.call("openai/m")
        def ask(self, what: str) -> str:
            return f"Which moons of {self.planet} may hold {what}?"

    changed = sk.override(Guide().ask, model="n")
    assert changed("life").messages == (sk.Messages.User("Which moons of Jupiter may hold life?"),)
    assert changed("life").model == "n"
