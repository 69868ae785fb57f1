"""``streamkit providers`` and ``streamkit models``: what there is here, without a network and without a key's value."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

import streamkit.cli._providers as providers
from streamkit import cli
from streamkit.providers import PROVIDERS, compatible

Answered = Callable[..., tuple[int, str, str]]
KEY = "sk-a-made-up-key"


def row(out: str, name: str) -> str:
    """Return the line of a provider, with those below it that belong to it."""
    lines = out.splitlines()
    first = next(at for at, line in enumerate(lines) if line.split()[:1] == [name])
    rest = next(at for at in range(first + 1, len(lines)) if not lines[at].startswith("  "))
    return " ".join(" ".join(lines[first:rest]).split())


def test_every_provider_has_a_line(answered: Answered) -> None:
    code, out, err = answered("providers")
    assert (code, err) == (cli.OK, "")
    first = {line.split()[0] for line in out.splitlines() if line[:1].strip()}
    assert {*PROVIDERS, *compatible.PROVIDERS} <= first


def test_a_key_is_shown_as_set_and_its_value_never(answered: Answered, monkeypatch: pytest.MonkeyPatch) -> None:
    assert row(answered("providers")[1], "openai") == "openai no key OPENAI_API_KEY"
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("VLLM_BASE_URL", "http://user:password@localhost/v1")
    out = answered("providers")[1]
    assert row(out, "openai") == "openai ready OPENAI_API_KEY is set"
    assert row(out, "google") == "google ready GOOGLE_API_KEY or GEMINI_API_KEY is set"
    assert "VLLM_BASE_URL is set" in row(out, "vllm")
    assert KEY not in out and "password" not in out


def test_a_missing_extra_is_named(answered: Answered, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        """Find no package of any name."""

    monkeypatch.setattr(providers, "find_spec", missing)
    out = answered("providers")[1]
    assert row(out, "bedrock").startswith("bedrock missing ")
    assert "pip install 'boto3>=1.40'" in row(out, "bedrock")
    assert "pip install 'litellm[mcp]>=1.100'" in row(out, "litellm")


def test_models_are_counted_for_each_provider_and_the_source_is_named(answered: Answered) -> None:
    code, out, _ = answered("models")
    assert code == cli.OK
    assert row(out, "replay").startswith("replay 6 recordings")
    assert int(row(out, "openai").split()[1]) > 10
    assert "no provider is asked" in out and "price table of genai-prices" in out


@pytest.mark.parametrize(
    ("given", "name"), [("openai", "openai"), ("xai-responses", "xai-responses"), ("aws", "bedrock")]
)
def test_the_models_of_a_provider_have_its_name_before_them(answered: Answered, given: str, name: str) -> None:
    code, out, _ = answered("models", given)
    models = [line.split()[-1] for line in out.splitlines() if f"  {name}/" in line]
    assert code == cli.OK
    assert len(models) > 5 and models == sorted(models)


def test_a_provider_without_known_models_says_so(answered: Answered) -> None:
    code, out, _ = answered("models", "vllm")
    assert code == cli.OK
    assert out.startswith("No model of vllm is known on this machine.")


def test_an_unknown_provider_is_refused_with_a_hint(answered: Answered) -> None:
    code, out, err = answered("models", "opnai")
    assert (code, out) == (cli.USAGE, "")
    assert "near it: openai" in err


def test_without_the_price_table_the_recordings_are_listed(answered: Answered, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise ImportError(name)

    monkeypatch.setitem(sys.modules, "genai_prices", None)
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    monkeypatch.setattr("streamkit.cli._models.version", missing)
    code, out, _ = answered("models")
    assert code == cli.OK
    assert "replay" in out and "pip install 'genai-prices" in out
    assert "replay/openai:moons" in answered("models", "replay")[1]
