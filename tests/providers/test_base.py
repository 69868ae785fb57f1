"""The base class of providers: what a subclass states is checked, and its body goes into its request."""

from __future__ import annotations

from typing import Any

import pytest

import streamkit as sk
from streamkit.providers import CallSpec, Provider, Request
from streamkit.providers._config import ProviderConfig
from streamkit.providers._plain import PlainRequest

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
