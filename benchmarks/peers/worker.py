"""Reads answers with one library, in that library's environment: a script, which needs nothing else of this project.

``python worker.py NAME URL`` reads one JSON object a line from stdin, ``{"what": "calls" | "first", "models": [...]}``,
and writes one number a line to stdout: microseconds of CPU a call, or milliseconds from a call to its first text.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any, cast

PROMPT = "Which moons may hold life?"
MESSAGES = [{"role": "user", "content": PROMPT}]
KEY = "none"

OnText = Callable[[str], object]
Read = Callable[[str, OnText], Awaitable[None]]


def streamkit(url: str, provider: str = "openai", **options: Any) -> Read:
    """The loop of streamkit's README."""
    sk: Any = importlib.import_module("streamkit")

    async def read(model: str, on_text: OnText) -> None:
        async for chunk, _ in sk.stream(f"{provider}/{model}", PROMPT, base_url=url, api_key=KEY, **options):
            on_text(chunk.content)

    return read


def streamkit_httpx(url: str) -> Read:
    """The same where aiohttp is not installed: over httpx2 or httpx."""
    sys.modules["aiohttp"] = cast("Any", None)
    return streamkit(url)


def streamkit_await(url: str) -> Read:
    """The whole answer at once."""
    sk: Any = importlib.import_module("streamkit")

    async def read(model: str, on_text: OnText) -> None:
        on_text((await sk.stream(f"openai/{model}", PROMPT, base_url=url, api_key=KEY)).content)

    return read


def streamkit_sync(url: str) -> Read:
    """A sync loop, in a thread."""
    sk: Any = importlib.import_module("streamkit")

    def loop(model: str, on_text: OnText) -> None:
        for chunk, _ in sk.stream(f"openai/{model}", PROMPT, base_url=url, api_key=KEY):
            on_text(chunk.content)

    async def read(model: str, on_text: OnText) -> None:
        await asyncio.to_thread(loop, model, on_text)

    return read


def streamkit_sdk(url: str) -> Read:
    """The same through the SDK."""
    return streamkit(url, transport="sdk")


def streamkit_anthropic(url: str) -> Read:
    """Anthropic's messages."""
    return streamkit(url.removesuffix("/v1"), "anthropic", max_tokens=9)


def openai(url: str, **options: Any) -> Read:
    """The loop of openai's README."""
    client: Any = importlib.import_module("openai").AsyncOpenAI(base_url=url, api_key=KEY, **options)

    async def read(model: str, on_text: OnText) -> None:
        options: dict[str, Any] = {"stream_options": {"include_usage": True}}
        async for chunk in await client.chat.completions.create(model=model, messages=MESSAGES, stream=True, **options):
            if chunk.choices:
                on_text(chunk.choices[0].delta.content or "")

    return read


def openai_aiohttp(url: str) -> Read:
    """The same on the SDK's aiohttp client."""
    return openai(url, http_client=importlib.import_module("openai").DefaultAioHttpClient())


def anthropic(url: str) -> Read:
    """The events of anthropic's stream."""
    client: Any = importlib.import_module("anthropic").AsyncAnthropic(base_url=url.removesuffix("/v1"), api_key=KEY)

    async def read(model: str, on_text: OnText) -> None:
        async for event in await client.messages.create(model=model, max_tokens=9, messages=MESSAGES, stream=True):
            if event.type == "content_block_delta":
                on_text(getattr(event.delta, "text", ""))

    return read


def aiohttp(url: str) -> Read:
    """An HTTP library by hand: the events cut at the blank line and parsed, no check but that of the status."""
    library: Any = importlib.import_module("aiohttp")
    loads: Any = importlib.import_module("orjson").loads
    headers = {"authorization": f"Bearer {KEY}"}
    sessions: list[Any] = []

    async def read(model: str, on_text: OnText) -> None:
        if not sessions:
            sessions.append(library.ClientSession())  # it wants a running loop
        body = {"model": model, "messages": MESSAGES, "stream": True, "stream_options": {"include_usage": True}}
        rest = b""
        async with sessions[0].post(f"{url}/chat/completions", json=body, headers=headers) as response:
            response.raise_for_status()
            async for data in response.content.iter_any():
                *whole, rest = (rest + data).split(b"\n\n")
                for event in whole:
                    if event != b"data: [DONE]":
                        choices = loads(event[6:])["choices"]
                        if choices:
                            on_text(choices[0]["delta"].get("content") or "")

    return read


def httpx2(url: str) -> Read:
    """The same with httpx2."""
    client: Any = importlib.import_module("httpx2").AsyncClient(timeout=None)
    loads: Any = importlib.import_module("orjson").loads
    headers = {"authorization": f"Bearer {KEY}"}

    async def read(model: str, on_text: OnText) -> None:
        body = {"model": model, "messages": MESSAGES, "stream": True, "stream_options": {"include_usage": True}}
        rest = b""
        async with client.stream("POST", f"{url}/chat/completions", json=body, headers=headers) as response:
            response.raise_for_status()
            async for data in response.aiter_raw():
                *whole, rest = (rest + data).split(b"\n\n")
                for event in whole:
                    if event != b"data: [DONE]":
                        choices = loads(event[6:])["choices"]
                        if choices:
                            on_text(choices[0]["delta"].get("content") or "")

    return read


def langchain(url: str) -> Read:
    """Read by ``astream`` of langchain-openai."""
    chat: Any = importlib.import_module("langchain_openai").ChatOpenAI
    models: dict[str, Any] = {}

    async def read(model: str, on_text: OnText) -> None:
        found = models.get(model) or models.setdefault(
            model, chat(model=model, base_url=url, api_key=KEY, stream_usage=True)
        )
        async for chunk in found.astream(PROMPT):
            on_text(chunk.content)

    return read


def litellm(url: str) -> Read:
    """Read by ``acompletion`` of litellm."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    library: Any = importlib.import_module("litellm")

    async def read(model: str, on_text: OnText) -> None:
        options = {"stream_options": {"include_usage": True}, "api_base": url, "api_key": KEY}
        async for chunk in await library.acompletion(f"openai/{model}", messages=MESSAGES, stream=True, **options):
            if chunk.choices:
                on_text(chunk.choices[0].delta.content or "")

    return read


def pydantic_ai(url: str) -> Read:
    """Read by ``run_stream`` of pydantic-ai, its text undebounced."""
    agent: Any = importlib.import_module("pydantic_ai").Agent
    chat: Any = importlib.import_module("pydantic_ai.models.openai").OpenAIChatModel
    provider = importlib.import_module("pydantic_ai.providers.openai").OpenAIProvider(base_url=url, api_key=KEY)
    agents: dict[str, Any] = {}

    async def read(model: str, on_text: OnText) -> None:
        found = agents.get(model) or agents.setdefault(model, agent(chat(model, provider=provider)))
        async with found.run_stream(PROMPT) as result:
            async for text in result.stream_text(delta=True, debounce_by=None):
                on_text(text)

    return read


def mirascope(url: str) -> Read:
    """Read by ``stream_async`` of mirascope."""
    llm: Any = importlib.import_module("mirascope").llm
    llm.register_provider("openai:completions", scope="openai/", base_url=url, api_key=KEY)

    async def read(model: str, on_text: OnText) -> None:
        response = await llm.model(f"openai/{model}").stream_async(PROMPT)
        async for text in response.text_stream():
            on_text(text)

    return read


def reliable(url: str) -> Read:
    """Read by reliable-ai-streams-py around the client of openai."""
    client: Any = importlib.import_module("openai").AsyncOpenAI(base_url=url, api_key=KEY)
    wrapped: Any = importlib.import_module("l0").wrap(client)

    async def read(model: str, on_text: OnText) -> None:
        options: dict[str, Any] = {"stream_options": {"include_usage": True}}
        async for event in await wrapped.chat.completions.create(
            model=model, messages=MESSAGES, stream=True, **options
        ):
            if event.is_token:
                on_text(event.text)

    return read


async def _calls(read: Read, models: list[str]) -> float:
    """Return the microseconds of CPU that a call takes."""
    parts: list[str] = []
    began = time.process_time()
    for model in models:
        await read(model, parts.append)
    return (time.process_time() - began) / len(models) * 1e6


async def _first(read: Read, models: list[str]) -> float:
    """Return the milliseconds from a call to its first text, in the middle call of those that have one."""
    found: list[float] = []
    for model in models:
        began = time.perf_counter()
        stamps: list[float] = []
        await read(model, lambda text, at=stamps: at.append(time.perf_counter()) if text and not at else None)
        found += [stamp - began for stamp in stamps]
    return median(found) * 1e3


async def main() -> None:
    """Answer every line of stdin until it ends."""
    read: Read = globals()[sys.argv[1]](sys.argv[2])
    # What a library prints to stdout must not be taken for an answer.
    answers, sys.stdout = sys.stdout, sys.stderr
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = json.loads(line)
        measure = _calls if task["what"] == "calls" else _first
        print(await measure(read, task["models"]), file=answers, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
