"""``cache=``: an answer that is there is played and nothing is sent; and only a complete answer ever gets there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

import streamkit as sk
from streamkit._recording import WRITER, read_recording
from streamkit.providers._recordings import recordings
from streamkit.testing import (
    FaultServer,
    Plan,
    anthropic_events,
    chat_event,
    chat_events,
    chat_tool_events,
    cohere_events,
    gemini_events,
    ollama_lines,
    plan,
    responses_events,
    run_in_virtual_time,
    whole_body,
)
from streamkit.testing.in_process import Request

KEY = "sk-canary-0123456789"
PROMPT = "Which moons may hold life? Ask a canary."


class Provider:
    """A server on the loopback, and calls to it with a cache."""

    def __init__(self, folder: Path) -> None:
        self.plans: list[Plan] = []
        self.cache = sk.Cache(folder)
        self.server = FaultServer(self.answer)

    def answer(self, request: Request) -> Plan:
        return self.plans.pop(0) if self.plans else plan("none", chat_events("Io, ", "Europa"))

    @property
    def requests(self) -> int:
        return len(self.server.requests)

    def stream(self, prompt: str = PROMPT, **options: Any) -> sk.Stream:
        given: dict[str, Any] = {
            "model": "openai/m",
            "path": "/v1",
            "temperature": 0,
            "cache": self.cache,
            "api_key": KEY,
            **options,
        }
        return sk.stream(given.pop("model"), prompt, base_url=self.server.base_url + given.pop("path"), **given)

    def stored(self) -> list[Path]:
        WRITER.flush()
        return sorted(self.cache.folder.iterdir())


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    found = Provider(tmp_path / "cache")
    with found.server:
        yield found


def test_the_second_call_is_the_first_answer_and_sends_nothing(provider: Provider) -> None:
    paid, played = provider.stream(), provider.stream()
    first, second = paid.run(), played.run()
    assert (provider.server.requests[0].path, len(provider.server.requests)) == ("/v1/chat/completions", 1)
    assert list(paid.chunks()) == list(played.chunks())
    assert (first.calls, first.cached, second.calls, second.cached) == (1, False, 0, True)
    assert (second.content, second.state, second.usage) == (first.content, "complete", first.usage)
    assert second.cost == 0.0
    assert (provider.cache.hits, provider.cache.stored) == (1, 1)


def test_another_program_finds_the_answer(provider: Provider) -> None:
    provider.stream().run()
    provider.stored()
    response = provider.stream(cache=sk.Cache(provider.cache.folder)).run()
    assert (response.content, response.calls) == ("Io, Europa", 0)


def test_an_answer_has_neither_the_prompt_nor_the_key(provider: Provider) -> None:
    provider.stream().run()
    (path,) = provider.stored()
    assert "canary" not in path.read_text(encoding="utf-8")
    assert "canary" not in path.name


def test_another_prompt_is_another_answer(provider: Provider) -> None:
    provider.stream().run()
    assert provider.stream("Which moons?").run().calls == 1


def filtered() -> list[bytes]:
    return [chat_event({"content": "Io"}), chat_event({}, finish="content_filter"), b"data: [DONE]\n\n"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (plan("cut", chat_events("Io, ", "Europa"), at=2), sk.TruncatedError),
        (plan("reset", chat_events("Io, ", "Europa"), at=2), sk.TransportError),
        (plan("rate_limited"), sk.RateLimited),
        (plan("error_event", chat_events("Io, ", "Europa"), at=2), sk.ProviderError),
        (plan("none", filtered()), None),
    ],
)
def test_no_other_end_ever_enters(provider: Provider, answer: Plan, error: type[Exception] | None) -> None:
    provider.plans = [answer]
    with pytest.raises(error) if error is not None else nullcontext():
        provider.stream().run()
    assert provider.stored() == []
    assert provider.stream().run().calls == 1
    assert len(provider.stored()) == 1


async def test_a_stopped_answer_does_not_enter(provider: Provider) -> None:
    provider.plans = [plan("stall", chat_events("Io, ", "Europa"), at=2)]
    async with provider.stream() as stream:
        async for chunk, _ in stream:
            if chunk.content:
                break
    assert stream.state == "stopped"
    assert provider.stored() == []


def test_an_answer_that_does_not_fit_its_type_does_not_enter(provider: Provider) -> None:
    with pytest.raises(sk.MalformedError):
        provider.stream(response_model=dict[str, int]).run()
    assert provider.stored() == []


@pytest.mark.parametrize(
    ("model", "path", "events"),
    [
        ("openai/m", "/v1", chat_tool_events(("look", '{"moon": "Io"}'))),
        ("openai-responses/m", "/v1", responses_events("Io, ", "Europa")),
        ("anthropic/m", "", anthropic_events("Io, ", "Europa")),
        ("cohere/m", "", cohere_events("Io, ", "Europa")),
        ("google/m", "", gemini_events("Io, ", "Europa")),
        ("ollama/m", "", ollama_lines("Io, ", "Europa")),
    ],
)
def test_every_format_is_played_by_its_own_decoder(
    provider: Provider, model: str, path: str, events: list[bytes]
) -> None:
    provider.plans = [plan("none", events)]
    paid, played = (provider.stream(model=model, path=path, max_tokens=9) for _ in range(2))
    assert paid.run().state == "complete"
    assert played.run().state == "complete"
    assert list(paid.chunks()) == list(played.chunks())
    assert provider.requests == 1


@pytest.mark.parametrize(
    ("name", "field", "options"),
    [
        ("anthropic:moons", "thinking", {"model": "anthropic/m", "path": "", "max_tokens": 99}),
        ("openai:tool", "tool_calls", {}),
        ("openai:audio", "audio", {}),
        ("cohere:moons", "citations", {"model": "cohere/m", "path": ""}),
    ],
)
def test_thinking_tools_sound_and_citations_are_played(
    provider: Provider, name: str, field: str, options: dict[str, Any]
) -> None:
    (shipped,) = (each for each in recordings() if each.model == name)
    provider.plans = [plan("none", [data for _, data in shipped.read().reads if isinstance(data, bytes)])]
    paid, played = (provider.stream(**options).run() for _ in range(2))
    assert getattr(paid, field)
    assert getattr(paid, field) == getattr(played, field)
    assert provider.requests == 1


def test_an_answer_in_one_body_is_one_too(provider: Provider) -> None:
    body = whole_body(chat_events("Io, ", "Europa"))
    provider.plans = [plan("none", [body], headers={"content-type": "application/json"})]
    responses = [provider.stream(stream=False).run() for _ in range(2)]
    assert [(each.content, each.calls) for each in responses] == [("Io, Europa", 1), ("Io, Europa", 0)]


def test_a_call_that_answers_otherwise_each_time_is_refused_at_once(provider: Provider) -> None:
    for temperature in (0.7, None):
        with pytest.raises(sk.ConfigurationError, match="has another answer each time"):
            provider.stream(temperature=temperature)
    provider.cache.sampled = True
    assert [provider.stream(temperature=0.7).run().calls for _ in range(2)] == [1, 0]
    with sk.context(cache=sk.Cache(provider.cache.folder)):
        assert provider.stream(cache=False, temperature=None).run().calls == 1
        with pytest.raises(sk.ConfigurationError, match="has another answer each time"):
            provider.stream(cache=None, temperature=None)
        assert provider.stream(cache=None).run().calls == 1


def test_what_is_no_cache_is_refused() -> None:
    given: dict[str, Any] = {"cache": "folder"}
    with pytest.raises(sk.ConfigurationError, match=r"cache='folder': give sk\.Cache\(folder\), or False"):
        sk.stream("openai/m", "?", **given)
    with pytest.raises(sk.ConfigurationError, match=r"cache='folder': give"):
        sk.call("openai/m", **given)


def test_a_decorated_function_and_a_context_have_the_option(provider: Provider) -> None:
    address = f"{provider.server.base_url}/v1"

    @sk.call("openai/m", temperature=0, cache=provider.cache, base_url=address, api_key=KEY)
    def ask(topic: str) -> str:
        return f"Which {topic}?"

    assert [ask(topic).run().calls for topic in ("moons", "moons", "stars")] == [1, 0, 1]
    with sk.context(cache=provider.cache):
        response = sk.stream("openai/m", "Which moons?", temperature=0, base_url=address, api_key=KEY).run()
    assert response.calls == 0


def test_the_turns_of_a_conversation_are_answers_and_its_tools_run(provider: Provider) -> None:
    runs: list[str] = []

    def look(moon: str) -> str:
        """Look at a moon."""
        runs.append(moon)
        return f"{moon} is hot."

    turns = [chat_tool_events(("look", '{"moon": "Io"}')), chat_tool_events(("look", '{"moon": "Europa"}'))]
    provider.plans = [plan("none", turn) for turn in turns]
    given: dict[str, Any] = {"tools": [look], "temperature": 0, "cache": provider.cache, "api_key": KEY}
    address = f"{provider.server.base_url}/v1"
    first, second = (sk.converse("openai/m", PROMPT, base_url=address, **given).run() for _ in range(2))
    assert (first.calls, second.calls, provider.requests) == (3, 0, 3)
    assert (first.content, second.content) == ("Io, Europa", "Io, Europa")
    assert first.history == second.history
    assert runs == ["Io", "Europa"] * 2


def test_of_a_retried_call_the_answer_enters_and_not_what_failed(provider: Provider) -> None:
    provider.plans = [plan("overloaded")]
    assert sk.retry(provider.stream(), attempts=2, wait=0).run().calls == 2
    (path,) = provider.stored()
    assert len(read_recording(path).calls) == 1
    assert provider.stream().run().content == "Io, Europa"
    assert provider.requests == 2


def test_a_recording_beside_the_cache_has_the_played_answer_too(provider: Provider, tmp_path: Path) -> None:
    for _ in range(2):
        provider.stream(record=tmp_path).run()
    (path,) = provider.stored()
    assert read_recording(path).header.kind == "bytes"
    contents = [sk.stream(f"replay/{path}", PROMPT, temperature=0).run().content for path in tmp_path.glob("*.jsonl")]
    assert contents == ["Io, Europa"] * 2


async def test_a_played_answer_takes_no_turn_under_limits(provider: Provider) -> None:
    limits = sk.Limits(concurrency=1)
    await provider.stream()
    provider.plans = [plan("stall", chat_events("Io"), at=1)]
    async with provider.stream("Which stars?", limits=limits) as other:
        reading = asyncio.ensure_future(other.wait_response())
        await asyncio.to_thread(provider.server.wait_for, lambda: provider.requests == 2)
        assert (await provider.stream(limits=limits)).calls == 0
    await reading


def test_the_folder_is_read_off_the_loop(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    find = provider.cache.find

    def watched(key: str) -> Any:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        threads.append(threading.current_thread().name)
        return find(key)

    monkeypatch.setattr(provider.cache, "find", watched)
    provider.stream().run()
    assert len(threads) == 1


def test_an_answer_is_played_at_the_pace_that_the_cache_has(provider: Provider) -> None:
    provider.plans = [plan("none", chat_events("Io, ", "Europa"), every=0.01)]
    provider.stream().run()
    (path,) = provider.stored()
    came = [seconds for seconds, _ in read_recording(path).reads]

    async def play(pace: float | None) -> float:
        assert (await provider.stream(cache=sk.Cache(provider.cache.folder, pace=pace))).calls == 0
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(play(None)) == 0
    assert run_in_virtual_time(play(0.5)) == pytest.approx(came[-1] * 2)


def test_an_answer_that_cannot_be_read_any_more_is_an_error_once(provider: Provider) -> None:
    provider.stream().run()
    (path,) = provider.stored()
    path.write_bytes(path.read_bytes().replace(b"[DONE]", b"{").replace(b'"stop\\"', b'null\\"'))
    with pytest.raises(sk.StreamError):
        provider.stream().run()
    assert provider.stored() == []
    assert provider.stream().run().calls == 1


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(provider: Provider) -> None:
    provider.cache.folder.rmdir()
    assert provider.stream().run().content == "Io, Europa"
    assert provider.stream().run().content == "Io, Europa"
    assert (provider.requests, provider.cache.stored) == (2, 0)
