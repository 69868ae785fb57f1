"""No provider costs more than its own SDK: modules import none, and loading one loads no other's."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.providers.doors import every_door

ROOT = Path(__file__).parents[2]
SDKS = ("anthropic", "boto3", "botocore", "cohere", "google.genai", "groq", "litellm", "mistralai", "ollama", "openai")


def loaded_by(code: str) -> set[str]:
    script = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120, cwd=ROOT
    )
    return set(done.stdout.splitlines()[-1].split()).intersection(SDKS)


def test_the_modules_of_all_providers_and_their_unsent_streams_import_no_sdk() -> None:
    made = """
import streamkit as sk
from streamkit.providers import PROVIDERS, compatible
for name in {*PROVIDERS, *compatible.PROVIDERS} - {"replay"}:
    sk.stream(f"{name}/x", "?")
"""
    assert loaded_by(made) == set()


@pytest.mark.sdk
@pytest.mark.skipif(importlib.util.find_spec("botocore") is None, reason="boto3 is not installed")
def test_bedrock_loads_no_more_of_aws_than_it_needs() -> None:
    load = "from streamkit import stream\nstream('bedrock/m', 'hi')._request.load()"
    assert loaded_by(load) == {"botocore"}


# What a call of each provider loads beside what streamkit itself needs; with a key, those not named here load nothing.
LOADED = {
    "litellm openai": {"litellm", "openai"},  # which it imports itself
    "litellm groq": {"litellm", "openai"},
    "litellm anthropic": {"litellm", "openai"},
}


@pytest.mark.sdk
@every_door
def test_a_call_loads_no_sdk_that_it_does_not_need(name: str) -> None:
    call = f"""
from streamkit.testing import FaultServer, plan
from tests.providers.doors import DOORS, ask
with FaultServer(plan("none", DOORS[{name!r}].events("Io"))) as server:
    assert ask({name!r}, server).run().content == "Io"
"""
    assert loaded_by(call) == LOADED.get(name, set())
