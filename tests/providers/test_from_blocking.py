"""Blocking iterators through ``sk.from_async``: sync SDK clients, backpressure, and a stop that does not hang."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import streamkit as sk
from streamkit.testing import (
    FaultServer,
    anthropic_events,
    chat_events,
    cohere_events,
    ollama_lines,
    plan,
    responses_events,
)

SAFETY = 30
MESSAGE: Any = [{"role": "user", "content": "?"}]
EVENTS = {
    "openai": chat_events,
    "responses": responses_events,
    "anthropic": anthropic_events,
    "cohere": cohere_events,
    "groq": chat_events,
    "mistral": chat_events,
    "ollama": ollama_lines,
}


def opened(name: str, address: str) -> tuple[Any, Any]:
    """Open a stream with an SDK's sync client; return what closes the client, and the stream."""
    import anthropic
    import cohere
    import openai

    if name == "openai":
        client: Any = openai.OpenAI(base_url=address + "/v1", api_key="k", max_retries=0)
        return client, client.chat.completions.create(model="m", messages=MESSAGE, stream=True)
    if name == "responses":
        client = openai.OpenAI(base_url=address, api_key="k", max_retries=0)
        return client, client.responses.create(model="m", input="?", stream=True)
    if name == "anthropic":
        client = anthropic.Anthropic(base_url=address, api_key="k", max_retries=0)
        return client, client.messages.create(model="m", max_tokens=9, messages=MESSAGE, stream=True)
    if name == "groq":
        client = pytest.importorskip("groq").Groq(base_url=address, api_key="k", max_retries=0)
        return client, client.chat.completions.create(model="m", messages=MESSAGE, stream=True)
    if name == "mistral":
        client = pytest.importorskip("mistralai.client").Mistral(server_url=address, api_key="k")
        return client, client.chat.stream(model="m", messages=MESSAGE)
    if name == "ollama":
        client = pytest.importorskip("ollama").Client(host=address)
        return client, client.chat(model="m", messages=MESSAGE, stream=True)
    client = cohere.ClientV2(base_url=address, api_key="k")
    return client, client.chat_stream(model="m", messages=MESSAGE)


def close(client: Any) -> None:
    if hasattr(client, "__exit__"):
        client.__exit__(None, None, None)


@pytest.mark.sdk
@pytest.mark.parametrize("name", list(EVENTS))
def test_a_sync_sdks_stream_is_read_to_its_proven_end(name: str) -> None:
    with FaultServer(plan("none", EVENTS[name]("Eu", "ro", "pa"))) as server:
        client, events = opened(name, server.base_url)
        response = sk.from_async(events).run()
        close(client)
    assert (response.content, response.state, response.output_tokens) == ("Europa", "complete", 3)


@pytest.mark.sdk
@pytest.mark.parametrize("name", list(EVENTS))
def test_a_sync_sdks_stream_that_is_cut_is_an_error_with_what_arrived(name: str) -> None:
    at = 6 if name == "responses" else 3
    with FaultServer(plan("cut", EVENTS[name]("Eu", "ro", "pa"), at=at)) as server:
        client, events = opened(name, server.base_url)
        with pytest.raises(sk.TruncatedError) as caught:
            sk.from_async(events).run()
        close(client)
    assert caught.value.partial is not None and caught.value.partial.content.startswith("Eu")


@pytest.mark.sdk
def test_an_error_of_a_sync_sdk_is_ours() -> None:
    with FaultServer(plan("reset", chat_events("Eu", "ro", "pa"), at=3)) as server:
        client, events = opened("openai", server.base_url)
        with pytest.raises(sk.TransportError) as caught:
            sk.from_async(events).run()
        close(client)
    assert caught.value.partial is not None and caught.value.partial.content.startswith("Eu")


@pytest.mark.sdk
@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_leaving_closes_a_sync_sdks_stream(name: str) -> None:
    with FaultServer(plan("none", EVENTS[name](*["word "] * 2000), every=0.001)) as server:
        client, events = opened(name, server.base_url)
        for chunk, _ in sk.from_async(events):
            if chunk.content:
                break
        server.wait_for(lambda: server.open_connections == 0)
        close(client)


# Iterators of one's own ---------------------------------------------------------------------------


class Source:
    """An iterator that counts what is read of it, and may block in ``next``."""

    def __init__(self, *, blocks_at: int | None = None, most: int = 100_000) -> None:
        self.read = 0
        self.threads: set[threading.Thread] = set()
        self.go = threading.Event()
        self.blocked = threading.Event()
        self.closed = threading.Event()
        self._blocks_at = blocks_at
        self._most = most

    def __iter__(self) -> Iterator[str]:
        try:
            while self.read < self._most:
                self.threads.add(threading.current_thread())
                if self.read == self._blocks_at:
                    self.blocked.set()
                    assert self.go.wait(SAFETY)
                self.read += 1
                yield f"{self.read} "
        finally:
            self.closed.set()


def test_it_is_read_in_one_thread_of_its_own_which_ends_with_it() -> None:
    source = Source(most=5)
    assert sk.from_async(source).run().content == "1 2 3 4 5 "
    (thread,) = source.threads
    thread.join(SAFETY)
    assert (thread.daemon, thread.is_alive(), source.closed.is_set()) == (True, False, True)


async def test_the_loop_goes_on_while_the_iterator_blocks() -> None:
    source = Source(blocks_at=1, most=2)
    task = asyncio.ensure_future(sk.from_async(source).wait_response())
    while not source.blocked.is_set():
        await asyncio.sleep(0.001)
    source.go.set()
    assert (await task).content == "1 2 "


def test_nothing_is_read_before_the_first_reader() -> None:
    source = Source()
    sk.from_async(source)
    assert source.read == 0


async def test_it_is_not_read_further_ahead_than_the_fastest_pulling_reader_wants() -> None:
    source, caps = Source(), sk.Caps(ahead=8)
    count = 0
    async for _ in sk.from_async(source, caps=caps):
        count += 1
        await asyncio.sleep(0)
        assert source.read <= count + 8 + 64 + 1  # the buffer of the reader's loop holds 64
        if count == 1000:
            break
    assert source.read < 1100


@pytest.mark.parametrize("leave", ["break", "aclose", "stop"])
async def test_leaving_an_iterator_that_does_not_block_closes_it(leave: str) -> None:
    source = Source()
    stream = sk.from_async(source)
    with contextlib.suppress(sk.StoppedError):
        async for _ in stream:
            if leave == "break":
                break
            if leave == "aclose":
                await stream.aclose()
            stream.stop()
    assert await asyncio.to_thread(source.closed.wait, SAFETY)
    assert stream.response.state == "stopped"


@pytest.mark.parametrize("sync", [True, False])
def test_a_stop_returns_although_the_iterator_blocks_and_closes_it_later(sync: bool) -> None:
    source = Source(blocks_at=2)
    stream = sk.from_async(source)
    if sync:
        stream.subscribe()
        assert source.blocked.wait(SAFETY)
        stream.close()
    else:

        async def main() -> None:
            with pytest.raises(sk.StoppedError):
                await read()

        async def read() -> None:
            async for _ in stream:
                if source.read == 2 and await asyncio.to_thread(source.blocked.wait, SAFETY):
                    await stream.aclose()

        asyncio.run(main())
    assert (stream.response.state, stream.content) == ("stopped", "1 2 ")
    assert not source.closed.is_set()
    source.go.set()
    assert source.closed.wait(SAFETY)


async def test_a_stream_that_stalls_ends_by_its_clock() -> None:
    source = Source(blocks_at=1)
    with pytest.raises(sk.StalledError) as caught:
        await sk.from_async(source, timeouts=sk.Timeouts(between=0.05))
    assert caught.value.partial is not None and caught.value.partial.content == "1 "
    source.go.set()


@pytest.mark.parametrize("wrong", [LookupError("no moon"), SystemExit(1), KeyboardInterrupt(), StopAsyncIteration()])
def test_what_the_iterator_raises_ends_the_stream_in_an_error_with_what_arrived(wrong: BaseException) -> None:
    def broken() -> Iterator[str]:
        yield "Io"
        raise wrong

    with pytest.raises(sk.StreamError) as caught:
        sk.from_async(broken()).run()
    assert caught.value.partial is not None and caught.value.partial.content == "Io"


def test_it_runs_in_the_context_of_the_call() -> None:
    name = contextvars.ContextVar("name", default="nobody")

    def whose() -> Iterator[str]:
        yield name.get()
        name.set("itself")
        yield name.get()

    name.set("the caller")
    assert sk.from_async(whose()).run().content == "the calleritself"


@given(st.lists(st.text(max_size=4), max_size=8))
def test_any_chunking_gives_the_same_text(texts: list[str]) -> None:
    assert sk.from_async(texts).run().content == "".join(texts)


def test_a_stopped_iterator_that_blocks_does_not_keep_the_program_from_ending() -> None:
    code = """
import threading, streamkit as sk
blocked = threading.Event()
def texts():
    yield "Io"
    blocked.set()
    threading.Event().wait()
for chunk, _ in sk.from_async(texts()):
    blocked.wait()
    break
print("over")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "over"), done.stderr
