"""CPU of a text chunk through each vendor's own SDK stream and through streamkit; sync beside async."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import streamkit as sk

from .beside import CHUNKS, MESSAGES, Read, beside, cpu, served
from .measure import Measured, in_turns
from .table import Figure, Report

_EVENTS = {"anthropic": "anthropic_events", "cohere": "cohere_events", "openai-responses": "responses_events"}


def main(*, quick: bool) -> list[Report]:
    """Measure each vendor beside its SDK, and a sync loop beside an async one."""
    rounds = 3 if quick else 9
    figures = [
        Figure(f"{name}: x raw SDK", _with_server(name, lambda url, n=name: _beside(n, url, rounds)), limit)
        for name, (_, limit) in _VENDORS.items()
    ]
    sync = _with_server("openai", lambda url: _sync_beside_async(url + "/v1", rounds))
    figures.append(Figure("a sync loop: x async", sync, 2.2))
    title = f"A text chunk through a vendor's own SDK and through streamkit ({CHUNKS:,} a call): CPU"
    return [Report(title, ("medians of the rounds' ratios",), figures=figures)]


def _with_server(name: str, measure: Callable[[str], float]) -> float:
    events = _EVENTS.get(name, "chat_events")
    with served(f"from streamkit.testing import {events}\nevents = {events}(*words)") as url:
        return measure(url)


def _beside(name: str, url: str, rounds: int) -> float:
    raw = _VENDORS[name][0](url)

    async def ours() -> None:
        await sk.stream(f"{name}/m", "?", base_url=url, api_key="k")

    return asyncio.run(beside(raw, ours, rounds)).ratio("ours", "raw")


def _raw_anthropic(url: str) -> Read:
    async def read() -> None:
        import anthropic

        async with anthropic.AsyncAnthropic(base_url=url, api_key="k") as client:
            stream = await client.messages.create(model="m", max_tokens=9, messages=MESSAGES, stream=True)
            "".join([getattr(getattr(event, "delta", None), "text", None) or "" async for event in stream])

    return read


def _raw_cohere(url: str) -> Read:
    async def read() -> None:
        import cohere

        async with cohere.AsyncClientV2(base_url=url, api_key="k") as client:
            events = [event async for event in client.chat_stream(model="m", messages=MESSAGES)]
            assert len(events) > CHUNKS

    return read


def _raw_responses(url: str) -> Read:
    async def read() -> None:
        import openai

        async with openai.AsyncOpenAI(base_url=url, api_key="k") as client:
            stream = await client.responses.create(model="m", input="?", stream=True)
            "".join([event.delta async for event in stream if event.type == "response.output_text.delta"])

    return read


def _raw_groq(url: str) -> Read:
    async def read() -> None:
        import groq

        async with groq.AsyncGroq(base_url=url, api_key="k") as client:
            stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
            "".join([event.choices[0].delta.content or "" async for event in stream if event.choices])

    return read


def _raw_mistral(url: str) -> Read:
    async def read() -> None:
        from mistralai.client import Mistral

        async with Mistral(server_url=url, api_key="k") as client:
            stream = await client.chat.stream_async(model="m", messages=MESSAGES)
            "".join([str(event.data.choices[0].delta.content or "") async for event in stream if event.data.choices])

    return read


_VENDORS: dict[str, tuple[Callable[[str], Read], float]] = {
    "anthropic": (_raw_anthropic, 0.6),
    "cohere": (_raw_cohere, 0.2),
    "groq": (_raw_groq, 0.3),
    "mistral": (_raw_mistral, 0.3),
    "openai-responses": (_raw_responses, 0.3),
}
"""Of each vendor: how its own SDK is read, and how much of that streamkit may take."""


def _sync_beside_async(url: str, rounds: int) -> float:
    async def looped() -> None:
        async for _ in sk.stream("openai/m", "?", base_url=url, api_key="k"):
            pass

    def loop() -> None:
        for _ in sk.stream("openai/m", "?", base_url=url, api_key="k"):
            pass

    async def measured() -> float:
        ways: dict[str, Measured] = {
            "async": lambda: cpu(looped),
            "sync": lambda: cpu(lambda: asyncio.to_thread(loop)),
        }
        series = await in_turns(ways, rounds)
        return series.ratio("sync", "async")

    return asyncio.run(measured())
