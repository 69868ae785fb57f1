"""Programs of Mirascope run when one word of their imports is replaced, on every provider's own wire."""

from __future__ import annotations

import contextlib
import io
import re
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer
from tests.mirascope.answers import serve
from tests.mirascope.snippets import PROVIDERS, Snippet, for_provider
from tests.providers.doors import marked


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, credentials: None) -> Iterator[FaultServer]:
    with serve() as server:
        for name in ("OPENAI", "ANTHROPIC", "MISTRAL", "GOOGLE", "GROQ", "CO", "AZURE_OPENAI", "XAI"):
            monkeypatch.setenv(f"{name}_API_KEY", "a-key")
        monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it fetches the map when it is imported
        for name, path in _ADDRESSES.items():
            monkeypatch.setenv(name, f"{server.base_url}{path}")
        yield server


_ADDRESSES = {
    "OPENAI_BASE_URL": "/v1",
    "ANTHROPIC_BASE_URL": "",
    "GOOGLE_GEMINI_BASE_URL": "",
    "GROQ_BASE_URL": "",
    "CO_API_URL": "",
    "AZURE_OPENAI_BASE_URL": "/openai/v1/",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "",
}


@pytest.mark.parametrize("provider", [marked(provider) for provider in PROVIDERS])
def test_a_program_of_mirascope_runs_with_one_word_replaced(provider: str, server: FaultServer) -> None:
    snippets = list(for_provider(provider))
    failed = [f"{snippet.name}: {reason}" for snippet in snippets if (reason := failure(snippet, server))]
    assert not failed, "\n".join(failed)


def failure(snippet: Snippet, server: FaultServer) -> str:
    """Run a snippet; return why it failed, or nothing."""
    code = re.sub(r"(?m)^(from|import) mirascope", r"\1 streamkit.mirascope", snippet.code)
    names: dict[str, Any] = {"__name__": "__main__"}
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output), address(snippet.provider, server):
            exec(compile(code, snippet.name, "exec", dont_inherit=True), names)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {str(error)[:200]} ({where.filename.rpartition('/')[2]}:{where.lineno})"
    return "" if snippet.prints in output.getvalue() else f"printed {output.getvalue()[:300]!r}, not {snippet.prints!r}"


def address(provider: str, server: FaultServer) -> AbstractContextManager[None]:
    """Send calls of a provider whose address no variable sets to the server."""
    paths = {"mistral": "", "xai": "/v1"}
    return sk.context(base_url=server.base_url + paths[provider]) if provider in paths else contextlib.nullcontext()


def test_there_are_snippets_enough() -> None:
    assert sum(len(list(for_provider(provider))) for provider in PROVIDERS) >= 400
