"""Groq through its own SDK: what is sent, which clients are taken, and what its events become."""

from __future__ import annotations

import builtins
import importlib
import sys
from typing import Any

import pytest

import streamkit as sk
from streamkit import wire
from streamkit.testing import FaultServer, chat_event, chat_events, plan

pytestmark = pytest.mark.sdk

SOUND = plan("none", chat_events("Eu", "ropa"))
groq: Any = importlib.import_module("groq")


async def sent(prompt: Any = "Hi", **given: Any) -> dict[str, Any]:
    with FaultServer(SOUND) as server:
        assert (await sk.stream("groq/m", prompt, base_url=server.base_url, api_key="k", **given)).content == "Europa"
    return server.requests[0].json()


async def test_the_request_has_the_calls_fields() -> None:
    assert await sent(max_tokens=5, reasoning_format="parsed", brand_new=1, stop=None) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 5,
        "reasoning_format": "parsed",
        "brand_new": 1,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize("path", ["", "/", "/openai/v1", "/openai/v1/"])
async def test_the_address_is_taken_with_its_path_or_without(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(SOUND) as server:
        await sk.stream("groq/m", "?", base_url=server.base_url + path, api_key="k")
        monkeypatch.setenv("GROQ_BASE_URL", server.base_url + path)
        await sk.stream("groq/m", "?", api_key="k", transport="sdk")
    assert [request.path for request in server.requests] == ["/openai/v1/chat/completions"] * 2


@pytest.mark.parametrize(
    ("prompt", "params", "message"),
    [
        ("?", {"n": 2}, "one answer a call"),
        ([sk.Messages.User([sk.AudioPart(b"RIFF")])], {}, "cannot take audio"),
        ([sk.Messages.User([sk.DocumentPart(b"%PDF")])], {}, "cannot take a file"),
    ],
)
def test_what_it_cannot_do_raises_before_anything_is_sent(prompt: Any, params: dict[str, Any], message: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=message):
        sk.stream("groq/m", prompt, **params)


async def test_its_clients_are_used_async_or_by_their_settings() -> None:
    with FaultServer(SOUND) as server:
        settings = {"api_key": "client-key", "base_url": server.base_url, "default_headers": {"x-mine": "1"}}
        async with groq.AsyncGroq(**settings) as client:
            assert (await sk.stream("groq/m", "?", client=client)).content == "Europa"
            assert client.max_retries == 2
        with groq.Groq(**settings) as client:
            assert (await sk.stream("groq/m", "?", client=client)).content == "Europa"
    headers = [(request.headers["authorization"], request.headers["x-mine"]) for request in server.requests]
    assert headers == [("Bearer client-key", "1")] * 2


async def test_a_clients_retries_are_not_used() -> None:
    with FaultServer([plan("server_error"), SOUND]) as server:
        async with groq.AsyncGroq(api_key="k", base_url=server.base_url) as client:
            with pytest.raises(sk.ProviderError) as caught:
                await sk.stream("groq/m", "?", client=client)
    assert len(server.requests) == 1 and isinstance(caught.value.__cause__, groq.InternalServerError)


def test_another_sdks_client_is_refused() -> None:
    openai: Any = importlib.import_module("openai")
    with openai.OpenAI(api_key="k") as client, pytest.raises(sk.ConfigurationError, match=r"takes an groq\.AsyncGroq"):
        sk.stream("groq/m", "?", client=client)


async def test_thinking_tools_and_usage_come_through() -> None:
    calls = [
        {"index": at, "id": f"c{at}", "type": "function", "function": {"name": "look_up", "arguments": text}}
        for at, text in enumerate(('{"moon": "Io"}', "{}"))
    ]
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    events = [chat_event({"reasoning": "Hm."}), chat_event({"tool_calls": calls})]
    events += [chat_event({}, finish="tool_calls", x_groq={"id": "req", "usage": usage}), b"data: [DONE]\n\n"]
    with FaultServer(plan("none", events)) as server:
        response = await sk.stream("groq/m", "?", base_url=server.base_url, api_key="k")
    assert (response.thinking, response.input_tokens, response.output_tokens) == ("Hm.", 7, 2)
    assert [(call.id, call.arguments) for call in response.tool_calls] == [("c0", {"moon": "Io"}), ("c1", {})]


async def test_an_event_is_there_as_the_sdks_own_object() -> None:
    types: Any = importlib.import_module("groq.types.chat")
    with FaultServer(SOUND) as server:
        stream = sk.stream("groq/m", "?", base_url=server.base_url, api_key="k")
        own = [chunk.chunk async for chunk, _ in stream]
    assert all(isinstance(each, types.ChatCompletionChunk) for each in own)
    assert own[1].choices[0].delta.content == "Eu"


# Without the package.


@pytest.fixture
def no_groq(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "groq":
            raise ModuleNotFoundError(f"No module named {name!r}", name="groq")
        return real(name, *rest)

    for name in [name for name in sys.modules if name.partition(".")[0] == "groq"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", missing)
    monkeypatch.setattr("sys.meta_path", [_Missing(), *sys.meta_path])
    monkeypatch.setattr("streamkit._stream._pump._loaded", set[object]())


class _Missing:
    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] == "groq":
            raise ModuleNotFoundError(f"No module named {name!r}", name="groq")


@pytest.mark.usefixtures("no_groq")
async def test_without_its_package_a_call_says_what_to_install() -> None:
    with pytest.raises(sk.ConfigurationError, match=r"groq is not installed: pip install 'groq>=1'"):
        await sk.stream("groq/m", "?", api_key="k", transport="sdk")


@pytest.mark.usefixtures("no_groq")
def test_without_its_package_an_event_is_a_dict() -> None:
    decoder = wire.decoder("groq.chat")
    (chunk,) = decoder.feed(chat_event({"content": "Io"}))
    assert chunk.chunk["choices"][0]["delta"] == {"content": "Io"}
