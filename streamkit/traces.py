"""An exception that leaves streamkit has no frames of it, or of an SDK, behind it: a log may print what is in them.

``STREAMKIT_DEBUG=1`` keeps them, with the keys and prompts that their local variables hold.
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

# Whose frames hold what we have given them, by the package.
_NOT_YOURS = frozenset(
    {
        __name__.partition(".")[0],
        *sys.stdlib_module_names,
        *("aiohttp", "anthropic", "anyio", "boto3", "botocore", "cohere", "google", "groq", "httpcore", "httpcore2"),
        *("httpx", "httpx2", "litellm", "mistralai", "msgspec", "ollama", "openai", "pydantic", "reactivex"),
    }
)


def keeps_frames() -> bool:
    """Whether ``STREAMKIT_DEBUG`` asks for the frames behind an exception."""
    return os.environ.get("STREAMKIT_DEBUG", "") not in ("", "0")


def linked(error: BaseException, *, but: BaseException | None = None) -> Iterator[BaseException]:
    """List an exception and all that stand behind it: causes, contexts, members of a group.

    Args:
        error: The exception.
        but: One that is no part of it: what was being handled when it was raised.
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
    """Take the frames away from an exception and from all that stand behind it.

    Args:
        error: What is about to leave.
    """
    if not keeps_frames():
        for each in linked(error):
            each.__traceback__ = None


def quiet(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function be left by exceptions without its frames, whose arguments hold keys and prompts.

    Frames of the user's own code, where that has raised, are kept.

    Args:
        function: A public function.
    """
    handled, drop = sys.exception, drop_our_frames

    def door(*args: Any, **kwargs: Any) -> Any:
        outside = handled()
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            args, kwargs = (), {}
            drop(error, outside)
            raise error

    # In the globals of the function: by those doctest knows which examples belong to a module.
    made = FunctionType(door.__code__, cast("Any", function).__globals__, closure=door.__closure__)
    return cast("Callable[P, R]", functools.update_wrapper(made, function))


async def quietly(work: Coroutine[Any, Any, R]) -> R:
    """Do the same for a coroutine.

    Args:
        work: The coroutine.
    """
    outside = sys.exception()
    try:
        return await work
    except BaseException as error:
        drop_our_frames(error, outside)
        raise error


def drop_our_frames(error: BaseException, outside: BaseException | None = None) -> None:
    """Take away the first frames of an exception, as far as they are no code of the user's.

    Args:
        error: What is about to leave.
        outside: What was being handled before, which is no part of it.
    """
    if keeps_frames():
        return
    for each in linked(error, but=outside):
        each.__traceback__ = _behind_ours(each.__traceback__)


def _behind_ours(trace: TracebackType | None) -> TracebackType | None:
    """Return what of a traceback follows the first frames, which are ours, the standard library's or an SDK's."""
    while trace is not None and _root(trace.tb_frame.f_globals) in _NOT_YOURS:
        trace = trace.tb_next
    return trace


def _root(module: Mapping[str, Any]) -> str:
    return str(module.get("__name__")).partition(".")[0]
