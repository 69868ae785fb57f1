"""Streams that somebody else has opened, through ``sk.from_async``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, anthropic_events, chat_events, cohere_events, plan

EVENTS = {"openai": chat_events, "anthropic": anthropic_events, "cohere": cohere_events}
OPENERS = list(EVENTS)


async def opened(name: str, address: str) -> tuple[Any, Any]:
    """Open a stream with an SDK, as its own documentation says; return it with its client."""
    import anthropic
    import cohere
    import openai

    message: Any = [{"role": "user", "content": "?"}]
    if name == "openai":
        client: Any = openai.AsyncOpenAI(base_url=address + "/v1", api_key="k", max_retries=0)
        return client, await client.chat.completions.create(model="m", messages=message, stream=True)
    if name == "anthropic":
        client = anthropic.AsyncAnthropic(base_url=address, api_key="k", max_retries=0)
        return client, await client.messages.create(model="m", max_tokens=9, messages=message, stream=True)
    client = cohere.AsyncClientV2(base_url=address, api_key="k")
    return client, client.chat_stream(model="m", messages=message)


@pytest.mark.sdk
@pytest.mark.parametrize("name", OPENERS)
async def test_an_sdks_own_stream_is_read_to_its_proven_end(name: str) -> None:
    with FaultServer(plan("none", EVENTS[name]("Eu", "ro", "pa"))) as server:
        client, events = await opened(name, server.base_url)
        response = await sk.from_async(events)
        await client.__aexit__(None, None, None)
    assert (response.content, response.state, response.output_tokens) == ("Europa", "complete", 3)


@pytest.mark.sdk
@pytest.mark.parametrize("name", OPENERS)
async def test_an_sdks_stream_that_is_cut_is_an_error_although_the_sdk_ends_quietly(name: str) -> None:
    with FaultServer(plan("cut", EVENTS[name]("Eu", "ro", "pa"), at=4)) as server:
        client, events = await opened(name, server.base_url)
        with pytest.raises(sk.TruncatedError) as caught:
            await sk.from_async(events)
        await client.__aexit__(None, None, None)
    assert caught.value.partial is not None and caught.value.partial.content.startswith("Eu")


@pytest.mark.sdk
@pytest.mark.parametrize("name", ["openai", "anthropic"])
async def test_leaving_closes_the_sdks_stream(name: str) -> None:
    with FaultServer(plan("none", EVENTS[name](*["word "] * 2000), every=0.001)) as server:
        client, events = await opened(name, server.base_url)
        async for chunk, _ in sk.from_async(events):
            if chunk.content:
                break
        assert await server.until_closed(1)
        await client.__aexit__(None, None, None)


async def pieces(*items: Any) -> AsyncIterator[Any]:
    for item in items:
        yield item


async def test_what_cannot_be_proven_is_unknown() -> None:
    assert (await sk.from_async(pieces("Euro", "pa"))).state == "unknown"
    assert (await sk.from_async(pieces(sk.Chunk(content="Io")))).state == "unknown"
    ended = await sk.from_async(pieces(sk.Chunk(content="Io"), sk.Chunk(finish_reasons=["stop"])))
    assert (ended.content, ended.state) == ("Io", "complete")


async def test_events_as_dicts_or_bytes_need_their_format() -> None:
    body = b"".join(chat_events("Io"))
    assert (await sk.from_async(pieces(body), api="openai.chat")).state == "complete"
    event = {"choices": [{"index": 0, "delta": {"content": "Io"}, "finish_reason": "stop"}]}
    assert (await sk.from_async(pieces(event), api="openai.chat")).content == "Io"
    with pytest.raises(sk.ConfigurationError, match="give api="):
        await sk.from_async(pieces(event))


async def test_it_can_be_opened_once_and_takes_async_iterators_only() -> None:
    stream = sk.from_async(pieces("Io"))
    await stream
    with pytest.raises(sk.ConfigurationError, match="read once"):
        await stream.again()
    with pytest.raises(sk.ConfigurationError, match="an async iterator, not list"):
        sk.from_async([1])  # pyright: ignore[reportArgumentType] - wrong on purpose
