"""Law 13: light."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("openai", "anthropic", "cohere", "httpx", "httpx2", "structlog", "pydantic", "aiohttp", "regex")


def loaded_by(code: str) -> set[str]:
    script = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return {name for name in HEAVY if name in done.stdout.split()}


def test_importing_streamkit_imports_no_sdk_and_no_http() -> None:
    assert loaded_by("import streamkit.wire; from streamkit.operators import *") == set()


def test_making_a_stream_imports_no_sdk() -> None:
    assert loaded_by("import streamkit; streamkit.stream('openai/m', 'hi')") == set()


def test_the_response_class_is_loaded_on_first_use() -> None:
    assert loaded_by("import streamkit; streamkit.Response()") == {"pydantic"}
