"""No provider costs more than its own SDK: modules import none, and loading one loads no other's."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

SDKS = ("anthropic", "boto3", "botocore", "cohere", "google.genai", "groq", "litellm", "mistralai", "ollama", "openai")


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.splitlines()[-1].split()).intersection(SDKS)


def test_the_modules_of_all_providers_import_no_sdk() -> None:
    assert (
        loaded_by("from streamkit.providers import PROVIDERS, find\nfor name in PROVIDERS: find(f'{name}/x')") == set()
    )


@pytest.mark.sdk
@pytest.mark.skipif(importlib.util.find_spec("botocore") is None, reason="boto3 is not installed")
def test_bedrock_loads_no_more_of_aws_than_it_needs() -> None:
    load = "from streamkit import stream\nstream('bedrock/m', 'hi')._request.load()"
    assert loaded_by(load) == {"botocore"}


@pytest.mark.sdk
@pytest.mark.parametrize(
    ("name", "sdks"),
    [
        ("azure", set[str]()),
        ("groq", {"groq"}),
        ("mistral", set[str]()),
        ("openai-responses", {"openai"}),
        ("xai-responses", {"openai"}),
    ],
)
def test_a_call_loads_the_sdk_of_its_provider_and_no_other(name: str, sdks: set[str]) -> None:
    call = f"""
import streamkit as sk
from streamkit.testing import FaultServer, chat_events, plan, responses_events
events = responses_events if "responses" in "{name}" else chat_events
with FaultServer(plan("none", events("Io"))) as server:
    sk.stream("{name}/m", "?", base_url=server.base_url + "/models", api_key="k").run()
"""
    assert loaded_by(call) == sdks
