"""Whichever door an error leaves by, it shows no key and no prompt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import FaultServer
from tests.providers.canaries import FAILURES, KEY, PROMPT, chain, finds, shown
from tests.providers.doors import DOORS

pytestmark = pytest.mark.sdk


def stream(address: str) -> sk.Stream:
    return sk.stream("openai/m", PROMPT, base_url=f"{address}/v1", api_key=KEY)


@sk.prompt_template("{what}")
def templated(prompt: str) -> Any:
    """Has no value for its placeholder."""


def decorated(address: str, **options: Any) -> Callable[[], Any]:
    @sk.call("openai/m", base_url=f"{address}/v1", api_key=KEY, **options)
    def ask() -> str:
        return PROMPT

    return ask


async def looped(address: str) -> None:
    async for _ in stream(address):
        pass


async def subscribed(address: str) -> None:
    ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    stream(address).subscribe(on_error=ended.set_result)
    raise await ended


async def iterated(address: str) -> None:
    async def events() -> AsyncIterator[bytes]:
        key = KEY
        yield b""
        raise ValueError(f"the iterator broke: {len(key)}\x1b[2J")

    await sk.from_async(events(), api="openai.chat")


async def decorated_async(address: str) -> None:
    @sk.call("openai/m", base_url=f"{address}/v1", api_key=KEY, stream=False)
    async def ask(prompt: str) -> str:
        return prompt

    await ask(PROMPT)


ASYNC: dict[str, Callable[[str], Awaitable[Any]]] = {
    "await": stream,
    "async for": looped,
    "subscribe": subscribed,
    "a flow": lambda address: stream(address).pipe(ops.text(), ops.join()),
    "retry": lambda address: sk.retry(stream(address), attempts=2, wait=0),
    "fallback": lambda address: sk.fallback(stream(address), stream(address)),
    "a decorated function": decorated_async,
    "from_async": iterated,
    "fan out": lambda address: stream(address).fan_out(late="fold"),
}
SYNC: dict[str, Callable[[str], Any]] = {
    "run": lambda address: stream(address).run(),
    "for": lambda address: list(stream(address)),
    "a flow": lambda address: list(stream(address).pipe(ops.text())),
    "a decorated function": lambda address: decorated(address, stream=False)(),
    "retry": lambda address: sk.retry(stream(address), attempts=2, wait=0).run(),
}
WRONG: dict[str, Callable[[], Any]] = {
    "the model": lambda: sk.stream("openai", PROMPT, api_key=KEY),
    "a message": lambda: sk.stream("openai/m", [{"content": PROMPT}], api_key=KEY),
    "the provider's door": lambda: sk.openai.stream("m", PROMPT, api_key=KEY, max_tokens=-1),
    "a client": lambda: sk.stream("openai/m", PROMPT, client=KEY),
    "a declaration": lambda: sk.call("openai/m", api_key=KEY, stream=5),  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownLambdaType]
    "an override": lambda: sk.override(decorated(""), api_key=KEY, keep=-1),
    "a context": lambda: sk.context(api_key=KEY, keep=-1),
    "a template": lambda: templated(PROMPT),
    "a keyword": lambda: sk.stream("openai/m", PROMPT, api_key=KEY, model="m"),  # pyright: ignore[reportCallIssue, reportUnknownLambdaType]
}


def check(error: BaseException) -> None:
    found = {way: parts for way, text in shown(error).items() if (parts := finds(text))}
    assert not found
    assert all(each.__traceback__ is None for each in list(chain(error))[1:])


@pytest.mark.parametrize("door", ASYNC)
@pytest.mark.parametrize("failure", ["status 401", "a page", "a cut"])
async def test_in_async_code(door: str, failure: str) -> None:
    with FaultServer(FAILURES[failure](DOORS["openai"])) as server:
        try:
            await ASYNC[door](server.base_url)
        except sk.StreamError as error:
            check(error)
        else:
            pytest.fail("it raised nothing")


@pytest.mark.parametrize("door", SYNC)
def test_in_sync_code(door: str) -> None:
    with FaultServer(FAILURES["status 401"](DOORS["openai"])) as server:
        try:
            SYNC[door](server.base_url)
        except sk.StreamError as error:
            check(error)
        else:
            pytest.fail("it raised nothing")


@pytest.mark.parametrize("wrong", WRONG)
def test_at_the_call(wrong: str) -> None:
    try:
        WRONG[wrong]()
    except (sk.StreamError, TypeError) as error:
        check(error)
    else:
        pytest.fail("it raised nothing")
