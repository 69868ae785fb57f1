"""``sk.retry`` and ``sk.fallback``: policies that choose the errors, the pause and the next request."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

from ..errors import ConfigurationError, ProducerLost, StoppedError, StreamError
from ..settings import RETRY_AFTER
from ._retry_policy import Attempt, RetryPolicy
from ._stream import Stream

T = TypeVar("T")

On: TypeAlias = "type[Exception] | tuple[type[Exception], ...] | Callable[[StreamError], bool] | None"

Wait: TypeAlias = "float | Callable[[int], float] | None"

_LONGEST = 30.0  # seconds between two attempts, if neither the user nor the provider gives a time


def retry(stream: T, *, attempts: int = 3, on: On = None, wait: Wait = None) -> T:
    """Send a call again after a failure that nobody has seen; any other error reaches the readers unchanged.

    A failure has not been seen if it came before the first content, or if the call never had a reader: a loop, a flow
    or a subscriber. ``await`` and ``run()`` are none, so that an answer that is cut, stalls or is reset in mid-stream
    is asked for again. A call that has run a tool is not retried. A call with ``reask=`` begins anew as a whole; a
    reader that has seen its first answer has seen it, and a ``ValidationFailed`` is not ``retryable``.

    All readers see one stream, which makes one call at a time. What a failed attempt had is in ``response.attempts``,
    and is not delivered. Each attempt has its own ``timeouts.first`` and ``timeouts.between`` and its own turn under
    ``limits``; ``timeouts.total`` is for all together.

    Args:
        stream: A Stream that has not been sent; or a function that ``sk.call`` has decorated.
        attempts: The maximum number of calls, including the first one.
        on: The errors to retry: a class, a tuple of classes, or a function of the error; by default all errors that
            are ``retryable``.
        wait: Seconds before the next attempt, or a function of the number of attempts so far; by default the
            provider's ``Retry-After``, or half a second, doubled each time. If the provider demands more than two
            minutes, there is no further attempt: the error is raised, and its ``retry_after`` has the seconds.

    Returns:
        A Stream for a Stream, a function for a function.

    Raises:
        ConfigurationError: ``attempts`` is not a whole number above 0, ``wait`` is not a number of seconds, or
            ``stream`` is neither a Stream nor a decorated function.

    >>> import streamkit as sk
    >>> from streamkit.testing import Script, chat_events
    >>> script = Script(chat_events("Io"))
    >>> response = sk.retry(script.stream(), attempts=2).run()
    >>> response.content, response.calls, response.attempts
    ('Io', 1, [])
    """
    if isinstance(cast("object", attempts), bool) or not isinstance(cast("object", attempts), int) or attempts < 1:
        raise ConfigurationError(f"attempts={attempts!r}: give a whole number, 1 or more.")
    if not (wait is None or callable(wait) or _is_seconds(wait)):
        raise ConfigurationError(f"wait={wait!r}: give seconds, 0 or more, or a function of the attempts so far.")

    def recover(first: Stream, _: Any = None) -> Stream:
        async def again(failed: int, error: StreamError) -> Attempt | None:
            may = failed < attempts and _is(error, on, default=error.retryable) and not _wait_is_too_long(wait, error)
            return _attempt(first.again()) if may else None

        return _retried(first, RetryPolicy(again, lambda failed, error: _pause(wait, failed, error)))

    return _applied(stream, recover)


def fallback(stream: T, *others: Any, on: On = None) -> T:
    """Send another call after a failure that nobody has seen; any other error reaches the readers unchanged.

    What is seen, and what each attempt has for itself, is as with ``sk.retry``.

    Args:
        stream: A Stream that has not been sent; or a function that ``sk.call`` has decorated.
        others: The Streams to send in its place, in order; or functions, which are called with the same arguments.
        on: The errors that lead to the next one: a class, a tuple of classes, or a function of the error; by default
            all but a ``ConfigurationError`` and the ``ProducerLost`` of a call that goes on in the parent process.

    Returns:
        A Stream for a Stream, a function for a function.

    Raises:
        ConfigurationError: There are no others, or ``stream`` is neither a Stream nor a decorated function.

    >>> import streamkit as sk
    >>> from streamkit.testing import Script, chat_events
    >>> cut, answers = Script(chat_events("Euro", finish=None)), Script(chat_events("Io"))
    >>> response = sk.fallback(cut.stream(), answers.stream()).run()
    >>> response.content, [attempt.content for attempt in response.attempts]
    ('Io', ['Euro'])
    """
    if not others:
        raise ConfigurationError("fallback takes others behind the first: fallback(stream, other).")

    def recover(first: Stream, remake: Callable[[Any], Any] = lambda other: other) -> Stream:
        async def other(failed: int, error: StreamError) -> Attempt | None:
            fits = _is(error, on, default=not isinstance(error, ConfigurationError) and not _is_lost(error))
            if not fits or failed > len(others):
                return None
            found: Any = others[failed - 1]
            made = cast("Stream", found).again() if isinstance(found, Stream) else remake(found)
            if inspect.iscoroutine(made):  # from an async function; a Stream is awaitable as well, but not a coroutine
                made = await made
            return _attempt(made)

        return _retried(first, RetryPolicy(other, lambda failed, error: 0.0))

    return _applied(stream, recover)


def _applied(target: Any, recover: Callable[..., Stream]) -> Any:
    if isinstance(target, Stream):
        if target.sent:
            raise ConfigurationError("This stream has been sent: give stream.again(), which has not.")
        return recover(cast("Stream", target))
    known: Any = getattr(target, "__streamkit__", None)
    if known is None:
        raise ConfigurationError(f"Give a Stream or a function that sk.call has decorated, not {target!r}.")
    return known.with_overrides({"recover": recover})


def _retried(stream: Stream, policy: RetryPolicy) -> Stream:
    return stream._retried(policy)  # pyright: ignore[reportPrivateUsage] - one idea in two files


def _attempt(stream: Stream) -> Attempt:
    return stream._shared.attempt()  # pyright: ignore[reportPrivateUsage] - one idea in two files


def _is_lost(error: StreamError) -> bool:
    """Whether the call goes on in the parent process, which pays for it."""
    return isinstance(error, ProducerLost) and not error.retryable


def _is(error: StreamError, on: On, *, default: bool) -> bool:
    if isinstance(error, StoppedError):
        return False
    if on is None:
        return default
    if isinstance(on, (type, tuple)):
        return isinstance(error, on) or isinstance(error.__cause__, on)
    return on(error)


def _is_seconds(wait: object) -> bool:
    return isinstance(wait, (int, float)) and not isinstance(wait, bool) and 0 <= wait < math.inf


def _wait_is_too_long(wait: Wait, error: StreamError) -> bool:
    return wait is None and error.retry_after is not None and error.retry_after > RETRY_AFTER


def _pause(wait: Wait, tried: int, error: StreamError) -> float:
    if wait is None:
        return error.retry_after if error.retry_after is not None else min(0.5 * 2 ** (tried - 1), _LONGEST)
    return wait(tried) if callable(wait) else wait
