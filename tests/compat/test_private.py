"""Canaries: each function of `streamkit/_compat/private.py` still finds the private names that it uses.

A test fails under the function's name when an upgrade has removed what it uses. What a function is for, and what
happens without it, is in its docstring. Where a package is not installed its tests are skipped.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import re
import sys
import threading
from dataclasses import dataclass
from operator import attrgetter
from types import CodeType, SimpleNamespace
from typing import Any, Literal

import pytest
import reactivex as rx
from pydantic import BaseModel, ConfigDict, field_validator, model_validator
from pydantic.dataclasses import dataclass as pydantic_dataclass
from reactivex.observer import AutoDetachObserver

from streamkit._compat import private
from streamkit.testing import FaultServer, chat_events, plan
from tests.packages import missing

HTTP = [pytest.param(name, marks=pytest.mark.sdk) for name in ("httpx", "httpx2")]
GENERATED = {"openai": "OpenAI", "anthropic": "Anthropic", "groq": "Groq"}


def installed(name: str) -> Any:
    if reason := missing(name):
        pytest.skip(reason)
    return importlib.import_module(name)


def test_every_function_has_a_canary() -> None:
    own = {name for name, each in vars(private).items() if getattr(each, "__module__", "") == private.__name__}
    readers = {name for name, each in vars(private).items() if isinstance(each, attrgetter)}
    assert [name for name in sorted(own | readers) if name[0] != "_" and f"test_{name}" not in globals()] == []


# Python ------------------------------------------------------------------------------------------------


def test_free_in_child() -> None:
    left, own = threading.RLock(), threading.RLock()
    other = threading.Thread(target=left.acquire)
    other.start()
    other.join()
    own.acquire()
    assert not left.acquire(blocking=False)
    private.free_in_child(left)
    private.free_in_child(own)
    assert left.acquire(blocking=False)
    own.release()  # raises unless this thread still holds the lock


def test_mark_coroutine_function() -> None:
    def returns_an_awaitable() -> None: ...

    private.mark_coroutine_function(returns_an_awaitable)
    home: Any = importlib.import_module("inspect" if sys.version_info >= (3, 12) else "asyncio")
    assert home.iscoroutinefunction(returns_an_awaitable)


async def test_silence_pending_task() -> None:
    task: Any = asyncio.ensure_future(asyncio.sleep(0))
    assert task._log_destroy_pending is True
    private.silence_pending_task(task)
    assert task._log_destroy_pending is False
    await task


def test_callback_code() -> None:
    codes: list[CodeType] = []
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.get_loop().call_soon(lambda: codes.append(inspect.stack()[1].frame.f_code))
    assert codes == [private.callback_code()]


def test_cell_runners() -> None:
    shell = installed("IPython.core.interactiveshell").InteractiveShell
    assert private.cell_runners() == {shell.run_code.__code__}


def test_defers_interrupt() -> None:
    code = installed("ipykernel.ipkernel").IPythonKernel._cancel_on_sigint.__wrapped__.__code__
    handlers = [SimpleNamespace(__qualname__=each.co_qualname) for each in code.co_consts if isinstance(each, CodeType)]
    assert any(map(private.defers_interrupt, handlers)) and not private.defers_interrupt(handlers)


def test_parse_pattern() -> None:
    tree, flags = private.parse_pattern("(?i)[^a]b*?$", 0)
    assert tree == [("NOT_LITERAL", 97), ("MIN_REPEAT", (0, "MAXREPEAT", [("LITERAL", 98)])), ("AT", "AT_END")]
    assert flags & re.IGNORECASE


# reactivex ---------------------------------------------------------------------------------------------


def test_no_elements_error() -> None:
    with pytest.raises(private.no_elements_error()):
        rx.empty().run()


def test_inner_subscribe() -> None:
    def subscribe(observer: Any, scheduler: Any = None) -> Any: ...

    assert private.inner_subscribe(rx.Observable[Any](subscribe)) is subscribe


def test_inner_on_next() -> None:
    observers: list[Any] = []

    def subscribe(observer: Any, scheduler: Any = None) -> Any:
        observers.append(observer)

    def on_next(_: object) -> None: ...

    rx.Observable[Any](subscribe).subscribe(on_next)
    assert type(observers[0]) is AutoDetachObserver
    assert private.inner_on_next(observers[0]) is on_next


# httpx and httpx2, and what they stand on --------------------------------------------------------------


@pytest.mark.parametrize("name", HTTP)
async def test_transport_of(name: str) -> None:
    library = installed(name)
    transport = library.MockTransport(print)
    async with library.AsyncClient(transport=transport) as http:
        assert private.transport_of(http) is transport


@pytest.mark.parametrize("name", HTTP)
async def test_mounts_of(name: str) -> None:
    library = installed(name)
    transport = library.MockTransport(print)
    async with library.AsyncClient(mounts={"https://": transport}) as http:
        mounts = private.mounts_of(http)
        assert [(pattern.pattern, each) for pattern, each in mounts.items()] == [("https://", transport)]


@pytest.mark.parametrize("name", HTTP)
async def test_pool_settings(name: str) -> None:
    library = installed(name)
    limits = [library.Limits(max_connections=count, max_keepalive_connections=1) for count in (3, 3, 4)]
    used, alike, other = (library.AsyncHTTPTransport(limits=each) for each in limits)
    (settings, context), (same, _), (others, _) = map(private.pool_settings, (used, alike, other))
    assert settings == same and set(settings) - set(others) == {("_max_connections", "3")}
    assert hasattr(context, "verify_mode")
    with FaultServer(plan("none")) as server:
        async with library.AsyncClient(transport=used) as http, http.stream("POST", server.base_url):
            assert private.pool_settings(used)[0] == same  # requests and connections are no settings


@pytest.mark.parametrize("name", HTTP)
async def test_asyncio_transport(name: str) -> None:
    library = installed(name)
    with FaultServer(plan("none")) as server:
        async with library.AsyncClient() as http, http.stream("POST", server.base_url) as response:
            transport = private.asyncio_transport(response.extensions["network_stream"])
            assert isinstance(transport, asyncio.Transport)


@pytest.mark.sdk
@pytest.mark.parametrize("name", ["openai", "anthropic"])
async def test_aiohttp_connection(name: str) -> None:
    installed("aiohttp")
    with FaultServer(plan("stall", [b"data: {}\n\n"], at=1)) as server:
        async with installed(name).DefaultAioHttpClient() as http, http.stream("POST", server.base_url) as response:
            connection = private.aiohttp_connection(response.stream)
            assert connection.transport.get_extra_info("socket") is not None


@pytest.mark.parametrize("name", HTTP)
def test_environment_proxy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library = installed(name)
    assert private.environment_proxy(library, "https://one.example") is None
    monkeypatch.setenv("https_proxy", "http://user:word@127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "two.example")
    assert private.environment_proxy(library, "https://one.example") == "http://user:word@127.0.0.1:1"
    assert private.environment_proxy(library, "https://two.example") is None


async def test_buffered_bytes() -> None:
    aiohttp = installed("aiohttp")
    protocol = aiohttp.client_proto.ResponseHandler(asyncio.get_running_loop())
    content = aiohttp.StreamReader(protocol, 10)
    content.feed_data(b"word")
    content.set_exception(ConnectionResetError())
    assert [private.buffered_bytes(content) for _ in range(2)] == [b"word", b""]


async def test_forget_sent_headers() -> None:
    aiohttp = installed("aiohttp")
    with FaultServer(plan("none", chat_events("Io"))) as server:
        async with aiohttp.ClientSession() as session:
            url = f"{server.base_url}/chat/completions"
            response = await session.post(url, json={}, headers={"authorization": "Bearer key-of-a-test"})
            private.forget_sent_headers(response)
            assert (str(response.request_info.url), list(response.request_info.headers)) == (url, [])
            response.close()


@pytest.mark.parametrize("name", HTTP)
def test_request_of(name: str) -> None:
    library = installed(name)
    request = library.Request("POST", "http://localhost")
    for holder in (library.ConnectError("", request=request), library.Response(400, request=request)):
        assert private.request_of(holder) is request
    for holder in (library.ConnectError(""), library.Response(400)):
        assert private.request_of(holder) is None


@pytest.mark.parametrize("name", HTTP)
def test_drop_content(name: str) -> None:
    request = installed(name).Request("POST", "http://localhost", content=b"the prompt")
    private.drop_content(request)
    assert request.content == b""


def test_load_anyio_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    imported: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(importlib, "import_module", imported.append)
        private.load_anyio_backend()
    assert [importlib.util.find_spec(name) is not None for name in imported] == [True]


# SDKs that are generated as openai's is ----------------------------------------------------------------


@pytest.mark.sdk
@pytest.mark.parametrize("name", GENERATED)
async def test_http_of(name: str) -> None:
    sdk = installed(name)
    async with sdk.DefaultAsyncHttpxClient() as http:
        client = getattr(sdk, f"Async{GENERATED[name]}")(api_key="none", http_client=http)
        assert private.http_of(client) is http


@pytest.mark.sdk
def test_http_of_ollama() -> None:
    assert hasattr(private.http_of(installed("ollama").Client()), "build_request")


@pytest.mark.sdk
@pytest.mark.parametrize("name", GENERATED)
async def test_is_default_http(name: str) -> None:
    sdk, client = installed(name), GENERATED[name]
    async with getattr(sdk, f"Async{client}")(api_key="none") as default, sdk.DefaultAsyncHttpxClient() as http:
        assert private.is_default_http(private.http_of(default).__class__)
        assert not private.is_default_http(http.__class__)
    with getattr(sdk, client)(api_key="none") as default, sdk.DefaultHttpxClient() as http:
        assert private.is_default_http(private.http_of(default).__class__)
        assert not private.is_default_http(http.__class__)


@pytest.mark.sdk
@pytest.mark.parametrize("name", GENERATED)
def test_sdk_settings(name: str) -> None:
    own: dict[str, Any] = {"default_headers": {"x-own": "1"}, "default_query": {"own": "2"}}
    with getattr(installed(name), GENERATED[name])(api_key="sound", **own) as client:
        found = private.sdk_settings(client, ["api_key", "no_such_setting"])
    assert found == {"api_key": "sound", **own}


@pytest.mark.sdk
def test_sdk_settings_of_functions_and_of_azure() -> None:
    openai = installed("openai")
    for given in ({"azure_ad_token": "token"}, {"azure_ad_token_provider": key}):
        with openai.AzureOpenAI(azure_endpoint="http://localhost", api_version="1", **given) as client:
            found = private.sdk_settings(client, ["azure_ad_token", "azure_ad_token_provider", "api_version"])
        assert {**given, "api_version": "1"}.items() <= found.items()
    with openai.OpenAI(api_key=key) as client:
        assert private.sdk_settings(client, ["api_key"])["api_key"] is key


def key() -> str:
    return "sound"


@pytest.mark.sdk
def test_settings_with_keys() -> None:
    given: dict[str, Any] = {"default_headers": {"x-key": "one"}, "default_query": {"key": "two"}}
    azure = {"azure_endpoint": "http://localhost", "azure_ad_token": "token", "api_version": "1"}
    with installed("openai").AzureOpenAI(**azure, **given) as client:
        keys, named = private.settings_with_keys(client)
    assert "token" in keys
    assert given["default_headers"] in named and given["default_query"].items() <= flat(named).items()
    client = cohere_client()
    private.set_cohere_headers(private.cohere_wrapper(client), {"x-key": "one"})
    assert private.settings_with_keys(client) == (["sound"], [{"x-key": "one"}])


def flat(mappings: list[Any]) -> dict[str, Any]:
    return {name: value for each in mappings for name, value in each.items()}


# Cohere ------------------------------------------------------------------------------------------------


def cohere_client() -> Any:
    return installed("cohere").AsyncClientV2(api_key="sound", client_name="tests", timeout=7.5)


@pytest.mark.sdk
def test_cohere_wrapper() -> None:
    wrapper = private.cohere_wrapper(cohere_client())
    assert wrapper.get_timeout() == 7.5
    assert hasattr(wrapper.httpx_client.httpx_client, "build_request")


@pytest.mark.sdk
def test_cohere_identity() -> None:
    assert private.cohere_identity(private.cohere_wrapper(cohere_client())) == ("sound", "tests")


@pytest.mark.sdk
def test_cohere_response() -> None:
    installed("cohere")
    http: Any = importlib.import_module("cohere.core.http_response")
    response = object()
    assert private.cohere_response(http.AsyncHttpResponse(response=response, data=None)) is response


@pytest.mark.sdk
def test_set_cohere_headers() -> None:
    wrapper = private.cohere_wrapper(cohere_client())
    private.set_cohere_headers(wrapper, {"x-own": "1"})
    assert wrapper.get_custom_headers() == {"x-own": "1"}
    assert wrapper.get_headers()["x-own"] == "1"


@pytest.mark.sdk
def test_set_cohere_wrapper() -> None:
    client, other = cohere_client(), private.cohere_wrapper(cohere_client())
    raw = object()
    private.set_cohere_wrapper(client, other, raw)
    assert (private.cohere_wrapper(client), client.with_raw_response) == (other, raw)


# google-genai, botocore, LiteLLM -----------------------------------------------------------------------


def google_clients(**settings: Any) -> list[Any]:
    client = installed("google.genai").Client(**settings)
    return [client, client.aio]


@pytest.mark.sdk
def test_google_settings() -> None:
    for client in google_clients(api_key="sound"):
        settings = private.google_settings(client)
        assert (settings.api_key, settings.vertexai or False) == ("sound", False)
        assert settings.project is None and settings.location is None


@pytest.mark.sdk
def test_google_http_options() -> None:
    for client in google_clients(
        api_key="sound", http_options={"base_url": "http://localhost/", "headers": {"a": "1"}}
    ):
        options = private.google_http_options(client)
        assert (options.base_url, options.headers["a"]) == ("http://localhost/", "1")
        names = ("httpx_client", "aiohttp_client", "client_args", "async_client_args", "extra_body")
        assert [getattr(options, name) for name in ("httpx_async_client", *names)] == [None] * 6


@pytest.mark.sdk
def test_google_credentials() -> None:
    installed("google.auth")
    credentials = importlib.import_module("google.auth.credentials").AnonymousCredentials()
    for client in google_clients(vertexai=True, project="p", location="us", credentials=credentials):
        assert private.google_credentials(client) is credentials


@pytest.mark.sdk
def test_google_reader() -> None:
    event = installed("google.genai").types.GenerateContentResponse
    read = private.google_reader(event)(response={"responseId": "1", "noSuchField": 2}, kwargs={})
    assert isinstance(read, event) and read.response_id == "1"


@pytest.mark.sdk
def test_request_signer() -> None:
    installed("botocore")
    session: Any = importlib.import_module("botocore.session").Session()
    session.set_credentials("AKID", "secret")
    client = session.create_client("bedrock-runtime", region_name="us-east-1")
    request: Any = importlib.import_module("botocore.awsrequest").AWSRequest("POST", "https://localhost", data=b"")
    request.context["client_config"] = client.meta.config
    private.request_signer(client).sign("ConverseStream", request)
    assert "AKID" in request.headers["authorization"]


@pytest.mark.sdk
@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*", "ignore::UserWarning:pydantic.*")
async def test_set_handler_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    installed("litellm")
    handlers: Any = importlib.import_module("litellm.llms.custom_httpx.http_handler")
    handler = object.__new__(handlers.AsyncHTTPHandler)
    async with installed("httpx").AsyncClient() as http:
        private.set_handler_http(handler, http)
        assert handler.client is http
        await handler.close()
        assert not http.is_closed


# pydantic ----------------------------------------------------------------------------------------------


class Moon(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str
    _seen: bool


@pydantic_dataclass(config=ConfigDict(strict=True))
class Orbit:
    moon: str


@dataclass
class Plain:
    moon: str


def test_slot_setters() -> None:
    moon: Any = object.__new__(Moon)
    fields_set, extra, private_values = private.slot_setters(BaseModel)
    fields_set(moon, {"name"})
    extra(moon, {"size": 1})
    private_values(moon, {"_seen": True})
    assert (moon.model_fields_set, moon.model_extra, moon._seen) == ({"name"}, {"size": 1}, True)


def test_dataclass_fields() -> None:
    fields = private.dataclass_fields(Orbit)
    assert fields is not None and fields["moon"].annotation is str
    assert private.dataclass_fields(Plain) is None


def test_dataclass_config() -> None:
    assert private.dataclass_config(Orbit)["strict"] is True
    assert private.dataclass_config(Plain) == {}


def validated(mode: Literal["before", "after"]) -> type[BaseModel]:
    class Validated(BaseModel):
        name: str
        size: int

        @field_validator("name", mode=mode)
        @classmethod
        def same(cls, value: Any) -> Any:
            return value

    return Validated


def test_fields_validated_before() -> None:
    assert list(private.fields_validated_before(validated("before"))) == ["name"]
    assert list(private.fields_validated_before(validated("after"))) == []


class Before(BaseModel):
    @model_validator(mode="before")
    @classmethod
    def same(cls, value: Any) -> Any:
        return value


class After(BaseModel):
    @model_validator(mode="after")
    def same(self) -> After:
        return self


def test_is_validated_before() -> None:
    assert [private.is_validated_before(kind) for kind in (Before, After, Moon, Plain)] == [True, False, False, False]
