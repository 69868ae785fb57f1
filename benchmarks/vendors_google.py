"""CPU of a text chunk through Google's and Ollama's own SDK stream and through streamkit."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import streamkit as sk

from .measure import Series, in_turns
from .table import Figure, Report

_CHUNKS = 2000
# As Gemini's own API does, each event tells the usage so far; Vertex tells it at the end.
_SERVER = """
import sys
from streamkit.testing import FaultServer, gemini_event, gemini_events, ollama_lines, plan
name, chunks = sys.argv[1], int(sys.argv[2])
words = [f"word{n} " for n in range(chunks)]
usage = {"promptTokenCount": 7, "totalTokenCount": 9, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 7}]}
told = [gemini_event(word, usageMetadata={**usage, "candidatesTokenCount": n}) for n, word in enumerate(words)]
events = {"google": [*told, *gemini_events()], "vertex": gemini_events(*words), "ollama": ollama_lines(*words)}[name]
with FaultServer(plan("none", events)) as server:
    print(server.base_url, flush=True)
    sys.stdin.read()
"""


def main(*, quick: bool) -> list[Report]:
    """Measure each beside its SDK."""
    rounds = 3 if quick else 9
    raw = {"google": _raw_google, "vertex": _raw_google, "ollama": _raw_ollama}
    found = {name: _with_server(name, raw[name], rounds) for name in raw}
    figures = [
        Figure("google, usage on every event: x raw SDK", found["google"].ratio("ours", "raw"), 0.3),
        Figure("google, usage at the end: x raw SDK", found["vertex"].ratio("ours", "raw"), 0.3),
        Figure("ollama: x raw SDK", found["ollama"].ratio("ours", "raw"), 1.1),
    ]
    title = f"A text chunk through Google's and Ollama's SDK and through streamkit ({_CHUNKS:,} a call): CPU"
    report = Report(title, ("", "the SDK, us", "streamkit, us"), figures=figures)
    for name, each in found.items():
        report.rows.append((name, *(each.median(way) / _CHUNKS * 1e6 for way in ("raw", "ours"))))
    return [report]


def _with_server(name: str, raw: Callable[[str], Callable[[], Awaitable[None]]], rounds: int) -> Series:
    command = [sys.executable, "-c", _SERVER, name, str(_CHUNKS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            url = server.stdout.readline().strip()
            return asyncio.run(_beside(raw(url), "ollama" if name == "ollama" else "google", url, rounds))
        finally:
            server.stdin.close()


async def _beside(raw: Callable[[], Awaitable[None]], provider: str, url: str, rounds: int) -> Series:
    async def ours() -> None:
        response = await sk.stream(f"{provider}/m", "?", base_url=url, api_key="k")
        assert len(response.content) > _CHUNKS

    return await in_turns({"raw": lambda: _cpu(raw), "ours": lambda: _cpu(ours)}, rounds)


def _raw_google(url: str) -> Callable[[], Awaitable[None]]:
    async def read() -> None:
        genai: Any = importlib.import_module("google.genai")
        # Its own choice where it is installed, aiohttp, never closes a connection.
        async with importlib.import_module("httpx2").AsyncClient() as http:
            client = genai.Client(api_key="k", http_options={"base_url": url, "httpx_async_client": http})
            stream = await client.aio.models.generate_content_stream(model="m", contents="?")
            assert len("".join([event.text or "" async for event in stream])) > _CHUNKS

    return read


def _raw_ollama(url: str) -> Callable[[], Awaitable[None]]:
    async def read() -> None:
        client: Any = importlib.import_module("ollama").AsyncClient(host=url)
        stream = await client.chat(model="m", messages=[{"role": "user", "content": "?"}], stream=True)
        assert len("".join([line.message.content or "" async for line in stream])) > _CHUNKS
        await client.close()

    return read


async def _cpu(read: Callable[[], Awaitable[None]]) -> float:
    began = time.process_time()
    await read()
    return time.process_time() - began
