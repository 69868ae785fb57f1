"""Who sends the request: streamkit itself, or the provider's SDK; what ``"auto"`` means, and what is refused."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog

import streamkit as sk
from streamkit.providers import CallSpec, check_transport
from streamkit.testing import FaultServer, FaultTransport, Plan, chat_events, plan
from streamkit.testing.faults import Send
from tests.packages import missing
from tests.providers.doors import DOORS, KEY, ask

ROOT = Path(__file__).parents[2]
BOTH = ("openai", "openai-responses", "azure v1", "groq", "anthropic", "cohere")
DIRECT = ("azure models", "mistral", "bedrock", "google", "ollama")


def agent_of(server: FaultServer) -> str:
    return server.requests[-1].headers["user-agent"]


def loaded_by(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120, cwd=ROOT
    )
    return done.stdout.strip()


@pytest.mark.usefixtures("usually_direct")
@pytest.mark.parametrize("name", BOTH)
async def test_auto_and_direct_are_sent_by_streamkit_under_its_own_name(name: str) -> None:
    with FaultServer(plan("none", DOORS[name].events("Io"))) as server:
        for given in ({}, {"transport": "auto"}, {"transport": "direct"}):
            assert (await ask(name, server, **given)).content == "Io"
            assert agent_of(server).startswith("streamkit/")


@pytest.mark.sdk
@pytest.mark.parametrize("name", BOTH)
async def test_sdk_is_sent_by_the_sdk(name: str) -> None:
    if name == "groq" and (reason := missing("groq")):
        pytest.skip(reason)
    with FaultServer(plan("none", DOORS[name].events("Io"))) as server:
        assert (await ask(name, server, transport="sdk")).content == "Io"
        assert not agent_of(server).startswith("streamkit/")


@pytest.mark.parametrize("name", DIRECT)
def test_a_provider_without_a_way_by_its_sdk_says_what_there_is(name: str) -> None:
    where = "http://models.invalid" + DOORS[name].base
    with pytest.raises(sk.ConfigurationError, match='opens calls by transport="direct"'):
        sk.stream(f"{name.partition(' ')[0]}/m", "?", base_url=where, api_key=KEY, transport="sdk")


def test_litellm_has_its_own_sdk_only() -> None:
    with pytest.raises(sk.ConfigurationError, match=r"litellm has no transport='direct': it .* transport=.sdk."):
        sk.stream("litellm/openai/m", "?", transport="direct")


def test_a_provider_of_another_package_opens_its_calls_in_its_own_way() -> None:
    class Other:
        name = "other"

    check_transport(Other(), CallSpec("m", ()))
    with pytest.raises(sk.ConfigurationError, match=r"other has no transport='direct': .* its own way only"):
        check_transport(Other(), CallSpec("m", (), transport="direct"))


def test_the_older_name_of_the_network_is_understood() -> None:
    def network(_library: object) -> None: ...

    older: Any = {"transport": network}
    spec = CallSpec("m", (), **older)
    assert (spec.network, spec.transport) == (network, "auto")


@pytest.mark.sdk
async def test_a_client_of_the_sdk_opens_the_call_and_the_log_says_so() -> None:
    import openai

    with FaultServer(plan("none", chat_events("Io"))) as server, structlog.testing.capture_logs() as logs:
        structlog.configure()
        async with openai.AsyncOpenAI(api_key=KEY, base_url=server.base_url) as client:
            assert (await sk.stream("openai/m", "?", client=client)).content == "Io"
    (found,) = [each for each in logs if each["event"] == "opened_by_sdk"]
    assert (found["provider"], found["sdk"], found["reason"]) == ("openai", "openai", "client=AsyncOpenAI")


@pytest.mark.sdk
@pytest.mark.parametrize(("name", "kind"), [("openai", "httpx"), ("anthropic", "httpx2"), ("groq", "httpx")])
async def test_an_option_of_the_sdks_client_needs_the_sdk(name: str, kind: str) -> None:
    if reason := missing(name) or missing(kind):
        pytest.skip(reason)
    with FaultServer(plan("none", DOORS[name].events("Io"))) as server, structlog.testing.capture_logs() as logs:
        structlog.configure()
        async with importlib.import_module(kind).AsyncClient(headers={"x-mine": "1"}) as client:
            headers = {"x-default": "2"}
            assert (await ask(name, server, http_client=client, default_headers=headers)).content == "Io"
            assert not client.is_closed
            with pytest.raises(sk.ConfigurationError, match="http_client= needs the SDK"):
                ask(name, server, http_client=client, transport="direct")
    (request,) = server.requests
    assert (request.headers["x-mine"], request.headers["x-default"]) == ("1", "2")
    assert not request.headers["user-agent"].startswith("streamkit/") and "http_client" not in request.json()
    assert [each["reason"] for each in logs if each["event"] == "opened_by_sdk"] == ["http_client="]


@pytest.mark.sdk
async def test_a_login_without_a_key_needs_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FEDERATION_RULE_ID", "ORGANIZATION_ID", "IDENTITY_TOKEN"):
        monkeypatch.setenv(f"ANTHROPIC_{name}", f"the-{name.lower()}")
    token = Plan(200, (("content-type", "application/json"),), (Send(b'{"access_token": "at-1", "expires_in": 600}'),))
    with FaultServer([token, plan("none", DOORS["anthropic"].events("Io"))]) as server:
        assert (await ask("anthropic", server, api_key=None)).content == "Io"
        with pytest.raises(sk.ConfigurationError, match="ANTHROPIC_FEDERATION_RULE_ID needs the SDK"):
            ask("anthropic", server, api_key=None, transport="direct")
        await ask("anthropic", server)  # a key goes before a login
    assert [each.headers["authorization"] for each in server.requests[1:]] == ["Bearer at-1", f"Bearer {KEY}"]


@pytest.mark.sdk
def test_direct_beside_a_client_of_the_sdk_is_refused() -> None:
    import openai

    client = openai.AsyncOpenAI(api_key=KEY)
    with pytest.raises(sk.ConfigurationError, match="cannot take the AsyncOpenAI in client="):
        sk.stream("openai/m", "?", client=client, transport="direct")


async def test_direct_beside_a_plain_http_client_is_sent_by_it() -> None:
    import httpx

    with FaultServer(plan("none", chat_events("Io"))) as server:
        async with httpx.AsyncClient() as client:
            assert (await ask("mistral", server, client=client, transport="direct")).content == "Io"


@pytest.mark.sdk
async def test_a_file_in_the_request_needs_the_sdk(tmp_path: Path) -> None:
    image = tmp_path / "moon.png"
    image.write_bytes(b"moon")
    source = {"type": "base64", "media_type": "image/png", "data": image}
    prompt: Any = [{"role": "user", "content": [{"type": "image", "source": source}]}]
    with FaultServer(plan("none", DOORS["anthropic"].events("Io"))) as server:
        given: dict[str, Any] = {"base_url": server.base_url, "api_key": KEY}
        with pytest.raises(sk.ConfigurationError, match="cannot be written as JSON: a value of type PosixPath"):
            sk.stream("anthropic/m", prompt, transport="direct", **given)
        assert (await sk.stream("anthropic/m", prompt, **given)).content == "Io"
    (part,) = server.requests[0].json()["messages"][0]["content"]
    assert part["source"]["data"] == "bW9vbg=="


@pytest.mark.parametrize("transport", ["auto", "direct", "sdk"])
async def test_a_network_of_ones_own_makes_every_call_direct(transport: Any) -> None:
    network = FaultTransport(plan("none", chat_events("Io")))
    messages = sk.stream("openai/m", "?").messages
    spec = CallSpec("m", messages, api_key=KEY, network=lambda _library: network, transport=transport)
    from streamkit.providers import find

    assert (await sk.Stream(find("openai/m")[0].request(spec))).content == "Io"
    assert network.requests[0].headers["user-agent"].startswith("streamkit/")


@pytest.mark.sdk
async def test_a_context_an_override_and_an_argument_choose_in_their_order() -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:

        @sk.call("openai/m", base_url=server.base_url, api_key=KEY, transport="direct")
        async def moons() -> str:
            return "Which moons?"

        async def agent(stream: Any) -> str:
            await stream
            return agent_of(server).partition("/")[0]

        with sk.context(transport="sdk"):
            assert await agent(await moons()) == "AsyncOpenAI"
            assert await agent(await sk.override(moons, transport="direct")()) == "streamkit"
            assert await agent(ask("openai", server)) == "AsyncOpenAI"
            assert await agent(ask("openai", server, transport="direct")) == "streamkit"
        assert await agent(await moons()) == "streamkit"


@pytest.mark.sdk
@pytest.mark.usefixtures("usually_direct")
async def test_again_inside_a_context_is_sent_as_the_context_says() -> None:
    with FaultServer(plan("none", chat_events("Io"))) as server:
        stream = ask("openai", server)
        with sk.context(transport="sdk"):
            again = stream.again()
        await again
        assert agent_of(server).startswith("AsyncOpenAI/")
        await stream
        assert agent_of(server).startswith("streamkit/")


SDK_OF = {
    "openai": "openai",
    "openai-responses": "openai",
    "azure v1": "openai",
    "anthropic": "anthropic",
    "cohere": "cohere",
}
REFUSED = {
    "openai": "RateLimitError",
    "openai-responses": "RateLimitError",
    "anthropic": "RateLimitError",
    "cohere": "TooManyRequestsError",
}
"""The SDK's own class for status 429."""


@pytest.mark.sdk
def test_direct_calls_and_refusals_load_no_sdk_until_an_object_of_it_is_used() -> None:
    code = f"""
import sys
import streamkit as sk
from streamkit.testing import FaultServer, Plan, plan
from tests.providers.doors import DOORS, ask
whole = []
for name in {list(SDK_OF)}:
    with FaultServer([Plan(429, (), ()), plan("none", DOORS[name].events("Io"))]) as server:
        try:
            ask(name, server).run()
        except sk.RateLimited:
            pass
        stream = ask(name, server)
        response = stream.run()
        chunks = [chunk for chunk, tool in stream]
        whole.append((chunks[-1], response))
print(*(sdk for sdk in {sorted(set(SDK_OF.values()))} if sdk in sys.modules), "then")
for chunk, response in whole:
    print(type(chunk.chunk).__module__.partition(".")[0], type(response.response).__module__.partition(".")[0])
"""
    assert loaded_by(code).split() == ["then", *(sdk for sdk in SDK_OF.values() for _ in range(2))]


@pytest.mark.sdk
@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("transport", ["direct", "sdk"])
async def test_the_cause_of_a_refusal_is_the_sdks_own_error_where_the_sdk_is_loaded(name: str, transport: str) -> None:
    sdk = importlib.import_module(SDK_OF[name])
    with FaultServer(Plan(429, (), (Send(b"{}"),))) as server, pytest.raises(sk.RateLimited) as caught:
        await ask(name, server, transport=transport)
    assert isinstance(caught.value.__cause__, getattr(sdk, REFUSED[name]))
