"""A decorated function: the prompt that the function returns is sent to a model, and the answer is the result."""

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
from ._prepare import Prepared, prepare
from ._settings import Settings

P = ParamSpec("P")

R = TypeVar("R")


class Decorated:
    """A function with the settings of its calls and their overrides.

    Args:
        function: The function that returns the prompt.
        settings: Settings from the decorator.
        overrides: Options that ``sk.override`` has changed, in order; they win over a context's options.
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
        """Return a function with other settings; this object stays unchanged.

        Raises:
            ConfigurationError: The options do not go together.
        """
        changed = Decorated(self._function, self._settings, (*self._overrides, dict(given)))
        changed._settings_in(())
        return changed.wrap()

    def wrap(self) -> Callable[..., Any]:
        """Return the wrapper that is called instead of the function."""
        if self.is_async:

            @functools.wraps(self._function)
            @quiet
            def call(*args: Any, **kwargs: Any) -> Any:
                return quietly(self._async_result(self._settings_in(OVERRIDES.get()), args, kwargs))

            mark_coroutine_function(call)  # it reads its context when called, before anybody awaits it
        else:

            @functools.wraps(self._function)
            @quiet
            def call(*args: Any, **kwargs: Any) -> Any:
                settings = self._settings_in(OVERRIDES.get())
                if not settings.stream and running_loop() is not None:
                    raise ConfigurationError(
                        f"{self.name} would block the event loop that runs here: write it as 'async def' and await "
                        "it, or let it stream."
                    )
                return self._prepared(settings, args, kwargs, self._function(*args, **kwargs)).result()

        wrapper = cast("Any", call)
        wrapper.__streamkit__ = self
        return wrapper

    def stream_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the stream of a call, whatever result the settings ask for; an awaitable if the function is async."""
        settings = self._settings_in(OVERRIDES.get())
        if self.is_async:
            return self._async_stream(settings, args, kwargs)
        return self._prepared(settings, args, kwargs, self._function(*args, **kwargs)).stream

    async def _async_stream(self, settings: Settings, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self._prepared(settings, args, kwargs, await self._function(*args, **kwargs)).stream

    async def _async_result(self, settings: Settings, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        prepared = self._prepared(settings, args, kwargs, await self._function(*args, **kwargs))
        return await prepared.async_result()

    def _settings_in(self, context: tuple[Mapping[str, Any], ...]) -> Settings:
        settings = self._settings
        for given in (*context, *self._overrides):
            settings = settings.with_overrides(given)
        return settings

    def _prepared(
        self, settings: Settings, args: tuple[Any, ...], kwargs: dict[str, Any], returned: object
    ) -> Prepared:
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()

        def remake(other: Any) -> Any:
            return decorated(other).stream_of(args, kwargs)

        return prepare(settings, self._function, self.name, dict(bound.arguments), returned=returned, remake=remake)


def decorated(function: Any) -> Decorated:
    """Return the ``Decorated`` behind a function that ``sk.call`` has decorated.

    Raises:
        ConfigurationError: ``sk.call`` has not decorated the function.
    """
    found = getattr(function, "__streamkit__", None)
    if isinstance(found, Decorated):
        return found
    raise ConfigurationError(f"{function!r} is no function that sk.call has decorated.")


def metadata(values: Mapping[str, Any]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Attach metadata, such as tags, to the calls of a function; metadata is not sent to the provider.

    The decorator stands below ``sk.call``; a dynamic configuration may add metadata.

    Args:
        values: Metadata by name, which ``stream.metadata`` and ``response.metadata`` return.

    Raises:
        ConfigurationError: The decorator stands above ``sk.call``.

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
        cast("Any", function).__streamkit_metadata__ = {**known, **values}
        return function

    return decorate
