"""Makes the error that ends a request an instance of the SDK's exception too, where that SDK is loaded."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import ProviderError, StalledError, StreamError, TransportError
from ..scrub import Scrubber
from ..transport import address_of
from ._pairs import pair
from ._plain import StatusError
from ._request import Request
from ._sdk_classes import Failure, find_class, is_sdk_class, request_and_response

_PLAIN = (str, int, float, bool, dict, list, tuple, type(None))

# Headers that no longer describe a body that has been read.
_FRAMING = ("content-encoding", "content-length", "transfer-encoding")


def as_sdk_error(request: Request, error: StreamError, scrub: Scrubber) -> None:
    """Give an error the SDK's class and attributes; the error stays ours alone where there are none.

    Args:
        request: The request.
        error: The error that ends it, whose causes have been cleaned.
        scrub: The scrubber of the request's secrets.
    """
    with contextlib.suppress(Exception):  # a version of the SDK that is different: our own class says enough
        failure = _failure(request, error, scrub)
        if failure is None or any(map(is_sdk_class, type(error).__mro__)):
            return
        rows = [find_class(sdk, failure) for sdk in getattr(request, "sdks", ())]
        classes, attributes = [found[0] for found in rows if found], _merged(found[1] for found in rows if found)
        causes = (each for each in _causes(error) if isinstance(each, Exception))
        raised = next((each for each in causes if is_sdk_class(type(each))), None)
        if raised is not None:
            # The table comes first: over aiohttp, openai's SDK takes a connection that is reset for a timeout.
            classes += [] if any(_root(cls) == _root(type(raised)) for cls in classes) else [type(raised)]
            attributes |= _attributes(raised, failure)
        if classes:
            pair(error, *classes, attributes=attributes)


def _failure(request: Request, error: StreamError, scrub: Scrubber) -> Failure | None:
    """Return what failed; None for an error that no SDK has, such as an answer that is cut."""
    if isinstance(error, StalledError):
        found = Failure("timeout", error)
    elif isinstance(error, TransportError):
        found = Failure("connection", error)
    elif isinstance(error, ProviderError):
        found = Failure("event", error)
    else:
        return None
    ask = request.ask
    found.operation = "ConverseStream" if ask.stream else "Converse"
    found.url = getattr(request, "sent_to", None)
    causes = sorted(_causes(error), key=lambda each: not isinstance(each, StatusError))  # which has the whole body
    answered = any(_read_answer(each, found, scrub) for each in causes)
    if found.kind == "event" and causes:
        if not answered and not any(is_sdk_class(type(each)) for each in causes):
            return None  # a login has failed, which is no failure of this SDK
        found.kind = "status"
    return found


def _read_answer(cause: Any, found: Failure, scrub: Scrubber) -> bool:
    """Read status, headers and body of a refusal from the exception that has them; return whether it has."""
    head: Any
    if isinstance(cause, StatusError):
        head, content, url = cause.response, cause.content, cause.response.url
    else:
        head = getattr(cause, "response", None)
        if not hasattr(head, "is_stream_consumed"):
            return False
        content, url = bytes(head.content), address_of(str(head.url))
    text = scrub(content.decode("utf-8", "replace"))
    found.status, found.content, found.url = head.status_code, text.encode(), url
    found.headers = {name: value for name, value in head.headers.items() if name.lower() not in _FRAMING}
    try:
        found.body = json.loads(text)
    except ValueError:
        found.body = text
    return True


def _attributes(raised: BaseException, failure: Failure) -> dict[str, Any]:
    """Return the attributes of the SDK's own exception, with a request and a response that hold no key."""
    given = vars(raised)
    found: dict[str, Any] = {
        name: value for name, value in given.items() if isinstance(value, _PLAIN) and name[:2] != "__"
    }
    root = next((type(given[name]).__module__ for name in ("response", "request") if given.get(name) is not None), "")
    library = sys.modules.get(root.partition(".")[0])
    if hasattr(library, "Request"):
        made = request_and_response(library, failure)
        found |= {name: value for name, value in made.items() if name in given or name == "request"}
    return found


def _merged(fields: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for each in fields for name, value in each.items()}


def _root(cls: type) -> str:
    return cls.__module__.partition(".")[0]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the exceptions behind an error, the nearest first."""
    each, seen = error.__cause__, {id(error)}
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = getattr(each, "original_exception", None) or each.__cause__ or each.__context__
