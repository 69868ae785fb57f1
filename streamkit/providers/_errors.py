"""Maps exceptions of SDKs and HTTP libraries to errors of streamkit, without importing any of them."""

from __future__ import annotations

import contextlib
import math
import ssl
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from ..errors import ConfigurationError, ProviderError, StalledError, StreamError, TransportError, provider_error
from ..scrub import LONGEST, Scrubber

E = TypeVar("E", bound=StreamError)

_TRANSPORTS = ("httpx", "httpx2", "httpcore", "httpcore2", "aiohttp", "anyio", "h11", "ssl", "urllib3", "requests")

_LONGEST_CODE = 100

_NOTHING = Scrubber()
# The HTTP libraries' exceptions for an address without a scheme, or with another one.
_NO_ADDRESS = ("UnsupportedProtocol", "InvalidURL", "InvalidUrlClientError", "NonHttpUrlClientError")

# aiohttp's exceptions for an answer that is no HTTP, which httpx calls a RemoteProtocolError.
_NO_HTTP = ("BadHttpMessage", "BadStatusLine", "ClientResponseError", "InvalidHeader", "LineTooLong")

_ADDRESS = "That is no address to send to: give base_url=, or the provider's variable for it, with https:// or http://."

_REQUEST_IDS = ("x-request-id", "request-id", "apim-request-id", "x-ms-request-id", "x-amzn-requestid")

# The exceptions for a connection that was never made; transports report some as timeouts.
_UNCONNECTED = frozenset(
    {"ConnectError", "ConnectTimeout", "ClientConnectorError", "ConnectionTimeoutError", "ConnectionRefusedError"}
)

# Statuses of a server in front of the provider, such as a reverse proxy that cannot reach it.
_GATEWAY = (502, 503, 504)


def map_error(
    error: Exception, *, provider: str, secrets: Scrubber = _NOTHING, address: str | None = None
) -> StreamError:
    """Return the error of streamkit for an exception.

    Args:
        error: The exception of the SDK or the transport.
        provider: The provider's name.
        secrets: The scrubber that removes the key and the prompt from messages.
        address: The host and the path of the request, where the exception does not name them.
    """
    for each in _causes(error):
        if isinstance(each, StreamError):
            return cleaned(each, secrets)
        status = _status(each)
        if status is not None:
            return _refused(each, status, provider, secrets, address)
    if any(isinstance(each, ssl.SSLCertVerificationError) for each in _causes(error)):
        return _untrusted(error, provider, address)
    host = _at_host(error, address)
    if any(is_timeout(each) for each in _causes(error)) and not any(_is_refused(each) for each in _causes(error)):
        return StalledError("The connection was silent for longer than its client allows.", provider=provider)
    if any(is_transport(each) for each in _causes(error)):
        kind = _kind(_last(error))
        if kind in _NO_ADDRESS:
            return ConfigurationError(_ADDRESS, provider=provider)
        return TransportError(f"The connection to {provider}{host} failed ({kind}).", provider=provider)
    body = getattr(error, "body", None)
    if body is not None:
        return _refused(error, None, provider, secrets, address)
    text = secrets(f"{type(error).__name__}: {error}", longest=LONGEST)
    if isinstance(error, (TypeError, UnicodeEncodeError)):  # SDKs raise these for values that they cannot send
        return ConfigurationError(f"The call cannot be made: {text}", provider=provider)
    return StreamError(f"The call failed: {text}", provider=provider)


def is_refused(error: BaseException) -> bool:
    """Return whether the server refused the connection, because no process listens at its port.

    Args:
        error: The exception of the transport.
    """
    return any(isinstance(each, ConnectionRefusedError) for link in _causes(error) for each in _members(link))


def _members(error: BaseException) -> Iterator[BaseException]:
    """Yield the members of an exception group: a name may have several addresses, and each is tried."""
    if isinstance(error, BaseExceptionGroup):
        for each in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _members(each)
    else:
        yield error


def _untrusted(error: Exception, provider: str, address: str | None) -> TransportError:
    host = _at_host(error, address).removeprefix(" at ") or "the server"
    reasons = [getattr(each, "verify_message", None) for each in _causes(error)]  # aiohttp's exception has none
    why = next((f" ({each})" for each in reasons if each), "")
    return TransportError(
        f"The certificate of {host} is not trusted{why}: if an authority of your own has issued it, set SSL_CERT_FILE "
        "to a file with that authority's certificate.",
        provider=provider,
        retryable=False,
    )


def _refused(
    error: BaseException, status: int | None, provider: str, secrets: Scrubber, address: str | None
) -> ProviderError:
    body = _object(getattr(error, "body", None))
    given = _object(body.get("error")) or body
    # The exceptions of some SDKs have the headers, but no response.
    headers: Any = getattr(getattr(error, "response", error), "headers", None) or {}
    if status is not None and 300 <= status < 400:
        message = "The server answered with a redirect, which is refused: set base_url to the final address."
    else:
        message = _error_text(given)
        url = _request_url(error) or address
        if status in _GATEWAY and url:
            message = f"The server at {url} answered with status {status}{f': {message}' if message else '.'}"
        message = message or f"The provider answered with status {status}."
    code = given.get("code")
    found = provider_error(
        message,
        status=status,
        code=None if code is None else str(code),
        kind=str(given.get("type") or ""),
        provider=provider,
        request_id=request_id_in(headers) or getattr(error, "request_id", None),
        retry_after=_seconds(headers.get("retry-after-ms"), 1e-3) or _seconds(headers.get("retry-after"), 1.0),
    )
    return cleaned(found, secrets)


def request_id_in(headers: Mapping[str, str]) -> str | None:
    """Return the provider's id of a request, from one of the headers that providers use for it.

    Args:
        headers: The headers of the answer, with names in lower case or in any case.
    """
    for name in _REQUEST_IDS:
        if value := headers.get(name):
            return value
    return None


def cleaned(error: E, secrets: Scrubber) -> E:
    """Remove secrets and control characters from an error's texts, and return the error.

    Args:
        error: An error of streamkit.
        secrets: The scrubber that removes them.
    """
    error.message = secrets(error.uncut or error.message, longest=LONGEST)
    error.uncut = None
    error.args = (error.message,)
    error.code = error.code and secrets(error.code, longest=_LONGEST_CODE)
    error.request_id = error.request_id and secrets(error.request_id, longest=_LONGEST_CODE)
    return error


def _error_text(value: object) -> str:
    """Return the text of an error's body: a text under one of several names, or a list of such texts."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, map(_error_text, cast("list[object]", value))))
    if not value:
        return ""
    given = _object(value)
    return next((text for name in ("message", "detail", "msg", "error") if (text := _error_text(given.get(name)))), "")


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__ or each.__context__


def _last(error: BaseException) -> BaseException:
    """Return the innermost exception that is no cancellation: libraries raise a timeout from one."""
    return [each for each in _causes(error) if isinstance(each, Exception)][-1]


def _kind(error: BaseException) -> str:
    """Return the name of a transport's exception, the same one for the same failure on every HTTP library."""
    name = type(error).__name__
    if name == "RemoteProtocolError" and "disconnected" in str(error):
        return "ServerDisconnectedError"
    return "RemoteProtocolError" if name in _NO_HTTP else name


def _at_host(error: BaseException, address: str | None) -> str:
    """Return the host of the request, if it is known: a host that is not found is often mistyped."""
    for each in _causes(error):
        with contextlib.suppress(Exception):  # httpx's property raises if there is no request
            url = cast("Any", each).request.url
            return f" at {url.host}" + (f":{url.port}" if url.port else "")
    return f" at {address.partition('/')[0]}" if address else ""


def _request_url(error: BaseException) -> str | None:
    """Return the host and the path of the request, without the query, which may hold a key."""
    with contextlib.suppress(Exception):
        url = urlsplit(str(cast("Any", error).response.url))
        return f"{url.hostname}{f':{url.port}' if url.port else ''}{url.path}" if url.hostname else None
    return None


def _status(error: BaseException) -> int | None:
    """Return the HTTP status of an exception or of its response."""
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int):
            return status
    return None


def is_timeout(error: BaseException) -> bool:
    """Return whether an exception of a transport is one of a timeout."""
    return isinstance(error, TimeoutError) or "Timeout" in type(error).__name__


def _is_refused(error: BaseException) -> bool:
    """Return whether the connection was never made, which some transports report as a timeout."""
    names = {cls.__name__ for cls in type(error).__mro__}
    return bool(names & _UNCONNECTED)


def is_transport(error: BaseException) -> bool:
    """Return whether an exception comes from an HTTP library, or from what it stands on."""
    if isinstance(error, OSError):
        return True
    return any(cls.__module__.partition(".")[0] in _TRANSPORTS for cls in type(error).__mro__)


def _seconds(value: object, unit: float) -> float | None:
    try:
        seconds = float(str(value)) * unit
    except ValueError:
        return None  # a date: rare, and the server's clock may differ from ours
    return seconds if 0 <= seconds < math.inf else None  # NaN as a timer's delay would break the loop's order of timers
