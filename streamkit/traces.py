"""Tracebacks without secrets: frames of streamkit and of SDKs are removed from exceptions that reach the user.

Error trackers print the local variables of frames, which hold keys and prompts. ``STREAMKIT_DEBUG=1`` keeps the frames.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from types import FunctionType, TracebackType
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")

R = TypeVar("R")

# The packages whose frames are removed, because their local variables may hold keys and prompts.
_INTERNAL_PACKAGES = frozenset(
    {
        __name__.partition(".")[0],
        *sys.stdlib_module_names,
        *("aiohttp", "anthropic", "anyio", "boto3", "botocore", "cohere", "google", "groq", "httpcore", "httpcore2"),
        *("httpx", "httpx2", "litellm", "mistralai", "msgspec", "ollama", "openai", "pydantic", "reactivex"),
    }
)


def keeps_frames() -> bool:
    """Return whether ``STREAMKIT_DEBUG`` keeps the frames of exceptions."""
    return os.environ.get("STREAMKIT_DEBUG", "") not in ("", "0")


def linked(error: BaseException, *, but: BaseException | None = None) -> Iterator[BaseException]:
    """List an exception and all exceptions linked to it: causes, contexts, members of a group.

    Args:
        error: The exception.
        but: Exception to leave out, which was being handled before ``error`` was raised.
    """
    seen: set[int] = {id(but)}
    waiting: list[Any] = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__, getattr(each, "original_exception", None)]
            waiting += getattr(each, "exceptions", None) or ()


def drop_frames(error: BaseException) -> None:
    """Remove the frames of an exception and of all exceptions linked to it."""
    if not keeps_frames():
        for each in linked(error):
            each.__traceback__ = None


def quiet(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a public function so that exceptions leave without streamkit's frames, which hold keys and prompts.

    Frames of the user's own code, such as a callback that raised, are kept.
    """
    handled, drop = sys.exception, drop_our_frames

    def without_frames(*args: Any, **kwargs: Any) -> Any:
        outside = handled()
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            args, kwargs = (), {}
            drop(error, outside)
            raise error

    # The wrapper has the globals of the function, by which doctest knows which examples belong to a module.
    wrapper = FunctionType(
        without_frames.__code__, cast("Any", function).__globals__, closure=without_frames.__closure__
    )
    return cast("Callable[P, R]", functools.update_wrapper(wrapper, function))


async def quietly(work: Coroutine[Any, Any, R]) -> R:
    """Await a coroutine so that exceptions leave without streamkit's frames, as ``quiet`` does for functions."""
    outside = sys.exception()
    try:
        return await work
    except BaseException as error:
        drop_our_frames(error, outside)
        raise error


def drop_our_frames(error: BaseException, outside: BaseException | None = None) -> None:
    """Remove the first frames of an exception, up to the first frame of the user's code.

    Args:
        error: The exception.
        outside: Exception that was being handled before, which keeps its frames.
    """
    if keeps_frames():
        return
    for each in linked(error, but=outside):
        each.__traceback__ = _user_frames(each.__traceback__)


def _user_frames(trace: TracebackType | None) -> TracebackType | None:
    """Return the rest of a traceback from the first frame of the user's code on; None without such a frame."""
    while trace is not None and _root(trace.tb_frame.f_globals) in _INTERNAL_PACKAGES:
        trace = trace.tb_next
    return trace


def _root(module: Mapping[str, Any]) -> str:
    return str(module.get("__name__")).partition(".")[0]
