"""The error that ends a request: one of ours, whose causes too are free of secrets, frames and control characters."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import MutableMapping
from typing import Any, cast

from .._compat.private import drop_content, request_of
from ..errors import StreamError, ValidationFailed
from ..scrub import HIDDEN, Scrubber
from ..traces import drop_frames, linked
from ._as_sdk_error import as_sdk_error
from ._errors import cleaned
from ._request import Request
from ._secrets import KEY_WORDS, scrubber_of

_DEEPEST = 6


def final_error(request: Request, error: Exception) -> StreamError:
    """Return the error that ends a request; the exception is the cause.

    Args:
        request: The request.
        error: The exception of its SDK, its transport or its decoder.
    """
    if isinstance(error, ValidationFailed):  # of the answer alone; pydantic's error is passed on as it is
        drop_frames(error)
        return error
    try:
        found = request.error(error)
    except Exception:  # the subscribers need an end, even where the mapping of errors fails
        found = StreamError(f"The call failed with {type(error).__name__}.", provider=request.provider)
    if found is not error:
        found.__cause__ = error
    scrub = scrubber_of(request)
    drop_frames(found)
    for each in list(linked(found)):
        _clean(each, scrub)
    as_sdk_error(request, found, scrub)
    _replace_leaking(found, scrub, seen=set())
    return found


def _clean(error: BaseException, scrub: Scrubber) -> None:
    """Remove secrets from an exception's arguments and attributes, as far as they can be set."""
    if isinstance(error, StreamError):
        cleaned(error, scrub)
        return
    with contextlib.suppress(Exception):
        error.args = _cleaned(error.args, scrub)
    with contextlib.suppress(Exception):
        if isinstance(error, UnicodeError):
            cast("Any", error).object = _cleaned(cast("Any", error).object, scrub)
    for name, value in list(vars(error).items()):
        with contextlib.suppress(Exception):
            _empty(value, scrub)
        with contextlib.suppress(Exception):
            setattr(error, name, _cleaned(value, scrub))


def _cleaned(value: Any, scrub: Scrubber, depth: int = _DEEPEST) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, bytes):
        return scrub(value.decode("utf-8", "replace")).encode()
    if not depth:
        return None
    if type(value) is dict:
        given = cast("dict[Any, Any]", value)
        return {name: _cleaned(each, scrub, depth - 1) for name, each in given.items()}
    if type(value) in (list, tuple):
        return type(value)(_cleaned(each, scrub, depth - 1) for each in value)
    return value


def _empty(holder: Any, scrub: Scrubber) -> None:
    """Remove secrets from the headers of an exception's request or response, and the content of the request."""
    _clean_headers(holder, scrub, asks=False)
    for each in cast("tuple[Any, ...]", (holder, request_of(holder))):
        asks = hasattr(each, "method")
        _clean_headers(getattr(each, "headers", None), scrub, asks=asks)
        if asks:
            with contextlib.suppress(Exception):
                drop_content(each)


def _clean_headers(headers: Any, scrub: Scrubber, *, asks: bool) -> None:
    if not isinstance(headers, MutableMapping):
        return
    given = cast("MutableMapping[Any, Any]", headers)
    for name, value in list(given.items()):
        if not asks and not isinstance(value, str):  # no header, but a field of a body
            given[name] = _cleaned(value, scrub)
            continue
        holds_key = asks and any(word in str(name).lower() for word in KEY_WORDS)
        clean = "-" if holds_key or not isinstance(value, str) else scrub(value)
        if clean != value:
            given[name] = clean.replace(HIDDEN, "-")  # headers are ASCII


def _replace_leaking(error: BaseException, scrub: Scrubber, seen: set[int]) -> BaseException:
    """Replace the causes whose text still shows a secret, because the text is not made of their attributes."""
    seen.add(id(error))
    hides_context = error.__suppress_context__
    for name in ("__cause__", "__context__"):
        behind = getattr(error, name)
        if behind is not None and id(behind) not in seen:
            found = _replace_leaking(behind, scrub, seen)
            if found is not behind:
                setattr(error, name, found)
    error.__suppress_context__ = hides_context
    try:
        text = str(error)
        shown = f"{text} {error!r} {''.join(traceback.format_exception_only(error))}".replace("\n", " ")
        leaks = scrub.finds(shown) or not shown.isprintable() or "\n" in text
    except Exception:  # an exception that cannot even be printed
        text, leaks = HIDDEN, True
    return _stand_in(error, scrub(text)) if leaks else error


def _stand_in(error: BaseException, text: str) -> BaseException:
    """Return an exception with this text: the same one where its class can be extended, else one of the same name."""
    cls = type(error)

    def say(_: BaseException) -> str:
        return text

    def show(_: BaseException) -> str:
        return f"{cls.__name__}({text!r})"

    shows: dict[str, Any] = {"__str__": say, "__repr__": show, "__module__": cls.__module__}
    shows["__qualname__"] = cls.__qualname__
    try:
        error.__class__ = type(cls.__name__, (cls,), shows)
    except TypeError:
        made = type(cls.__name__, (Exception,), shows)(text)
        made.__cause__, made.__context__ = error.__cause__, error.__context__
        made.__suppress_context__ = error.__suppress_context__
        return made
    return error
