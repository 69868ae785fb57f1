"""The peers: what each installs into an environment of its own, outside the checkout, and how it is called."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Peer:
    """One row of the table.

    Args:
        title: Name in the table.
        reader: Function of ``worker.py``.
        packages: What is installed; empty for this checkout.
        shown: Package whose version is shown.
    """

    title: str
    reader: str
    packages: tuple[str, ...] = ()
    shown: str = "streamkit"

    @property
    def python(self) -> Path:
        """The Python of the peer's environment."""
        return Path(sys.executable) if not self.packages else _folder() / self.shown / "bin/python"

    def install(self) -> None:
        """Make the peer's environment, or renew it."""
        if self.packages:
            uv = Path(sys.executable).parent / "uv"
            subprocess.run(
                [uv, "venv", "--quiet", "--clear", "--python", sys.executable, _folder() / self.shown], check=True
            )
            install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", self.python, *self.packages]
            subprocess.run(install, check=True)

    def versions(self) -> str:
        """Name the versions that count: the peer's own, and those of what it sends its requests with."""
        names = [self.shown, *(name for name in ("openai", "httpx2", "httpx", "aiohttp") if name != self.shown)]
        code = (
            "import importlib.metadata as m, sys\n"
            "found = {d.metadata['name'].lower(): d.version for d in m.distributions()}\n"
            "print(', '.join(f'{name} {found[name]}' for name in sys.argv[1:] if name in found))"
        )
        return subprocess.run(
            [self.python, "-c", code, *names], check=True, capture_output=True, text=True, cwd=_ROOT
        ).stdout.strip()


CHAT = (
    Peer("aiohttp and orjson by hand", "aiohttp", ("aiohttp", "orjson"), "aiohttp"),
    Peer("streamkit", "streamkit"),
    Peer("streamkit over httpx2", "streamkit_httpx"),
    Peer("streamkit through openai's client", "streamkit_sdk"),
    Peer("openai", "openai", ("openai",), "openai"),
    Peer("reliable-ai-streams-py", "reliable", ("reliable-ai-streams-py[openai]",), "reliable-ai-streams-py"),
    Peer("mirascope", "mirascope", ("mirascope[openai]>=2",), "mirascope"),
    Peer("pydantic-ai", "pydantic_ai", ("pydantic-ai-slim[openai]",), "pydantic-ai-slim"),
    Peer("langchain-openai", "langchain", ("langchain-openai",), "langchain-openai"),
    Peer("litellm", "litellm", ("litellm[mcp]",), "litellm"),
)
"""Those that read OpenAI's chat API."""
ANTHROPIC = (
    Peer("streamkit, Anthropic's API", "streamkit_anthropic"),
    Peer("anthropic", "anthropic", ("anthropic",), "anthropic"),
)
"""Those that read Anthropic's messages."""


def _folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "streamkit-peers"
