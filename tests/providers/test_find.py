"""How a model string finds its provider: ours, a vendor's row, or one from another package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import streamkit as sk
from streamkit.providers import PROVIDERS, CallSpec, find
from streamkit.testing import Script, chat_events

Install = Callable[[str], None]


@pytest.mark.parametrize(
    ("model", "provider", "name"),
    [
        ("openai/gpt-5-mini", "openai", "gpt-5-mini"),
        ("openai/ft:gpt-5-mini:mine::x1", "openai", "ft:gpt-5-mini:mine::x1"),
        ("openai/meta-llama/Llama-4", "openai", "meta-llama/Llama-4"),
        ("openrouter/anthropic/claude", "openrouter", "anthropic/claude"),
    ],
)
def test_what_stands_before_the_first_slash_is_the_provider(model: str, provider: str, name: str) -> None:
    found, rest = find(model)
    assert (found.name, rest) == (provider, name)


@pytest.mark.parametrize(
    "model", ["", "/", "gpt-5-mini", "openai/", "/gpt-5-mini", "openai:gpt-5-mini", None, 5, b"openai/m"]
)
def test_what_is_no_model_string_is_refused_with_an_example(model: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="not of the form 'provider/model', as in 'openai/gpt-5-mini'"):
        find(model)


@pytest.mark.parametrize(("typed", "near"), [("opnai", "openai"), ("OpenAI", "openai"), ("antropic", "anthropic")])
def test_an_unknown_provider_is_answered_with_those_near_it(typed: str, near: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=rf"no provider '{typed}'; near it: .*\b{near}\b"):
        find(f"{typed}/m")


def test_a_name_near_nothing_is_answered_with_all_that_there_are() -> None:
    with pytest.raises(sk.ConfigurationError, match="no provider 'xyzzy-plugh'; there are: ") as caught:
        find("xyzzy-plugh/m")
    assert all(name in str(caught.value) for name in PROVIDERS)


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_of_ours_bears_its_name(name: str) -> None:
    assert find(f"{name}/m")[0].name == name


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Install, None, None]:
    """Install a package with a provider, for the length of a test."""
    cached: Any = vars(importlib.import_module("streamkit.providers"))["_from_outside"]

    def add(entry: str) -> None:
        info = tmp_path / "outside-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[streamkit.providers]\n{entry}\n")
        (tmp_path / "outside_provider.py").write_text(
            dedent(
                """
                class Outside:
                    name = "outside"
                    def request(self, ask):
                        calls.append(ask)
                        return made(ask)

                calls = []
                PROVIDER = Outside()
                """
            )
        )
        monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
        cached.cache_clear()

    yield add
    cached.cache_clear()


async def test_a_provider_from_another_package_answers(install: Install) -> None:
    install("outside = outside_provider:PROVIDER")
    outside: Any = importlib.import_module("outside_provider")
    script = Script(chat_events("Io"))

    def made(_: CallSpec) -> object:
        return vars(script.stream())["_shared"].request

    outside.made = made
    response = await sk.stream("outside/some-model", "Which?", temperature=1)
    (ask,) = outside.calls
    assert isinstance(ask, CallSpec)
    assert (ask.model, ask.params, response.content) == ("some-model", {"temperature": 1}, "Io")


def test_a_provider_from_another_package_is_near_too(install: Install) -> None:
    install("outside = outside_provider:PROVIDER")
    with pytest.raises(sk.ConfigurationError, match="near it: outside"):
        find("outsid/m")


def test_a_package_cannot_take_a_name_of_ours(install: Install) -> None:
    install("openai = outside_provider:PROVIDER")
    assert type(find("openai/m")[0]).__name__ != "Outside"
