"""The base class of providers: what a subclass states is checked, and its body goes into its request."""

from __future__ import annotations

import json
from typing import Any

import pytest

import streamkit as sk
from streamkit.providers import CallSpec, Provider, Request
from streamkit.providers._config import ProviderConfig
from streamkit.providers._plain import PlainRequest
from streamkit.testing import FaultServer, anthropic_events, chat_events, plan

CONFIG = ProviderConfig("small", "openai_compatible.chat", base_url="http://small.invalid/v1")


class Small(Provider):
    """A provider that takes no seed, sets a parameter itself, and has no second model."""

    name = "small"
    reserved = Provider.reserved | {"user"}
    unsupported = ("seed",)

    def check(self, ask: CallSpec) -> None:
        if ask.model != "one":
            raise sk.ConfigurationError("There is one model.")

    def body(self, ask: CallSpec) -> dict[str, Any]:
        return {"model": ask.model, "user": "me", **ask.params}

    def make_request(self, ask: CallSpec, body: dict[str, Any]) -> Request:
        return PlainRequest(ask, CONFIG, path="/chat", body=body)


def request(model: str = "one", **params: Any) -> Any:
    return Small().request(CallSpec(model, (), params=params))


def test_the_body_of_a_subclass_is_that_of_its_request() -> None:
    assert vars(request(seed=None, stop=["."]))["_content"] == b'{"model":"one","user":"me","seed":null,"stop":["."]}'


@pytest.mark.parametrize("name", ["user", "stream", "messages"])
def test_a_reserved_parameter_is_refused(name: str) -> None:
    with pytest.raises(sk.ConfigurationError, match=f"{name} cannot be given here"):
        request(**{name: "x"})


def test_an_unsupported_parameter_is_refused_by_the_providers_name() -> None:
    with pytest.raises(sk.ConfigurationError, match="small cannot take the parameter seed"):
        request(seed=1)


def test_the_check_of_a_subclass_comes_before_its_body() -> None:
    with pytest.raises(sk.ConfigurationError, match="There is one model"):
        request("two")


def test_a_common_parameter_is_checked_without_a_word_of_the_subclass() -> None:
    with pytest.raises(sk.ConfigurationError, match="max_tokens=0"):
        request(max_tokens=0)


def test_a_subclass_without_its_hooks_is_named() -> None:
    class Empty(Provider):
        name = "empty"

    with pytest.raises(NotImplementedError, match="Empty has neither"):
        Empty().request(CallSpec("m", ()))


class Moons(sk.Provider):
    """A provider that only states what it is."""

    name = "moons"
    api = "openai_compatible.chat"
    keys = ("MOONS_API_KEY",)

    def headers(self, key: str) -> dict[str, str]:
        return {"x-moons-key": key}

    def body(self, ask: CallSpec) -> dict[str, Any]:
        return {**super().body(ask), "phase": "new"}


async def answered(provider: sk.Provider, events: list[bytes], **given: Any) -> tuple[Any, sk.Response]:
    """Send a request of a provider to a server on this machine; return the request and the Response."""
    with FaultServer(plan("none", events)) as server:
        provider.base_url = server.base_url
        messages = (sk.Messages.System("Be brief."), sk.Messages.User("Which?"))
        response = await sk.Stream(provider.request(CallSpec("m", messages, **given)))
        return server.requests[-1], response


async def test_a_provider_of_a_few_lines_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOONS_API_KEY", "a-key")
    request, response = await answered(Moons(), chat_events("Io"), params={"max_tokens": 5, "top_k": 2})
    body = json.loads(request.body)
    assert (response.content, response.state, request.path) == ("Io", "complete", "/chat/completions")
    assert request.headers["x-moons-key"] == "a-key"
    assert (body["phase"], body["max_tokens"], body["top_k"], body["stream"]) == ("new", 5, 2, True)
    assert [each["role"] for each in body["messages"]] == ["system", "user"]


async def test_a_provider_of_another_api_has_its_body_path_and_key() -> None:
    class Claude(sk.Provider):
        name = "own-claude"
        api = "anthropic.messages"
        keys = ("OWN_CLAUDE_KEY",)

    request, response = await answered(Claude(), anthropic_events("Io"), api_key="a-key")
    assert (response.content, request.headers["x-api-key"]) == ("Io", "a-key")
    assert request.path.endswith("/v1/messages")
    assert json.loads(request.body)["system"] == [{"type": "text", "text": "Be brief."}]


async def test_without_a_key_its_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOONS_API_KEY", raising=False)
    with pytest.raises(sk.ConfigurationError, match="MOONS_API_KEY is not set"):
        await answered(Moons(), chat_events("Io"))


async def test_without_an_address_the_argument_is_named() -> None:
    stream = sk.Stream(Moons().request(CallSpec("m", (sk.Messages.User("?"),), api_key="k")))
    with pytest.raises(sk.ConfigurationError, match="moons has no address: pass base_url="):
        await stream


def test_an_api_without_a_writer_says_what_to_write() -> None:
    class Odd(sk.Provider):
        name = "odd"
        api = "bedrock.converse"

    with pytest.raises(
        sk.ConfigurationError, match=r"odd: api='bedrock.converse' has no writer of bodies: write body\(\) and path"
    ):
        Odd().request(CallSpec("m", (sk.Messages.User("?"),)))
