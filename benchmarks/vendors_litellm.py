"""CPU of a text chunk through LiteLLM's own stream and through streamkit; needs the extra litellm."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
from typing import Any

import streamkit as sk

from .beside import CHUNKS, MESSAGES, Read, beside, served
from .measure import Series
from .table import Figure, Report

_ROUTES = {
    "openai/m": "from streamkit.testing import chat_events\nevents = chat_events(*words)",
    "gemini/m": "from streamkit.testing import gemini_events\nevents = gemini_events(*words)",
}
"""One route whose bytes are read in LiteLLM's place, and one that it tells in its own chunks."""


def main(*, quick: bool) -> list[Report]:
    """Measure both kinds of route beside LiteLLM itself."""
    title = f"A text chunk through LiteLLM and through streamkit ({CHUNKS:,} a call): CPU"
    report = Report(title, ("route", "LiteLLM, us", "streamkit, us"))
    if importlib.util.find_spec("litellm") is None:
        report.notes.append("skipped: litellm is not installed")
        return [report]
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    for route, events in _ROUTES.items():
        with served(events) as url:
            series = asyncio.run(_measured(route, url, 3 if quick else 9))
        report.rows.append((route, *(series.median(way) / CHUNKS * 1e6 for way in ("raw", "ours"))))
        report.figures.append(Figure(f"litellm, {route}: x raw", series.ratio("ours", "raw"), 1.1))
    return [report]


async def _measured(route: str, url: str, rounds: int) -> Series:
    async def ours() -> None:
        response = await sk.stream(f"litellm/{route}", "?", base_url=url, api_key="k")
        assert len(response.content) > CHUNKS

    return await beside(_raw(route, url), ours, rounds)


def _raw(route: str, url: str) -> Read:
    litellm: Any = importlib.import_module("litellm")
    options = {"api_base": url, "api_key": "k", "stream_options": {"include_usage": True}}  # as ours asks

    async def read() -> None:
        stream = await litellm.acompletion(model=route, messages=MESSAGES, stream=True, **options)
        assert len("".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])) > CHUNKS

    return read
