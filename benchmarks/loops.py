"""The loops that a user writes over an answer: with streamkit, with the raw SDK, and with an HTTP library by hand."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any

import orjson

import streamkit as sk

from .plans import Plan
from .readers import PROMPT, Clients, hand_events, open_sdk

RAW = "raw SDK"
RAW_AIOHTTP = "raw SDK on aiohttp"
BY_HAND = "aiohttp by hand"
AWAIT = "streamkit, await"
LOOP = "streamkit, loop"
SDK_DOOR = "streamkit through the SDK, loop"

_KEY = "none"


@dataclass(frozen=True, slots=True)
class Own:
    """Calls of streamkit over its own clients.

    Args:
        url: The server's address.
        options: More arguments of ``sk.stream``.
    """

    url: str
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    def stream(self, plan: Plan) -> sk.Stream:
        """Make a stream of a plan."""
        return sk.stream(f"openai/{plan.model}", PROMPT, base_url=self.url, api_key=_KEY, **self.options)


@dataclass(frozen=True, slots=True)
class Loop:
    """One way to read answers.

    Args:
        text: Reads an answer and returns its whole text, by the shortest code.
        texts: Iterates over the texts of an answer's events.
    """

    text: Callable[[Plan], Coroutine[Any, Any, str]]
    texts: Callable[[Plan], AsyncGenerator[str]]


def library() -> str:
    """Return the HTTP library whose goals hold for streamkit's own clients here: ``aiohttp`` or ``httpx``."""
    return "aiohttp" if importlib.util.find_spec("aiohttp") else "httpx"


def has_doors() -> bool:
    """Return whether ``sk.stream`` takes ``transport="direct" | "sdk"``."""
    return "network" in inspect.signature(sk.stream).parameters


async def loops(clients: Clients, stack: AsyncExitStack) -> dict[str, Loop]:
    """Return every way to read, by its name.

    Args:
        clients: The open clients of the peers.
        stack: Closes what is opened here.
    """
    own = Own(clients.url)
    found = {LOOP: _looped(own), AWAIT: _awaited(own)}
    if has_doors():
        found[SDK_DOOR] = _looped(Own(clients.url, {"transport": "sdk"}))
    found[RAW] = _raw(clients, "httpx")
    if "aiohttp" in clients.sdk:
        found[RAW_AIOHTTP] = _raw(clients, "aiohttp")
    if importlib.util.find_spec("aiohttp"):
        aiohttp: Any = importlib.import_module("aiohttp")
        # Without its own bounds of 100 connections and of five minutes, as streamkit's clients are.
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout())
        await stack.enter_async_context(session)
        found[BY_HAND] = _aiohttp(session, clients.chat_url)
    for name, client in clients.plain.items():
        found[f"{name} by hand"] = _plain(client, clients.chat_url)
    return found


def _looped(own: Own) -> Loop:
    async def text(plan: Plan) -> str:
        parts: list[str] = []
        async for chunk, _ in own.stream(plan):
            parts.append(chunk.content)
        return "".join(parts)

    return Loop(text, lambda plan: _texts(own, plan))


def _awaited(own: Own) -> Loop:
    async def text(plan: Plan) -> str:
        return (await own.stream(plan)).content

    return Loop(text, lambda plan: _texts(own, plan))


async def _texts(own: Own, plan: Plan) -> AsyncGenerator[str]:
    async with own.stream(plan) as stream:
        async for chunk, _ in stream:
            yield chunk.content or chunk.thinking


def _raw(clients: Clients, transport: str) -> Loop:
    client = clients.sdk[transport]

    async def text(plan: Plan) -> str:
        parts: list[str] = []
        async for chunk in await open_sdk(client, plan):
            if chunk.choices:
                parts.append(chunk.choices[0].delta.content or "")
        return "".join(parts)

    async def texts(plan: Plan) -> AsyncGenerator[str]:
        async with await open_sdk(client, plan) as stream:
            async for chunk in stream:
                if chunk.choices:
                    delta = chunk.choices[0].delta
                    yield delta.content or _thinking(delta.model_extra or {})

    return Loop(text, texts)


def _thinking(delta: dict[str, Any]) -> str:
    return delta.get("reasoning_content") or delta.get("reasoning") or ""


def _plain(client: Any, url: str) -> Loop:
    async def text(plan: Plan) -> str:
        parts: list[str] = []
        async for event in hand_events(client, url, plan):
            if event["choices"]:
                parts.append(event["choices"][0]["delta"].get("content") or "")
        return "".join(parts)

    async def texts(plan: Plan) -> AsyncGenerator[str]:
        async with aclosing(hand_events(client, url, plan)) as events:
            async for event in events:
                if event["choices"]:
                    delta = event["choices"][0]["delta"]
                    yield delta.get("content") or _thinking(delta)

    return Loop(text, texts)


def _aiohttp(session: Any, url: str) -> Loop:
    """The least that one can write: events cut at the blank line, JSON parsed, no check of any kind but the status."""

    async def text(plan: Plan) -> str:
        parts: list[str] = []
        rest = b""
        async with _posted(session, url, plan) as response:
            response.raise_for_status()
            async for data in response.content.iter_any():
                *whole, rest = (rest + data).split(b"\n\n")
                for each in whole:
                    if each != b"data: [DONE]":
                        event = orjson.loads(each[6:])
                        if event["choices"]:
                            parts.append(event["choices"][0]["delta"].get("content") or "")
        return "".join(parts)

    return Loop(text, lambda plan: _aiohttp_texts(session, url, plan))


async def _aiohttp_texts(session: Any, url: str, plan: Plan) -> AsyncGenerator[str]:
    rest = b""
    async with _posted(session, url, plan) as response:
        response.raise_for_status()
        async for data in response.content.iter_any():
            *whole, rest = (rest + data).split(b"\n\n")
            for each in whole:
                if each != b"data: [DONE]":
                    event = orjson.loads(each[6:])
                    if event["choices"]:
                        delta = event["choices"][0]["delta"]
                        yield delta.get("content") or _thinking(delta)


def _posted(session: Any, url: str, plan: Plan) -> Any:
    messages = [{"role": "user", "content": PROMPT}]
    body = {"model": plan.model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
    return session.post(url, json=body, headers={"authorization": f"Bearer {_KEY}", "accept-encoding": "identity"})
