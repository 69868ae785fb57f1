"""The readers that are compared: streamkit, the raw SDK, and httpx with orjson by hand."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import openai
import orjson

import streamkit as sk

from .plans import Plan

PROMPT = "Which moons may hold life?"
_KEY = "none"


def ours(transport: str) -> str:
    """The name of streamkit's reader on one of the SDK's HTTP clients."""
    return f"streamkit on {transport}"


def raw(transport: str) -> str:
    """The name of the SDK's own reader."""
    return f"raw SDK on {transport}"


def by_hand(library: str) -> str:
    """The name of the reader by hand."""
    return f"{library} + orjson by hand"


@dataclass(frozen=True, slots=True)
class Reader:
    """One way to read a call to its end.

    Args:
        text: Reads an answer and returns its whole text.
        tool: Reads one tool call and returns its arguments.
    """

    text: Callable[[Plan], Any]
    tool: Callable[[Plan], Any]


class Clients:
    """Every client that is compared, closed when the ``async with`` block ends.

    Args:
        base_url: The server's address.
    """

    def __init__(self, base_url: str) -> None:
        self.url = base_url
        self.chat_url = f"{base_url}/chat/completions"
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Clients:
        self.sdk: dict[str, openai.AsyncOpenAI] = {"httpx": self._sdk(openai.DefaultAsyncHttpxClient())}
        if importlib.util.find_spec("aiohttp"):
            with contextlib.suppress(RuntimeError):  # an SDK whose extra needs more than aiohttp itself
                self.sdk["aiohttp"] = self._sdk(openai.DefaultAioHttpClient())
        self.plain: dict[str, httpx.AsyncClient] = {}
        for name in ("httpx", "httpx2"):
            if importlib.util.find_spec(name):
                library = importlib.import_module(name)
                self.plain[name] = library.AsyncClient(timeout=None, limits=library.Limits(max_connections=None))
        for client in (*self.sdk.values(), *self.plain.values()):
            await self._stack.enter_async_context(client)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def _sdk(self, http_client: Any) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(api_key=_KEY, base_url=self.url, max_retries=0, timeout=None, http_client=http_client)

    def readers(self) -> dict[str, Reader]:
        """Every way to read, by its name."""
        found = {ours("its own client"): streamkit_reader(self.url)}
        for name, client in self.sdk.items():
            found[ours(name)] = streamkit_reader(client)
        for name, client in self.sdk.items():
            found[raw(name)] = sdk_reader(client)
        for name, client in self.plain.items():
            found[by_hand(name)] = hand_reader(client, self.chat_url)
        return found


def open_stream(client: openai.AsyncOpenAI | str, plan: Plan) -> sk.Stream:
    """Make a streamkit stream of a plan.

    Args:
        client: The SDK's client, or the address to which streamkit's own shall send it.
        plan: The plan that the server plays.
    """
    if isinstance(client, str):
        return sk.stream(f"openai/{plan.model}", PROMPT, base_url=client, api_key=_KEY)
    return sk.stream(f"openai/{plan.model}", PROMPT, client=client)


async def open_sdk(client: openai.AsyncOpenAI, plan: Plan) -> openai.AsyncStream[Any]:
    """Open the SDK's own stream of a plan."""
    return await client.chat.completions.create(
        model=plan.model,
        messages=[{"role": "user", "content": PROMPT}],
        stream=True,
        stream_options={"include_usage": True},
    )


def streamkit_reader(client: openai.AsyncOpenAI | str) -> Reader:
    """Await a whole Response."""

    async def text(plan: Plan) -> str:
        return (await open_stream(client, plan)).content

    async def tool(plan: Plan) -> str:
        return (await open_stream(client, plan)).tool_calls[0].arguments_text

    return Reader(text, tool)


def sdk_reader(client: openai.AsyncOpenAI) -> Reader:
    """Loop over the SDK's events and join the text."""

    async def text(plan: Plan) -> str:
        parts: list[str] = []
        async for chunk in await open_sdk(client, plan):
            for choice in chunk.choices:
                parts.append(choice.delta.content or "")
        return "".join(parts)

    async def tool(plan: Plan) -> str:
        parts: list[str] = []
        async for chunk in await open_sdk(client, plan):
            for choice in chunk.choices:
                for call in choice.delta.tool_calls or ():
                    parts.append(call.function.arguments or "")
        return "".join(parts)

    return Reader(text, tool)


def hand_reader(client: Any, url: str) -> Reader:
    """Cut the body into events, parse them and join the text: the shortest reader that one can write."""

    async def text(plan: Plan) -> str:
        parts: list[str] = []
        async for found in hand_events(client, url, plan):
            if found["choices"]:
                parts.append(found["choices"][0]["delta"].get("content") or "")
        return "".join(parts)

    async def tool(plan: Plan) -> str:
        parts: list[str] = []
        async for found in hand_events(client, url, plan):
            if found["choices"]:
                for call in found["choices"][0]["delta"].get("tool_calls") or ():
                    parts.append(call["function"]["arguments"])
        return "".join(parts)

    return Reader(text, tool)


async def hand_events(client: Any, url: str, plan: Plan) -> AsyncGenerator[Any]:
    """Cut a body into events and parse them.

    Args:
        client: An httpx or httpx2 client.
        url: The server's address.
        plan: The plan that the server plays.
    """
    body = {
        "model": plan.model,
        "messages": [{"role": "user", "content": PROMPT}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    headers = {"authorization": f"Bearer {_KEY}", "accept-encoding": "identity"}
    async with client.stream("POST", url, json=body, headers=headers) as response:
        response.raise_for_status()
        rest = b""
        async for data in response.aiter_raw():
            *whole, rest = (rest + data).split(b"\n\n")
            for each in whole:
                if each != b"data: [DONE]":
                    yield orjson.loads(each[6:])
