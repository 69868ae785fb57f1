"""An error is an instance of the SDK's own exception too, where that SDK is loaded, over every transport."""

from __future__ import annotations

import copy
import importlib
import json
import os
import pickle
import sys
import traceback
import types
from collections.abc import AsyncIterator
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import FaultServer, Plan
from streamkit.testing.faults import Reset, Send, Wait
from tests.packages import missing
from tests.providers.doors import DOORS, KEY, ask, kind_of
from tests.transport.clients import LIBRARIES, use

pytestmark = [
    pytest.mark.sdk,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*", "ignore::UserWarning:pydantic.*"),
]

STATUSES = (400, 401, 403, 404, 409, 413, 418, 422, 429, 500, 503, 529)

_GENERATED = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
_COHERE = {
    400: "BadRequestError",
    401: "UnauthorizedError",
    403: "ForbiddenError",
    404: "NotFoundError",
    422: "UnprocessableEntityError",
    429: "TooManyRequestsError",
    500: "InternalServerError",
    503: "ServiceUnavailableError",
}

# By the door: the module with the exceptions, the door's transports, and the class of each status or of all others.
SDKS: dict[str, tuple[str, tuple[str, ...], dict[int, str], str]] = {
    "openai": ("openai", ("direct", "sdk"), _GENERATED, "APIStatusError"),
    "openai-responses": ("openai", ("direct", "sdk"), _GENERATED, "APIStatusError"),
    "azure v1": ("openai", ("direct", "sdk"), _GENERATED, "APIStatusError"),
    "litellm-proxy": ("openai", ("direct", "sdk"), _GENERATED, "APIStatusError"),
    "anthropic": ("anthropic", ("direct", "sdk"), _GENERATED, "APIStatusError"),
    "groq": ("groq", ("direct", "sdk"), _GENERATED, "APIStatusError"),
    "cohere": ("cohere", ("direct", "sdk"), _COHERE, "core.api_error:ApiError"),
    "mistral": ("mistralai.client.errors", ("direct",), {}, "MistralError"),
    "google": ("google.genai.errors", ("direct",), {500: "ServerError", 503: "ServerError"}, "APIError"),
    "bedrock": ("botocore.exceptions", ("direct",), {}, "ClientError"),
    "ollama": ("ollama", ("direct",), {}, "ResponseError"),
    "litellm openai": ("litellm", ("sdk",), {429: "RateLimitError", 401: "AuthenticationError"}, "openai:APIError"),
}


def class_of(module: str, name: str) -> type[Exception]:
    """Return a class of a module; a name with a colon names the module below, or another one."""
    if ":" in name:
        below, _, name = name.partition(":")
        module = below if below in sys.modules else f"{module}.{below}"
    return getattr(importlib.import_module(module), name)


def refusal(status: int, /, **fields: Any) -> Plan:
    inner = {"message": f"No, {KEY}.", "type": "of_this_kind", "code": "c1", "param": "p1", **fields}
    body = json.dumps({"error": inner, "message": inner["message"]}).encode()
    named = (("x-request-id", "req_1"), ("request-id", "req_1"), ("retry-after", "7"))
    return Plan(status, (("content-type", "application/json"), *named), (Send(body),))


def both(error: object, ours: type[object], theirs: type[object]) -> bool:
    """Return whether an error is of both classes; a checker is not to narrow its type by that."""
    return isinstance(error, ours) and isinstance(error, theirs)


async def failure(name: str, plan: Plan, **given: Any) -> Any:
    with FaultServer(plan) as server, pytest.raises(sk.StreamError) as caught:
        await ask(name, server, resend=False, **given)
    return caught.value


def ways() -> list[Any]:
    """List the doors, each over each HTTP library and by the SDK."""
    found = [(name, "sdk") for name, row in SDKS.items() if "sdk" in row[1]]
    found += [(name, each) for name, row in SDKS.items() if "direct" in row[1] for each in LIBRARIES]
    return [pytest.param(*each, id=" ".join(each).replace(" ", "-")) for each in found]


def choose(way: str, monkeypatch: pytest.MonkeyPatch) -> str:
    if way == "sdk":
        return way
    if reason := missing(way):
        pytest.skip(reason)
    use(way, monkeypatch)
    return "direct"


def load(name: str) -> str:
    """Import the SDK of a door, and return the module with its exceptions."""
    module = SDKS[name][0]
    if reason := missing(module):
        pytest.skip(reason)
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # without it, litellm would download its prices
    importlib.import_module(module)
    return module


@pytest.mark.parametrize(("name", "way"), ways())
async def test_a_refusal_is_the_sdks_class_of_its_status(name: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, transport = load(name), choose(way, monkeypatch)
    names, other = SDKS[name][2], SDKS[name][3]
    for status in STATUSES:
        error = await failure(name, refusal(status), transport=transport)
        expected = class_of(module, names.get(status, other))
        assert both(error, sk.ProviderError, expected), status
        ours = kind_of(error)
        assert type(error).__mro__[1] is ours
        assert (type(error).__name__, type(error).__qualname__, type(error).__module__) == (
            *(ours.__name__, ours.__qualname__),
            "streamkit.errors",
        )
        assert error.status == status and repr(error) == f"{ours.__name__}({error.message!r})"
        assert str(error) == error.message


def holders(error: Any) -> list[Any]:
    """Return everything of an error that may hold a key: itself, its response, and the request of each."""
    own: list[Any] = [error, *(error.__dict__.get(each) for each in ("response", "raw_response", "request"))]
    return [*own, *(getattr(each, "request", None) for each in own)]


@pytest.mark.parametrize(("name", "way"), ways())
async def test_neither_attribute_nor_text_holds_the_key(name: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    load(name)
    error: Any = await failure(name, refusal(401), transport=choose(way, monkeypatch))
    shown: list[str] = [repr(error.__dict__), repr(error.args), "".join(traceback.format_exception(error))]
    for each in holders(error):
        headers: dict[str, str] = dict(getattr(each, "headers", None) or {})
        shown += [str(headers), str(getattr(each, "text", "")), str(getattr(each, "content", ""))]
        assert not {header.lower() for header in headers} & {"authorization", "x-api-key", "api-key", "x-goog-api-key"}
    assert KEY not in " ".join(shown)


GENERATED = [each for each in ways() if SDKS[each.values[0]][0] in ("openai", "anthropic", "groq")]


@pytest.mark.parametrize(("name", "way"), GENERATED)
async def test_the_documented_attributes_are_there(name: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(name)
    error = await failure(name, refusal(429), transport=choose(way, monkeypatch))
    assert (error.status_code, error.response.status_code, error.request_id) == (429, 429, "req_1")
    assert error.response.headers["retry-after"] == "7" and error.response.json()["error"]["param"] == "p1"
    assert (error.request.method, error.response.request.method) == ("POST", "POST")
    assert error.request.url.host == "127.0.0.1" and error.message == "No, …."
    sdk = importlib.import_module(module)
    library = sdk.DefaultAsyncHttpxClient.__mro__[1].__module__.partition(".")[0]
    assert type(error.response).__module__.partition(".")[0] == library
    if module == "openai":
        assert (error.code, error.param, error.type, error.body["param"]) == ("c1", "p1", "of_this_kind", "p1")
    else:
        assert error.body["error"]["param"] == "p1"
    assert type(error.__cause__) is class_of(module, "RateLimitError")


async def test_the_attributes_of_the_other_sdks_are_there() -> None:
    for name in ("cohere", "mistral", "google", "bedrock", "ollama"):
        load(name)
    cohere = await failure("cohere", refusal(429))
    assert (cohere.status_code, cohere.body["error"]["param"], cohere.headers["retry-after"]) == (429, "p1", "7")
    mistral = await failure("mistral", refusal(429))
    assert (mistral.status_code, mistral.raw_response.status_code, json.loads(mistral.body)["error"]["code"]) == (
        *(429, 429),
        "c1",
    )
    assert mistral.headers["x-request-id"] == "req_1" and isinstance(hash(mistral), int)
    google = await failure("google", refusal(429, status="RESOURCE_EXHAUSTED"))
    assert google.response.status_code == 429 and (google.status, google.code) == (429, "RESOURCE_EXHAUSTED")
    bedrock = await failure("bedrock", refusal(429))
    assert bedrock.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert bedrock.response["Error"]["Message"] == bedrock.message and bedrock.operation_name == "ConverseStream"
    ollama = await failure("ollama", refusal(429))
    assert (ollama.status_code, ollama.error) == (429, ollama.message)


async def test_a_refused_field_is_mistrals_own_class_with_its_data() -> None:
    load("mistral")
    body = b'{"detail":[{"loc":["body","model"],"msg":"No.","type":"missing"}]}'
    error = await failure("mistral", Plan(422, (("content-type", "application/json"),), (Send(body),)))
    assert both(error, sk.BadRequest, class_of("mistralai.client.errors", "HTTPValidationError"))
    assert error.data.detail[0].msg == "No."


# By the door: the SDK's class for a silence and for a lost connection.
_LOST = {
    "openai": ("APITimeoutError", "APIConnectionError"),
    "anthropic": ("APITimeoutError", "APIConnectionError"),
    "groq": ("APITimeoutError", "APIConnectionError"),
    "bedrock": ("HTTPClientError", "EndpointConnectionError"),
}
LOST = [each for each in ways() if each.values[0] in _LOST]
CUT = Plan(unanswered=True, steps=(Reset(),))
SILENT = Plan(unanswered=True, steps=(Wait(30),))


@pytest.mark.parametrize(("name", "way"), LOST)
async def test_a_silence_and_a_lost_connection_are_the_sdks(
    name: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, transport = load(name), choose(way, monkeypatch)
    timeout, connection = (class_of(module, each) for each in _LOST[name])
    error = await failure(name, CUT, transport=transport)
    assert both(error, sk.TransportError, connection)
    error = await failure(name, SILENT, transport=transport, timeouts=sk.Timeouts(first=0.05))
    assert both(error, sk.StalledError, timeout)
    if name != "bedrock":
        assert (error.request.method, error.request.url.host, error.body) == ("POST", "127.0.0.1", None)


async def test_a_connection_that_breaks_within_the_answer_is_the_sdks() -> None:
    openai: Any = importlib.import_module("openai")
    answer = Plan(200, (("content-type", "text/event-stream"),), (Send(DOORS["openai"].events(["Io"])[0]), Reset()))
    error = await failure("openai", answer)
    assert isinstance(error, openai.APIConnectionError) and not isinstance(error, openai.APITimeoutError)


_INSIDE = {
    "openai": "APIError",
    "anthropic": "APIStatusError",
    "groq": "APIError",
    "cohere": "core.api_error:ApiError",
    "mistral": "SDKError",
    "google": "ServerError",
    "bedrock": "EventStreamError",
    "ollama": "ResponseError",
}


@pytest.mark.parametrize("name", _INSIDE)
async def test_an_error_inside_the_answer_is_the_one_that_the_sdk_raises(name: str) -> None:
    module, door = load(name), DOORS[name]
    events = door.events(["Io"])[: door.head + 1]
    kind = "application/vnd.amazon.eventstream" if name == "bedrock" else "text/event-stream"
    error = await failure(name, Plan(200, (("content-type", kind),), (Send(b"".join(events) + door.error),)))
    assert both(error, sk.ProviderError, class_of(module, _INSIDE[name]))
    if name in ("openai", "groq"):
        assert error.request.url.host == "127.0.0.1" and error.body is None


async def test_an_error_of_our_own_has_no_class_of_an_sdk() -> None:
    importlib.import_module("openai")
    cut = Plan(200, (("content-type", "text/event-stream"),), (Send(DOORS["openai"].events(["Io"])[0]),))
    assert type(await failure("openai", cut)) is sk.TruncatedError
    long = Plan(200, (("content-type", "text/event-stream"),), (Send(b"data: " + b"x" * 9000), Wait(9)))
    assert type(await failure("openai", long, caps=sk.Caps(event=4096))) is sk.LimitExceeded


@pytest.mark.parametrize("name", [each for each, row in SDKS.items() if "direct" in row[1]])
async def test_without_the_sdk_an_error_is_ours_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    root = SDKS[name][0].partition(".")[0]
    for each in [each for each in sys.modules if each == root or each.startswith(f"{root}.")]:
        monkeypatch.delitem(sys.modules, each)
    error = await failure(name, refusal(429), transport="direct")
    assert type(error) is sk.RateLimited
    assert not any(each == root or each.startswith(f"{root}.") for each in sys.modules)


async def test_the_class_of_a_pair_is_made_once() -> None:
    openai: Any = importlib.import_module("openai")
    first, second = [await failure("openai", refusal(429)) for _ in range(2)]
    assert type(first) is type(second) and issubclass(type(first), openai.RateLimitError)


async def test_it_is_caught_by_either_name_and_in_a_group() -> None:
    openai: Any = importlib.import_module("openai")
    error = await failure("openai", refusal(429))
    for cls in (openai.RateLimitError, openai.APIStatusError, openai.OpenAIError, sk.RateLimited, sk.StreamError):
        with pytest.raises(cls):
            raise error
    found: list[object] = []
    try:
        raise ExceptionGroup("several", [error, ValueError("another")])
    except* openai.RateLimitError as group:
        found += group.exceptions
    except* ValueError:
        pass
    assert found == [error]
    with pytest.raises(openai.APIError) as caught:
        raise error from KeyError("why")
    assert caught.value is error and isinstance(error.__cause__, KeyError)
    assert "streamkit.errors.RateLimited: No, …." in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("name", ["openai", "anthropic", "mistral", "google", "bedrock", "cohere"])
async def test_it_pickles_as_ours_and_copies_as_both(name: str) -> None:
    load(name)
    error = await failure(name, refusal(429))
    pickled = pickle.loads(pickle.dumps(error))
    assert type(pickled) is sk.RateLimited
    assert (pickled.args, pickled.details, pickled.partial) == (error.args, error.details, error.partial)
    for copied in (copy.copy(error), copy.deepcopy(error)):
        assert type(copied) is type(error) and copied is not error
        assert vars(copied) == vars(error) and str(copied) == str(error)
    assert type(copy.deepcopy(error).partial) is sk.Response


async def test_azures_own_class_stands_beside_openais(monkeypatch: pytest.MonkeyPatch) -> None:
    class HttpResponseError(Exception):
        def __init__(self, message: str, response: object) -> None:
            raise AssertionError("the SDK's __init__ is not called")

    def odata(given: dict[str, Any]) -> object:
        return types.SimpleNamespace(**given)

    module: Any = types.ModuleType("azure.core.exceptions")
    HttpResponseError.__module__ = module.__name__
    module.HttpResponseError, module.ODataV4Format = HttpResponseError, odata
    monkeypatch.setitem(sys.modules, "azure.core.exceptions", module)
    openai: Any = importlib.import_module("openai")
    error = await failure("azure v1", refusal(429))
    assert both(error, openai.RateLimitError, HttpResponseError)
    error = await failure("azure models", refusal(429))
    assert both(error, sk.RateLimited, HttpResponseError) and not both(error, object, openai.OpenAIError)
    assert (error.status_code, error.error.param) == (429, "p1")


async def test_a_class_that_does_not_combine_leaves_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    ollama = load("ollama") and importlib.import_module("ollama")

    class ResponseError(OSError):
        __slots__ = ("place",)

    ResponseError.__module__ = "ollama"
    monkeypatch.setattr(ollama, "ResponseError", ResponseError)
    assert type(await failure("ollama", refusal(429))) is sk.RateLimited


async def test_an_error_of_from_async_is_the_sdks_that_the_stream_raised() -> None:
    openai: Any = importlib.import_module("openai")
    with FaultServer(refusal(429)) as server:
        client = openai.AsyncOpenAI(base_url=server.base_url, api_key=KEY, max_retries=0)

        async def events() -> AsyncIterator[Any]:
            async for each in await client.chat.completions.create(model="m", messages=[], stream=True):
                yield each

        with pytest.raises(openai.RateLimitError) as caught:
            await sk.from_async(events(), api="openai.chat")
        await client.close()
    assert isinstance(caught.value, sk.RateLimited)
