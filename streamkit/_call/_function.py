"""A decorated function: what it returns is asked of a model, and the answer is its result."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from .._compat.private import mark_coroutine_function
from .._stream import OVERRIDES
from ..errors import ConfigurationError
from ..runtime import running_loop
from ..traces import quiet, quietly
from ._make import Prepared, prepare
from ._settings import Settings

P = ParamSpec("P")

R = TypeVar("R")


class Decorated:
    """A function, what its calls are declared with, and what overrides that.

    Args:
        function: What returns the prompt.
        settings: What its calls are declared with.
        overrides: What changes them, behind what a context does.
    """

    def __init__(
        self, function: Callable[..., Any], settings: Settings, overrides: tuple[Mapping[str, Any], ...] = ()
    ) -> None:
        self._function = function
        self._settings = settings
        self._overrides = overrides
        self._signature = inspect.signature(function)
        self.name = getattr(function, "__qualname__", repr(function)).rpartition("<locals>.")[2]
        self.is_async = inspect.iscoroutinefunction(function)

    def with_overrides(self, given: Mapping[str, Any]) -> Callable[..., Any]:
        """Return the function with other settings; this one stays as it is.

        Args:
            given: The options by name.

        Raises:
            ConfigurationError: They do not go together.
        """
        with_overrides = Decorated(self._function, self._settings, (*self._overrides, dict(given)))
        with_overrides._now(())
        return with_overrides.door()

    def door(self) -> Callable[..., Any]:
        """Make what is called instead of the function."""
        if self.is_async:

            @functools.wraps(self._function)
            @quiet
            def asks(*args: Any, **kwargs: Any) -> Any:
                return quietly(self._answered(self._now(OVERRIDES.get()), args, kwargs))

            mark_coroutine_function(asks)  # it reads its context when called, before anybody awaits it
        else:

            @functools.wraps(self._function)
            @quiet
            def asks(*args: Any, **kwargs: Any) -> Any:
                settings = self._now(OVERRIDES.get())
                if not settings.stream and running_loop() is not None:
                    raise ConfigurationError(
                        f"{self.name} would block the event loop that runs here: write it as 'async def' and await "
                        "it, or let it stream."
                    )
                return self._prepared(settings, args, kwargs, self._function(*args, **kwargs)).result()

        door = cast("Any", asks)
        door.__streamkit__ = self
        return door

    def stream_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make the stream alone, whatever becomes of it; to be awaited if the function is async.

        Args:
            args: The arguments by place.
            kwargs: The arguments by name.
        """
        settings = self._now(OVERRIDES.get())
        if self.is_async:
            return self._streamed(settings, args, kwargs)
        return self._prepared(settings, args, kwargs, self._function(*args, **kwargs)).stream

    async def _streamed(self, settings: Settings, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._prepared(settings, args, kwargs, await self._function(*args, **kwargs)).stream

    async def _answered(self, settings: Settings, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        prepared = self._prepared(settings, args, kwargs, await self._function(*args, **kwargs))
        return await prepared.async_result()

    def _now(self, context: tuple[Mapping[str, Any], ...]) -> Settings:
        settings = self._settings
        for given in (*context, *self._overrides):
            settings = settings.with_overrides(given)
        return settings

    def _prepared(self, settings: Settings, args: tuple[Any, ...], kwargs: dict[str, Any], told: object) -> Prepared:
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()

        def remake(other: Any) -> Any:
            return decorated(other).stream_of(args, kwargs)

        return prepare(settings, self._function, self.name, dict(bound.arguments), told=told, remake=remake)


def decorated(function: Any) -> Decorated:
    """Return what is known of a function that ``sk.call`` has decorated.

    Args:
        function: The function.

    Raises:
        ConfigurationError: It has not.
    """
    found = getattr(function, "__streamkit__", None)
    if isinstance(found, Decorated):
        return found
    raise ConfigurationError(f"{function!r} is no function that sk.call has decorated.")


def metadata(told: Mapping[str, Any]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Say something of the calls of a function that is for you and not for the provider, such as tags.

    It stands below ``sk.call``; a dynamic configuration may say more.

    Args:
        told: What ``stream.metadata`` and ``response.metadata`` then have.

    Raises:
        ConfigurationError: It stands above ``sk.call``.

    >>> import streamkit as sk
    >>> @sk.call("openai/gpt-5-mini")
    ... @sk.metadata({"tags": {"shelf"}})
    ... def recommend(genre: str) -> str:
    ...     return f"Recommend a {genre} book"
    >>> recommend("fantasy").metadata
    {'tags': {'shelf'}}
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if hasattr(function, "__streamkit__"):
            raise ConfigurationError("@sk.metadata stands below @sk.call: what is above it, the call does not see.")
        known: Mapping[str, Any] = getattr(function, "__streamkit_metadata__", {})
        cast("Any", function).__streamkit_metadata__ = {**known, **told}
        return function

    return decorate
