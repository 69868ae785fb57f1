"""How a model string finds its provider: ours, a vendor's row, or one from another package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from textwrap import dedent
from typing import Any, cast

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
    ("model", "provider", "name"),
    [
        ("gemini/gemini-3-pro", "google", "gemini-3-pro"),
        ("claude/claude-sonnet-5", "anthropic", "claude-sonnet-5"),
        ("aws/amazon.nova-pro-v1:0", "bedrock", "amazon.nova-pro-v1:0"),
        ("openai:gpt-5-mini", "openai", "gpt-5-mini"),
        ("claude:claude-sonnet-5", "anthropic", "claude-sonnet-5"),
        ("together:meta-llama/Llama-4", "together", "meta-llama/Llama-4"),
        ("ollama/llama3:8b", "ollama", "llama3:8b"),
        ("ollama:llama3:8b", "ollama", "llama3:8b"),
        ("openrouter/x:free", "openrouter", "x:free"),
        ("openrouter/openai/gpt-oss:free", "openrouter", "openai/gpt-oss:free"),
        ("replay/openai:moons", "replay", "openai:moons"),
        ("vertex/gemini-3-pro", "google", "gemini-3-pro"),
    ],
)
def test_other_names_of_a_provider_are_understood_and_a_colon_of_the_model_is_left_to_it(
    model: str, provider: str, name: str
) -> None:
    found, rest = find(model)
    assert (found.name, rest) == (provider, name)


@pytest.mark.parametrize(
    ("model", "write"),
    [
        ("gpt-5-mini", "openai/gpt-5-mini"),
        ("o3", "openai/o3"),
        ("claude-sonnet-5", "anthropic/claude-sonnet-5"),
        ("gemini-3-pro", "google/gemini-3-pro"),
        ("grok-5", "xai/grok-5"),
    ],
)
def test_a_model_alone_is_named_right_and_not_sent(model: str, write: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=f"write '{write}'"):
        sk.stream(model, "?")


@pytest.mark.parametrize("model", ["", "/", "gpt-oss-20b", "a:8b", "openai/", "openai:", "/m", None, 5, b"o/m"])
def test_what_is_no_model_string_is_refused_with_an_example(model: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="not of the form 'provider/model', as in 'openai/gpt-5-mini'"):
        find(model)


@pytest.mark.parametrize(("typed", "near"), [("opnai", "openai"), ("OpenAI", "openai"), ("antropic", "anthropic")])
def test_an_unknown_provider_is_answered_with_those_near_it(typed: str, near: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=rf"no provider '{typed}'; near it: .*\b{near}\b"):
        find(f"{typed}/m")


@pytest.mark.parametrize("name", ["gemeni-x", "alexa", "chat", "gpt", "azrael", "grqo", "vllmx2"])
def test_no_provider_is_named_that_is_not_surely_meant(name: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=f"no provider '{name}'; there are: "):
        find(f"{name}/m")


def test_grok_is_a_model_of_xai_and_groq_is_another_vendor() -> None:
    with pytest.raises(sk.ConfigurationError, match=r"'xai/…' for xAI's Grok, or 'groq/…' for Groq"):
        find("grok/grok-5")


@pytest.mark.parametrize("provider", ["openai", "claude", "openrouter"])
def test_with_a_provider_the_model_is_its_whole_name(provider: str) -> None:
    found, rest = find("openai/gpt-5:free", provider=provider)
    assert (found.name, rest) == ({"claude": "anthropic"}.get(provider, provider), "openai/gpt-5:free")


@pytest.mark.parametrize("provider", ["", 5, {"order": ["x"]}, "nobody"])
def test_what_names_no_provider_is_refused(provider: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="provider"):
        find("m", provider=provider)


class Own:
    """The least that a provider is."""

    name = "own"

    def __init__(self, script: Script) -> None:
        self.asks: list[CallSpec] = []
        self._script = script

    def request(self, ask: CallSpec) -> Any:
        self.asks.append(ask)
        return vars(self._script.stream())["_shared"].request


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Own]:
    """Register a provider for the length of a test."""
    monkeypatch.setitem(vars(importlib.import_module("streamkit.providers._find")), "_registered", {})

    def add(name: str) -> Own:
        own = Own(Script(chat_events("Io")))
        sk.register_provider(name, cast("Any", own))
        return own

    return add


async def test_a_registered_provider_is_found_by_every_door(register: Callable[[str], Own]) -> None:
    own = register("minerva")

    @sk.call(provider="minerva", model="m")
    def ask() -> str:
        return "Which?"

    @sk.call("openai/gpt-5-mini")
    def other() -> str:
        return "Which?"

    assert (await sk.stream("minerva/m", "Which?")).content == "Io"
    assert (await sk.stream("m", "Which?", provider="minerva")).content == "Io"
    assert (await sk.stream("minerva:m", "Which?")).content == "Io"
    assert (await ask()).content == "Io"
    with sk.context(model="minerva/m"):
        assert (await other()).content == "Io"
    assert (await sk.override(other, provider="minerva", model="m")()).content == "Io"
    assert [each.model for each in own.asks] == ["m"] * 6
    with pytest.raises(sk.ConfigurationError, match="near it: minerva"):
        find("mnerva/m")


@pytest.mark.parametrize("name", ["openai", "vllm", "gemini", "vertex", "replay", "twice"])
def test_a_name_that_is_taken_is_not_registered_again(register: Callable[[str], Own], name: str) -> None:
    register("twice")
    with pytest.raises(sk.ConfigurationError, match=f"There is a provider '{name}' already"):
        register(name)


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "a b", None])
def test_a_name_that_cannot_stand_in_a_model_string_is_not_registered(
    register: Callable[[str], Own], name: Any
) -> None:
    with pytest.raises(sk.ConfigurationError, match="cannot stand before the slash"):
        register(name)


@pytest.mark.parametrize("given", [None, "openai", Own, object()])
def test_what_is_no_provider_is_not_registered(given: Any) -> None:
    with pytest.raises(sk.ConfigurationError, match="is no provider"):
        sk.register_provider("mine-2", given)


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
    cached: Any = vars(importlib.import_module("streamkit.providers._find"))["_from_outside"]

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
