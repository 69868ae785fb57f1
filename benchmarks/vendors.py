"""CPU of a text chunk through each vendor's own SDK stream and through streamkit; sync beside async."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import streamkit as sk

from .measure import Measured, in_turns
from .table import Figure, Report

_CHUNKS = 2000
_SERVER = """
import sys
from streamkit.testing import FaultServer, anthropic_events, chat_events, cohere_events, plan, responses_events
own = {"anthropic": anthropic_events, "cohere": cohere_events, "openai-responses": responses_events}
events = own.get(sys.argv[1], chat_events)
with FaultServer(plan("none", events(*[f"word{n} " for n in range(int(sys.argv[2]))]))) as server:
    print(server.base_url, flush=True)
    sys.stdin.read()
"""
_MESSAGES: Any = [{"role": "user", "content": "?"}]


def main(*, quick: bool) -> list[Report]:
    """Measure each vendor beside its SDK, and a sync loop beside an async one."""
    rounds = 3 if quick else 9
    figures = [
        Figure(f"{name}: x raw SDK", _with_server(name, lambda url, n=name: _beside(n, url, rounds)), limit)
        for name, (_, limit) in _VENDORS.items()
    ]
    sync = _with_server("openai", lambda url: _sync_beside_async(url + "/v1", rounds))
    figures.append(Figure("a sync loop: x async", sync, 2.2))
    title = f"A text chunk through a vendor's own SDK and through streamkit ({_CHUNKS:,} a call): CPU"
    return [Report(title, ("medians of the rounds' ratios",), figures=figures)]


def _with_server(name: str, measure: Callable[[str], float]) -> float:
    command = [sys.executable, "-c", _SERVER, name, str(_CHUNKS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        try:
            return measure(server.stdout.readline().strip())
        finally:
            server.stdin.close()


def _beside(name: str, url: str, rounds: int) -> float:
    raw = _VENDORS[name][0](url)

    async def ours() -> None:
        await sk.stream(f"{name}/m", "?", base_url=url, api_key="k")

    async def measured() -> float:
        series = await in_turns({"raw": lambda: _cpu(raw), "ours": lambda: _cpu(ours)}, rounds)
        return series.ratio("ours", "raw")

    return asyncio.run(measured())


def _raw_anthropic(url: str) -> Callable[[], Awaitable[None]]:
    async def read() -> None:
        import anthropic

        async with anthropic.AsyncAnthropic(base_url=url, api_key="k") as client:
            stream = await client.messages.create(model="m", max_tokens=9, messages=_MESSAGES, stream=True)
            "".join([getattr(getattr(event, "delta", None), "text", None) or "" async for event in stream])

    return read


def _raw_cohere(url: str) -> Callable[[], Awaitable[None]]:
    async def read() -> None:
        import cohere

        async with cohere.AsyncClientV2(base_url=url, api_key="k") as client:
            events = [event async for event in client.chat_stream(model="m", messages=_MESSAGES)]
            assert len(events) > _CHUNKS

    return read


def _raw_responses(url: str) -> Callable[[], Awaitable[None]]:
    async def read() -> None:
        import openai

        async with openai.AsyncOpenAI(base_url=url, api_key="k") as client:
            stream = await client.responses.create(model="m", input="?", stream=True)
            "".join([event.delta async for event in stream if event.type == "response.output_text.delta"])

    return read


def _raw_groq(url: str) -> Callable[[], Awaitable[None]]:
    async def read() -> None:
        import groq

        async with groq.AsyncGroq(base_url=url, api_key="k") as client:
            stream = await client.chat.completions.create(model="m", messages=_MESSAGES, stream=True)
            "".join([event.choices[0].delta.content or "" async for event in stream if event.choices])

    return read


def _raw_mistral(url: str) -> Callable[[], Awaitable[None]]:
    async def read() -> None:
        from mistralai.client import Mistral

        async with Mistral(server_url=url, api_key="k") as client:
            stream = await client.chat.stream_async(model="m", messages=_MESSAGES)
            "".join([str(event.data.choices[0].delta.content or "") async for event in stream if event.data.choices])

    return read


_VENDORS: dict[str, tuple[Callable[[str], Callable[[], Awaitable[None]]], float]] = {
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
            "async": lambda: _cpu(looped),
            "sync": lambda: _cpu(lambda: asyncio.to_thread(loop)),
        }
        series = await in_turns(ways, rounds)
        return series.ratio("sync", "async")

    return asyncio.run(measured())


async def _cpu(read: Callable[[], Awaitable[None]]) -> float:
    began = time.process_time()
    await read()
    return time.process_time() - began
