"""A failure is the same error whoever has sent the request: the class, the message, the request's id, the wait."""

from __future__ import annotations

import importlib
import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan
from streamkit.testing.faults import Fin, Reset, Send, Wait
from tests.packages import missing
from tests.providers.doors import ask
from tests.transport.clients import LIBRARIES, use

pytestmark = pytest.mark.sdk

SDK_OF = {"anthropic": "anthropic", "cohere": "cohere", "groq": "groq"}
NAMES = ("openai", "openai-responses", "anthropic", "cohere", "groq", "azure v1", "litellm-proxy")


def failure(error: sk.StreamError) -> tuple[object, ...]:
    """Return everything that must be the same, but for the name of openai's SDK for a reset over aiohttp."""
    cause = type(error.__cause__)
    # Cohere's SDK raises the HTTP library's own exception, and the direct request may go over another library.
    own = cause.__module__.partition(".")[0] in ("aiohttp", "httpx", "httpx2")
    broken = own or cause.__name__ == "APITimeoutError"
    return type(error), error.message, error.details, "APIConnectionError" if broken else cause.__name__


@contextmanager
def serve(plans: Sequence[Plan], *, listening: bool) -> Generator[FaultServer]:
    """Start a server; give it when it has stopped where nobody is to listen at its address."""
    with FaultServer(plans) as server:
        if listening:
            yield server
    if not listening:
        yield server


async def failures(
    name: str, plans: Sequence[Plan], transport: str, *, listening: bool = True, **given: Any
) -> list[tuple[object, ...]]:
    """Return the failures of one call for each plan, all over one server."""
    found: list[tuple[object, ...]] = []
    with serve(plans, listening=listening) as server:
        for _ in plans:
            with pytest.raises(sk.StreamError) as caught:
                await ask(name, server, transport=transport, resend=False, **given)
            where = server.base_url.removeprefix("http://")
            kind, message, *rest = failure(caught.value)
            found.append((kind, str(message).replace(where, "the server"), *rest))
    return found


async def check(name: str, plans: dict[str, Plan], **given: Any) -> None:
    """Compare the failures of direct calls over each HTTP library with those of the SDK."""
    if name == "groq" and (reason := missing("groq")):
        pytest.skip(reason)
    importlib.import_module(SDK_OF.get(name, "openai"))
    by_sdk = await failures(name, list(plans.values()), "sdk", **given)
    for library in LIBRARIES:
        if not missing(library):
            with pytest.MonkeyPatch.context() as patch:
                use(library, patch)
                direct = await failures(name, list(plans.values()), "direct", **given)
            assert dict(zip(plans, direct, strict=True)) == dict(zip(plans, by_sdk, strict=True)), library


JSON = ("content-type", "application/json")
STATUSES = (301, 400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 418, 422, 429, 500, 501, 502, 503, 504, 520, 529)
IDS = ("x-request-id", "request-id", "apim-request-id", "x-amzn-requestid")


def refusal(status: int, body: object, *headers: tuple[str, str]) -> Plan:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Plan(status, (JSON, *headers), (Send(data),) if data else ())


@pytest.mark.parametrize("name", NAMES)
async def test_every_status_is_the_same_error(name: str) -> None:
    body: Any = {"error": {"message": "No.", "type": "of_this_kind", "code": "c1", "param": None}}
    headers = (("x-request-id", "req_1"), ("request-id", "req_2"), ("retry-after", "7"))
    await check(name, {str(status): refusal(status, body, *headers) for status in STATUSES})


BODIES: dict[str, object] = {
    "empty": b"",
    "no JSON": b"<html>Bad Gateway</html>",
    "a list": [{"error": {"message": "No."}}],
    "a message": {"message": "No."},
    "a detail": {"detail": [{"msg": "No."}]},
    "an error's text": {"error": "No."},
    "a code": {"error": {"code": 7, "message": "No."}},
    "an overload": {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
    "a filter": {"error": {"code": "content_filter", "message": "Filtered."}},
    "a quota": {"error": {"code": "insufficient_quota", "message": "No more."}},
    "null": None,
    "bytes": b"\xff\xfe",
}


@pytest.mark.parametrize("name", NAMES)
async def test_every_body_is_the_same_error(name: str) -> None:
    plans = {f"{status}: {kind}": refusal(status, body) for status in (400, 429, 503) for kind, body in BODIES.items()}
    await check(name, plans)


@pytest.mark.parametrize("name", NAMES)
async def test_every_header_is_the_same_error(name: str) -> None:
    waits = {"retry-after": ("7", "0.5", "-1", "nan", "Wed, 21 Oct 2026 07:28:00 GMT"), "retry-after-ms": ("1500", "x")}
    plans = {f"{header} {value}": refusal(429, {}, (header, value)) for header in waits for value in waits[header]}
    await check(name, plans | {header: refusal(500, {}, (header, "req_1")) for header in IDS})


CUTS = {
    "reset before headers": Plan(unanswered=True, steps=(Reset(),)),
    "closed before headers": Plan(unanswered=True, steps=(Fin(),)),
    "reset within the headers": Plan(unanswered=True, steps=(Send(b"HTTP/1.1 200 OK\r\ncontent-ty"), Reset())),
    "closed within the headers": Plan(unanswered=True, steps=(Send(b"HTTP/1.1 200 OK\r\ncontent-ty"), Fin())),
    "no HTTP": Plan(unanswered=True, steps=(Send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), Fin())),
}


@pytest.mark.parametrize("name", NAMES)
async def test_every_cut_before_the_answer_is_the_same_error(name: str) -> None:
    await check(name, CUTS)


@pytest.mark.parametrize("name", NAMES)
async def test_a_connection_that_is_refused_is_the_same_error(name: str) -> None:
    await check(name, {"refused": Plan()}, listening=False)


@pytest.mark.parametrize("name", NAMES)
async def test_a_timeout_of_the_request_is_the_same_error(name: str) -> None:
    await check(name, {"silent": Plan(unanswered=True, steps=(Wait(30),))}, timeout=0.3)
