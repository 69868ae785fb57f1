"""CPU of a text chunk through Google's and Ollama's own SDK stream and through streamkit."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import Any

import streamkit as sk

from .beside import CHUNKS, MESSAGES, Read, beside, served
from .measure import Series
from .table import Figure, Report

# As Gemini's own API does, each event tells the usage so far; Vertex tells it at the end.
_GOOGLE = """
from streamkit.testing import gemini_event, gemini_events
usage = {"promptTokenCount": 7, "totalTokenCount": 9, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 7}]}
deltas = [gemini_event(word, usageMetadata={**usage, "candidatesTokenCount": n}) for n, word in enumerate(words)]
events = [*deltas, *gemini_events()]
"""
_VERTEX = "from streamkit.testing import gemini_events\nevents = gemini_events(*words)"
_OLLAMA = "from streamkit.testing import ollama_lines\nevents = ollama_lines(*words)"


def main(*, quick: bool) -> list[Report]:
    """Measure each beside its SDK."""
    rounds = 3 if quick else 9
    ways = {"google": (_GOOGLE, _raw_google), "vertex": (_VERTEX, _raw_google), "ollama": (_OLLAMA, _raw_ollama)}
    found = {name: _with_server(name, *way, rounds) for name, way in ways.items()}
    figures = [
        Figure("google, usage on every event: x raw SDK", found["google"].ratio("ours", "raw"), 0.3),
        Figure("google, usage at the end: x raw SDK", found["vertex"].ratio("ours", "raw"), 0.3),
        Figure("ollama: x raw SDK", found["ollama"].ratio("ours", "raw"), 1.1),
    ]
    title = f"A text chunk through Google's and Ollama's SDK and through streamkit ({CHUNKS:,} a call): CPU"
    report = Report(title, ("", "the SDK, us", "streamkit, us"), figures=figures)
    for name, each in found.items():
        report.rows.append((name, *(each.median(way) / CHUNKS * 1e6 for way in ("raw", "ours"))))
    return [report]


def _with_server(name: str, events: str, raw: Callable[[str], Read], rounds: int) -> Series:
    provider = "ollama" if name == "ollama" else "google"

    with served(events) as url:

        async def ours() -> None:
            response = await sk.stream(f"{provider}/m", "?", base_url=url, api_key="k")
            assert len(response.content) > CHUNKS

        return asyncio.run(beside(raw(url), ours, rounds))


def _raw_google(url: str) -> Read:
    async def read() -> None:
        genai: Any = importlib.import_module("google.genai")
        # Its own choice where it is installed, aiohttp, never closes a connection.
        async with importlib.import_module("httpx2").AsyncClient() as http:
            client = genai.Client(api_key="k", http_options={"base_url": url, "httpx_async_client": http})
            stream = await client.aio.models.generate_content_stream(model="m", contents="?")
            assert len("".join([event.text or "" async for event in stream])) > CHUNKS

    return read


def _raw_ollama(url: str) -> Read:
    async def read() -> None:
        client: Any = importlib.import_module("ollama").AsyncClient(host=url)
        stream = await client.chat(model="m", messages=MESSAGES, stream=True)
        assert len("".join([line.message.content or "" async for line in stream])) > CHUNKS
        await client.close()

    return read
