"""The key of an answer in a cache: what determines the answer, and nothing of who asks for it or how."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, cast

from .._recording import request_hash
from ..errors import ConfigurationError
from ._request import Request
from ._request_body import request_body
from ._secrets import values_without_keys

_VERSION = 1  # of what the key is made of

_NESTED = ("generationConfig", "generation_config", "inferenceConfig", "options")


def cache_key(request: Request) -> str | None:
    """Return the key of a request's answer; None if its provider does not say what its requests have.

    The key is made of the provider, the model, the address, the body, the headers and the query that the call adds, and
    of the options that decide what the answer's chunks are. API keys, timeouts and limits are left out.

    Args:
        request: The request, which need not have been sent.
    """
    ask = request.ask
    body = request_body(request.provider, ask)
    if body is None:
        return None
    server: str | None = ask.base_url
    with contextlib.suppress(ConfigurationError):  # what is missing for the address is named when the call is sent
        server = getattr(request, "server", server)
    fields = {
        "version": _VERSION,
        "server": server,
        "body": body,
        "headers": values_without_keys(ask.params.get("extra_headers")),
        "query": values_without_keys(ask.params.get("extra_query")),
        "options": [ask.sentinel_ends, ask.thinking_tags],
    }
    return request_hash(request.provider, fields)


def check_sampling(request: Request) -> None:
    """Raise if the answers to a request differ from time to time, or if a cache cannot tell its answers apart.

    Args:
        request: The request.

    Raises:
        ConfigurationError: The request has a temperature above 0, or none; or its provider does not say what it has.
    """
    body = request_body(request.provider, request.ask)
    if body is None:
        raise ConfigurationError(f"cache=: {request.provider} does not say what its requests have: give cache=False.")
    temperature = _temperature(body)
    if temperature != 0:
        what = "without temperature=" if temperature is None else f"with temperature={temperature}"
        raise ConfigurationError(
            f"cache=: a call {what} has another answer each time. Give temperature=0, or "
            "sk.Cache(…, sampled=True) to play the first answer again all the same."
        )


def _temperature(body: Mapping[str, Any]) -> Any:
    for fields in (body, *(body.get(name) for name in _NESTED)):
        if isinstance(fields, Mapping) and "temperature" in fields:
            return cast("Mapping[str, Any]", fields)["temperature"]
    return None
