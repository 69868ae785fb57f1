"""Streams that somebody else has opened, through ``sk.from_async``."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import (
    FaultServer,
    anthropic_events,
    chat_events,
    cohere_events,
    gemini_events,
    ollama_lines,
    plan,
    responses_events,
)
from tests.packages import missing


def completion_events(*texts: str) -> list[bytes]:
    """Make the events of a text completion, the wire that came before chat."""

    def event(**fields: Any) -> bytes:
        fields = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "scripted-1", **fields}
        return b"data: " + json.dumps(fields).encode() + b"\n\n"

    def choice(text: str, reason: str | None = None) -> list[dict[str, Any]]:
        return [{"index": 0, "text": text, "logprobs": None, "finish_reason": reason}]

    usage = {"prompt_tokens": 7, "completion_tokens": len(texts), "total_tokens": 7 + len(texts)}
    events = [event(choices=choice(text)) for text in texts]
    return [*events, event(choices=choice("", "stop")), event(choices=[], usage=usage), b"data: [DONE]\n\n"]


EVENTS = {
    "completions": completion_events,
    "openai": chat_events,
    "anthropic": anthropic_events,
    "cohere": cohere_events,
    "google": gemini_events,
    "groq": chat_events,
    "mistral": chat_events,
    "ollama": ollama_lines,
    "responses": responses_events,
}
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
    if name == "completions":
        client = openai.AsyncOpenAI(base_url=address + "/v1", api_key="k", max_retries=0)
        return client, await client.completions.create(model="m", prompt="?", stream=True)
    if name == "anthropic":
        client = anthropic.AsyncAnthropic(base_url=address, api_key="k", max_retries=0)
        return client, await client.messages.create(model="m", max_tokens=9, messages=message, stream=True)
    if name == "google":
        genai: Any = pytest.importorskip("google.genai")
        # Its own HTTP client is never closed by it.
        http: Any = importlib.import_module("httpx2").AsyncClient()
        client = genai.Client(api_key="k", http_options={"base_url": address, "httpx_async_client": http})
        return http, await client.aio.models.generate_content_stream(model="m", contents="?")
    if name == "responses":
        client = openai.AsyncOpenAI(base_url=address, api_key="k", max_retries=0)
        return client, await client.responses.create(model="m", input="?", stream=True)
    if name == "groq":
        client = pytest.importorskip("groq").AsyncGroq(base_url=address, api_key="k", max_retries=0)
        return client, await client.chat.completions.create(model="m", messages=message, stream=True)
    if name == "mistral":
        client = pytest.importorskip("mistralai.client").Mistral(server_url=address, api_key="k")
        return client, await client.chat.stream_async(model="m", messages=message)
    if name == "ollama":
        client = pytest.importorskip("ollama").AsyncClient(host=address)
        return client, await client.chat(model="m", messages=message, stream=True)
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
    at = 6 if name == "responses" else 3  # that wire says more before its first text
    with FaultServer(plan("cut", EVENTS[name]("Eu", "ro", "pa"), at=at)) as server:
        client, events = await opened(name, server.base_url)
        with pytest.raises(sk.TruncatedError) as caught:
            await sk.from_async(events)
        await client.__aexit__(None, None, None)
    assert caught.value.partial is not None and caught.value.partial.content.startswith("Eu")


@pytest.mark.sdk
@pytest.mark.parametrize("name", ["openai", "anthropic", "completions"])
async def test_leaving_closes_the_sdks_stream(name: str) -> None:
    with FaultServer(plan("none", EVENTS[name](*["word "] * 2000), every=0.001)) as server:
        client, events = await opened(name, server.base_url)
        async for chunk, _ in sk.from_async(events):
            if chunk.content:
                break
        assert await server.until_closed(1)
        await client.__aexit__(None, None, None)


@pytest.mark.sdk
@pytest.mark.skipif(missing("litellm") is not None, reason=missing("litellm") or "")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*", "ignore::UserWarning:pydantic.*")
@pytest.mark.parametrize("name", ["openai", "anthropic"])
@pytest.mark.parametrize("fault", ["none", "cut"])
async def test_the_end_of_litellms_stream_is_never_complete_for_it_may_be_made_up(
    name: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else its import fetches a list
    litellm = await asyncio.to_thread(importlib.import_module, "litellm")
    message = [{"role": "user", "content": "?"}]
    with FaultServer(plan(fault, EVENTS[name]("Eu", "ro", "pa"), at=4)) as server:
        settings = {"api_key": "k", "api_base": server.base_url, "max_retries": 0}
        events = await litellm.acompletion(
            model=f"{name}/claude-3-5-sonnet-20240620", messages=message, stream=True, **settings
        )
        stream = sk.from_async(events)
        with contextlib.suppress(sk.StreamError) if fault == "cut" else contextlib.nullcontext():
            await stream  # for a cut answer old versions make up an end, and new ones raise an error
    assert stream.response.state in (("unknown",) if fault == "none" else ("unknown", "failed"))
    assert stream.content == ("Europa" if fault == "none" else "Europa"[: len(stream.content)]) and stream.content


async def items_of(*items: Any) -> AsyncIterator[Any]:
    for item in items:
        yield item


async def test_what_cannot_be_proven_is_unknown() -> None:
    assert (await sk.from_async(items_of("Euro", "pa"))).state == "unknown"
    assert (await sk.from_async(items_of(sk.Chunk(content="Io")))).state == "unknown"
    ended = await sk.from_async(items_of(sk.Chunk(content="Io"), sk.Chunk(finish_reasons=["stop"])))
    assert (ended.content, ended.state) == ("Io", "complete")


async def test_events_as_dicts_or_bytes_need_their_format() -> None:
    body = b"".join(chat_events("Io"))
    assert (await sk.from_async(items_of(body), api="openai.chat")).state == "complete"
    event = {"choices": [{"index": 0, "delta": {"content": "Io"}, "finish_reason": "stop"}]}
    assert (await sk.from_async(items_of(event), api="openai.chat")).content == "Io"
    with pytest.raises(sk.ConfigurationError, match="give api="):
        await sk.from_async(items_of(event))


async def test_it_can_be_opened_once_and_takes_iterators_only() -> None:
    stream = sk.from_async(items_of("Io"))
    await stream
    with pytest.raises(sk.ConfigurationError, match="read once"):
        await stream.again()
    unreadable: list[Any] = [5, "Europa", b"Europa", {"choices": []}]
    for wrong in unreadable:
        with pytest.raises(sk.ConfigurationError, match="takes an iterator, async or not"):
            sk.from_async(wrong)
