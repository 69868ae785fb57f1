"""Private names of Python and of third parties: each is used behind one function here, and nowhere else in streamkit.

An upgrade may take a private name away without notice. The docstring of each function says which names it uses, what
for, and what happens without them. ``tests/compat/test_private.py`` has a canary test for each function, which fails
under the function's name when an upgrade has removed what it uses.

- A function that only reads an attribute is an ``attrgetter``, which costs no Python frame: most run in every call.
- Nothing is imported before it is needed, and no third party is imported with this module.
- Two names cannot stand behind a function, because our classes inherit them: ``Observable._subscribe_core``, which
  ``Stream`` overrides, and ``AsyncIOScheduler._loop``, which ``LoopScheduler`` reads. They have canaries as well.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from types import CodeType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import threading

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

# Python ------------------------------------------------------------------------------------------------


def free_in_child(lock: threading.RLock) -> None:
    """Free a lock in a forked child, unless the thread that forked holds it: that thread goes on, and will release it.

    Names: ``_is_owned`` and ``_at_fork_reinit`` of ``threading.RLock``. Without them a forked child would wait for
    ever for a lock that another thread of its parent held.
    """
    found: Any = lock
    if not found._is_owned():
        found._at_fork_reinit()


def mark_coroutine_function(function: Callable[..., Any]) -> None:
    """Mark a plain function that returns an awaitable as a coroutine function.

    Names: ``asyncio.coroutines._is_coroutine``, on Python 3.11 only; newer versions have a public function for it.
    Without it a decorated async function would be taken for a sync one on Python 3.11.
    """
    mark = getattr(inspect, "markcoroutinefunction", None)
    if mark is not None:
        mark(function)
    else:
        cast("Any", function)._is_coroutine = importlib.import_module("asyncio.coroutines")._is_coroutine


def silence_pending_task(task: Any) -> None:
    """Keep asyncio from logging that a task was destroyed while pending; streamkit warns of it in its own words.

    Names: ``_log_destroy_pending`` of ``asyncio.Task``. Without it asyncio logs its error beside that warning.
    """
    with contextlib.suppress(AttributeError):
        task._log_destroy_pending = False


def callback_code() -> CodeType:
    """Return the code that runs each callback and each step of a task on an event loop.

    Names: ``_run`` of ``asyncio.Handle``. Without it an ``AttributeError`` is raised where a notebook's cell is
    recognized on the stack.
    """
    return importlib.import_module("asyncio").Handle._run.__code__


# Notebook kernels --------------------------------------------------------------------------------------


# The functions that run the code of a cell, each in a loop that runs already.
_RUNNERS = (
    ("IPython.core.interactiveshell", ("InteractiveShell.run_code",)),
    ("marimo._runtime.executor.executor", ("DefaultExecutor.execute_cell", "DefaultExecutor.execute_cell_async")),
)


def cell_runners() -> frozenset[CodeType]:
    """Return the code of the functions that run a notebook's cells; imports nothing.

    Names: ``DefaultExecutor`` of ``marimo._runtime.executor.executor``, beside IPython's ``InteractiveShell.run_code``,
    which is public. Without them a blocking method is refused in a cell, as everywhere inside a running event loop.
    """
    found: set[CodeType] = set()
    for module, functions in _RUNNERS:
        if module in sys.modules:
            for name in functions:
                with contextlib.suppress(AttributeError):
                    found.add(attrgetter(name)(sys.modules[module]).__code__)
    return frozenset(found)


def defers_interrupt(handler: object) -> bool:
    """Return whether a handler of SIGINT cancels a cell with ``await`` in a later turn of the kernel's loop.

    Names: the function ``handle_sigint`` inside ``IPythonKernel._cancel_on_sigint`` of ipykernel. Without it the
    interruption of a cell with ``await`` has no effect as long as a blocking method waits in that cell.
    """
    return getattr(handler, "__qualname__", "") == "IPythonKernel._cancel_on_sigint.<locals>.handle_sigint"


def parse_pattern(pattern: str, flags: int) -> tuple[list[Any], int]:
    """Parse a pattern of ``re``; return its tree as lists and tuples of plain names and numbers, and its flags.

    Names: ``re._parser``, with its ``parse`` and ``SubPattern``, and the ``name`` of its constants. Without them no
    pattern runs in one pass: each is searched by ``regex``, with the limits that ``max_match`` and a timeout set.

    Args:
        pattern: The pattern's text.
        flags: Flags of ``re``, as a number.
    """
    parser = importlib.import_module("re._parser")

    def plain(value: Any) -> Any:
        if isinstance(value, parser.SubPattern):
            return [plain(node) for node in value.data]
        if isinstance(value, list):
            return [plain(each) for each in cast("list[Any]", value)]
        if isinstance(value, tuple):
            return tuple(plain(each) for each in cast("tuple[Any, ...]", value))
        return getattr(value, "name", value)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = parser.parse(pattern, flags)
    return plain(tree), int(tree.state.flags)


# reactivex ---------------------------------------------------------------------------------------------


def no_elements_error() -> type[Exception]:
    """Return the class of the error that an empty Observable ends with where an element is needed.

    Names: ``reactivex.internal.exceptions.SequenceContainsNoElementsError``, which has no public home. Without it an
    empty flow ends in ``sk.NothingEmitted`` alone, unless a stock operator wanted the element.
    """
    try:
        return importlib.import_module("reactivex.internal.exceptions").SequenceContainsNoElementsError
    except (ImportError, AttributeError):
        return _NoElementsError


class _NoElementsError(Exception):
    """The class that stands in for that of reactivex."""


inner_subscribe: Callable[[Any], Any] = attrgetter("_subscribe")
"""Return the function that a plain Observable was made of.

Names: ``_subscribe`` of ``reactivex.Observable``. It spares every element one more observer on its way through a Flow.
Without it no Flow can be made of an operator's result; ``Observable.subscribe`` can take its place.
"""

inner_on_next: Callable[[Any], Any] = attrgetter("_on_next")
"""Return a subscriber's own function from inside the observer that reactivex puts around every subscriber.

Names: ``_on_next`` of ``reactivex.observer.AutoDetachObserver``. It spares every chunk one Python call. Without it
nobody can subscribe; ``on_next`` can take its place.
"""

# httpx and httpx2, and what they stand on --------------------------------------------------------------


def transport_of(http: Any) -> Any:
    """Return the transport of an HTTP client, or None.

    Names: ``_transport`` of the clients of httpx and httpx2. Without it a client that opens no connection, such as a
    mocked one, belongs to one event loop like any other; a client with a transport of its own passes as one that an
    SDK has made by itself; and over aiohttp a connection that ended while idle is found only when a request fails.
    """
    return getattr(http, "_transport", None)


def mounts_of(http: Any) -> Mapping[Any, Any]:
    """Return the transports of an HTTP client for some addresses only, such as proxies, by their URL patterns.

    Names: ``_mounts`` of the clients of httpx and httpx2. Without it the proxies of a client would not be compared.
    """
    return getattr(http, "_mounts", {})


# What differs between two connection pools that were set up alike.
_POOL_STATE = ("_connections", "_requests", "_optional_thread_lock", "_network_backend", "_ssl_context")


def pool_settings(transport: Any) -> tuple[list[tuple[str, str]], Any]:
    """Return the settings of a transport's connection pool by name, in a form to compare, and its SSL context.

    Names: ``_pool`` of the transports of httpx and httpx2, and all attributes of the pool of httpcore. Without them a
    client with limits or certificates of its own would pass as one that an SDK has made by itself, and a copy of it
    would be made without these.
    """
    pool: dict[str, Any] = dict(getattr(getattr(transport, "_pool", None), "__dict__", {}))
    settings = sorted((name, repr(value)) for name, value in pool.items() if name not in _POOL_STATE)
    return settings, pool.get("_ssl_context")


def asyncio_transport(network_stream: Any) -> Any:
    """Return the event loop's transport under the network stream of a response.

    Names: ``_stream`` of the streams of httpcore and ``_transport`` of those of anyio; under TLS one stream stands in
    another. Without them a connection whose closing was cancelled is left to the garbage collector.
    """
    found = network_stream
    for name in ("_stream", "transport_stream", "_transport"):
        found = getattr(found, name, found)
    return found


def aiohttp_connection(stream: Any) -> Any:
    """Return aiohttp's connection under the body of a response that came over aiohttp; None for other responses.

    Names: ``_stream`` of what the clients of httpx and httpx2 wrap a body in, and ``_aiohttp_response`` inside it.
    Without them a stop from another thread cannot cut a connection of aiohttp; the event loop closes it then.
    """
    found = getattr(stream, "_stream", stream)
    return getattr(getattr(found, "_aiohttp_response", None), "connection", None)


def environment_proxy(library: Any, url: str) -> str | None:
    """Return the proxy that the environment names for an address, as a client of httpx or httpx2 chooses it.

    Names: ``get_environment_proxies`` and ``URLPattern`` of the module ``_utils`` of httpx and httpx2. Without them no
    request can be sent over aiohttp where the environment names a proxy.

    Args:
        library: The module ``httpx`` or ``httpx2``.
        url: The address of the request.
    """
    utils = importlib.import_module(f"{library.__name__}._utils")
    target = library.URL(url)
    proxies: Mapping[str, str | None] = utils.get_environment_proxies()
    for pattern, proxy in sorted((utils.URLPattern(name), proxy) for name, proxy in proxies.items()):
        if pattern.matches(target):
            return proxy
    return None


def buffered_bytes(content: Any) -> bytes:
    """Return the bytes of a body that aiohttp has received and not yet given out, also after its connection failed.

    Names: ``_read_nowait`` of ``aiohttp.StreamReader``. Without it the bytes that arrive just before a connection fails
    are lost; the error is the same.
    """
    read = getattr(content, "_read_nowait", None)
    return b"" if read is None else read(-1)


def forget_sent_headers(response: Any) -> None:
    """Take the headers of the request, with the key, out of an answer of aiohttp.

    Names: ``_request_info`` of ``aiohttp.ClientResponse``. Without it an open answer holds them, in half a kilobyte.
    """
    info = getattr(response, "_request_info", None)
    if info is not None:
        response._request_info = type(info)(info.url, info.method, _NO_HEADERS, info.real_url)


_NO_HEADERS: dict[str, str] = {}


def request_of(holder: Any) -> Any:
    """Return the request that an error or a response of an HTTP library holds, or None.

    Names: ``_request`` of the errors and responses of httpx and httpx2; the public ``request`` raises where there is
    none. Without it an error of an SDK would still hold the key in its request's headers, and the prompt.
    """
    return getattr(holder, "_request", None)


def drop_content(request: Any) -> None:
    """Take the content out of a request that an error holds.

    Names: ``_content`` of the requests of httpx and httpx2. Without it an error would still hold the prompt.
    """
    request._content, request.stream = b"", ()


def load_anyio_backend() -> None:
    """Import what anyio would import on the event loop when the first connection is opened.

    Names: the module ``anyio._backends._asyncio``. Without it the first connection blocks its loop for that import.
    """
    with contextlib.suppress(ImportError):
        importlib.import_module("anyio._backends._asyncio")


# SDKs that are generated as openai's is: openai, anthropic, groq ---------------------------------------

http_of: Callable[[Any], Any] = attrgetter("_client")
"""Return the HTTP client under a client of an SDK.

Names: ``_client`` of the clients of openai, anthropic, groq and ollama. Without it ``client=`` takes none of these.
"""


@functools.lru_cache(maxsize=64)
def is_default_http(cls: type) -> bool:
    """Whether this is the class of the HTTP client that an SDK makes by itself.

    Names: the classes ``AsyncHttpxClientWrapper`` and ``SyncHttpxClientWrapper`` of openai, anthropic and groq. Without
    them a sync client, and an async one of another event loop, would be refused as having an HTTP client of its own.
    """
    return cls.__name__ in ("AsyncHttpxClientWrapper", "SyncHttpxClientWrapper")


def sdk_settings(client: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return the settings of a sync client, as the async class of its SDK takes them.

    Names: ``_api_key_provider``, ``_custom_headers``, ``_custom_query``, and the settings of Azure's client with an
    underscore before their names. Without them the async copy of a sync client would lack these settings.

    Args:
        client: The client of openai, anthropic or groq.
        names: The names of settings; those that the client does not have are left out.
    """
    found: dict[str, Any] = {}
    for name in names:
        value = getattr(client, name, getattr(client, f"_{name}", ...))
        if value is not ...:
            found[name] = value
    provider = getattr(client, "_api_key_provider", None)
    if provider is not None:
        found["api_key"] = provider
    return {**found, "default_headers": client._custom_headers, "default_query": client._custom_query}


def settings_with_keys(client: Any) -> tuple[list[object], list[object]]:
    """Return the keys that a client of an SDK or of an HTTP library holds, and its headers and queries.

    Names: ``_azure_ad_token``, ``_custom_headers`` and ``_custom_query`` of openai's, anthropic's and groq's clients,
    ``_client_wrapper`` of Cohere's with ``_token`` and ``_headers``. Without them a key of the client's own would not
    be recognised, and so not be hidden, in the text of an error.
    """
    wrapper = getattr(client, "_client_wrapper", None)
    keys = ((client, "api_key"), (client, "auth_token"), (client, "_azure_ad_token"), (wrapper, "_token"))
    named = ((client, "_custom_headers"), (client, "headers"), (wrapper, "_headers"))
    queries = ((client, "_custom_query"), (client, "params"))
    return _values(keys), _values((*named, *queries))


def _values(attributes: Iterable[tuple[Any, str]]) -> list[object]:
    values: list[object] = []
    for holder, name in attributes:
        value: object = getattr(holder, name, None)
        if value is not None:
            values.append(value)
    return values


# Cohere ------------------------------------------------------------------------------------------------

cohere_wrapper: Callable[[Any], Any] = attrgetter("_client_wrapper")
"""Return what holds the settings and the HTTP client of a client of Cohere's.

Names: ``_client_wrapper`` of the clients of cohere. Without it no call to Cohere can be made.
"""

cohere_identity: Callable[[Any], tuple[Any, Any]] = attrgetter("_token", "_client_name")
"""Return the key and the client name out of what holds the settings of a client of Cohere's.

Names: ``_token`` and ``_client_name``. Without them ``client=`` takes no sync client of Cohere's.
"""

cohere_response: Callable[[Any], Any] = attrgetter("_response")
"""Return the response of the HTTP library under one of Cohere's.

Names: ``_response`` of ``cohere.core.http_response``. Without it no answer of Cohere's can be read.
"""


def set_cohere_headers(wrapper: Any, headers: Mapping[str, str] | None) -> None:
    """Set the headers that a client of Cohere's sends with every request; its class takes none.

    Names: ``_headers`` of what holds the client's settings. Without it the async copy of a sync client would not send
    the headers that the sync client was given.
    """
    wrapper._headers = headers


def set_cohere_wrapper(client: Any, wrapper: Any, raw: Any) -> None:
    """Replace what holds the settings of a client of Cohere's, and what sends its requests.

    Names: ``_client_wrapper`` and ``_raw_client``. Without them the copy of a client for another event loop would send
    over the connections of the first loop.
    """
    client._client_wrapper, client._raw_client = wrapper, raw


# google-genai ------------------------------------------------------------------------------------------

google_settings: Callable[[Any], Any] = attrgetter("_api_client")
"""Return what holds the settings of a ``google.genai.Client``, or of its ``aio``.

Names: ``_api_client``. Without it ``client=`` takes no client of google-genai's.
"""

google_http_options: Callable[[Any], Any] = attrgetter("_api_client._http_options")
"""Return the HTTP options of a ``google.genai.Client``, or of its ``aio``.

Names: ``_api_client`` and its ``_http_options``. Without them ``client=`` takes no client of google-genai's.
"""

google_credentials: Callable[[Any], Any] = attrgetter("_api_client._credentials")
"""Return the credentials of Google Cloud that a ``google.genai.Client`` was given, or None.

Names: ``_api_client`` and its ``_credentials``. Without them ``client=`` takes no client of google-genai's.
"""

google_reader: Callable[[Any], Callable[..., Any]] = attrgetter("_from_response")
"""Return the function that builds an object of one of google-genai's types of a response and drops unknown fields.

Names: ``_from_response`` of the models of ``google.genai.types``. Without it ``chunk.chunk`` of a Gemini stream is the
plain dict.
"""

# botocore, LiteLLM -------------------------------------------------------------------------------------

request_signer: Callable[[Any], Any] = attrgetter("_request_signer")
"""Return what signs the requests of a client of botocore's with the client's own credentials.

Names: ``_request_signer``. Without it no call to Bedrock can be signed.
"""


def set_handler_http(handler: Any, http: Any) -> None:
    """Give an HTTP client to a handler of LiteLLM's, which does not close it.

    Names: ``_client`` and ``_owns_client`` of LiteLLM's ``AsyncHTTPHandler``. Without them LiteLLM sends by a client of
    its own making, whose bytes cannot be read here.
    """
    handler._client, handler._owns_client = http, False


# pydantic ----------------------------------------------------------------------------------------------

_Setter = Callable[[Any, Any], None]


def slot_setters(model: type[BaseModel]) -> tuple[_Setter, _Setter, _Setter]:
    """Return what sets the fields that are set, the extra values and the private values of a model, without validation.

    Names: the slots ``__pydantic_fields_set__``, ``__pydantic_extra__`` and ``__pydantic_private__`` of ``BaseModel``.
    Without them no partial model can be made.
    """
    slots = vars(model)
    fields_set, extra, private = (slots[f"__pydantic_{name}__"].__set__ for name in ("fields_set", "extra", "private"))
    return fields_set, extra, private


def dataclass_fields(kind: type) -> Mapping[str, FieldInfo] | None:
    """Return the fields of a dataclass of pydantic's; None of any other dataclass.

    Names: ``__pydantic_fields__``. Without it the aliases of a dataclass of pydantic's are not known while it arrives.
    """
    return getattr(kind, "__pydantic_fields__", None)


def dataclass_config(kind: type) -> Mapping[str, Any]:
    """Return the configuration of a dataclass of pydantic's.

    Names: ``__pydantic_config__``. Without it settings such as ``strict`` are not applied to partial objects.
    """
    return getattr(kind, "__pydantic_config__", None) or {}


def fields_validated_before(kind: Any) -> Iterator[str]:
    """Yield the fields that a validator of the class may replace before their types are checked.

    Names: ``__pydantic_decorators__`` with ``field_validators`` and ``validators``, and ``mode`` and ``fields`` of the
    ``info`` of each. Without them no plan can be made for a class of pydantic's.
    """
    decorators = kind.__pydantic_decorators__
    for each in (*decorators.field_validators.values(), *decorators.validators.values()):
        if each.info.mode != "after":
            yield from each.info.fields


def is_validated_before(kind: Any) -> bool:
    """Whether a validator of the class may replace the JSON of an object before the fields are validated.

    Names: ``__pydantic_decorators__`` with ``model_validators`` and ``root_validators``, and ``mode`` of the ``info``
    of each. Without them an object could be refused early although such a validator would make a valid one of it.
    """
    decorators = getattr(kind, "__pydantic_decorators__", None)
    if decorators is None:
        return False
    before = any(each.info.mode != "after" for each in decorators.model_validators.values())
    return before or bool(decorators.root_validators)
