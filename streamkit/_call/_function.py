"""A decorated function: the prompt becomes a request, the request is sent to a model, and the answer is the result."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, ParamSpec, TypeVar, cast, overload

from .._compat.private import mark_coroutine_function
from .._flow import Flow, NothingEmitted
from .._stream import OVERRIDES, Stream, check_reask, open_call, with_system
from .._stream._typed import apply_output_schema
from ..errors import ConfigurationError
from ..messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Message, Messages, as_messages
from ..question import Origin
from ..response import Response
from ..runtime import may_block
from ..traces import quiet, quietly
from ._settings import Remake, Settings, check_converse

P = ParamSpec("P")

R = TypeVar("R")

R_co = TypeVar("R_co", covariant=True)


class Decorated:
    """A function with the settings and overrides of the calls.

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
        found = changed._settings_in(())
        check_reask(found.reask, typed=found.response_model is not None)
        check_converse(found)
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
                if not settings.stream and not may_block():
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


class Decorator(Generic[R_co]):
    """A decorator that turns a function that returns a prompt into one that returns the answer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @overload
    def __call__(self, function: Callable[P, Awaitable[Any]], /) -> Callable[P, Coroutine[Any, Any, R_co]]: ...  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
    @overload
    def __call__(self, function: Callable[P, object], /) -> Callable[P, R_co]: ...

    def __call__(self, function: Callable[..., Any], /) -> Callable[..., Any]:
        if not callable(function) or isinstance(function, type):
            raise ConfigurationError(f"sk.call(…) decorates a function that returns a prompt, not {function!r}.")
        if hasattr(function, "__streamkit__"):
            raise ConfigurationError("This function is decorated already: sk.override(function, …) changes its call.")
        return Decorated(function, self._settings).wrap()


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


_OPTIONS = frozenset({"messages", "tools", "call_params", "client", "metadata", "computed_fields"})

_PARTS = (str, ImagePart, AudioPart, DocumentPart)


def parse_prompt(name: str, returned: object) -> tuple[tuple[Message, ...], Mapping[str, Any] | None]:
    """Return the messages in a function's return value, and the dynamic configuration if there is one.

    Args:
        name: The function's name, for error messages.
        returned: A text; a list of texts and parts, which is one message of the user; a message or a list of messages;
            or a dict with ``messages`` in one of these forms and other options.

    Raises:
        ConfigurationError: ``returned`` is none of these.
    """
    config = _config(name, returned)
    prompt = returned if config is None else config.get("messages")
    if prompt is None:
        what = "None" if config is None else "a configuration without messages"
        raise ConfigurationError(
            f"{name} returned {what}: return a prompt (a text, or messages), or write it by @sk.prompt_template."
        )
    if prompt in ("", [], ()) or (isinstance(prompt, str) and not prompt.strip()):
        raise ConfigurationError(f"{name} returned an empty prompt: return a text, or messages.")
    if isinstance(prompt, _PARTS) and not isinstance(prompt, str):
        prompt = [prompt]
    if _is_parts(prompt):
        prompt = Messages.User(list(cast("Sequence[Any]", prompt)))
    try:
        return as_messages(cast("Any", prompt)), config
    except ConfigurationError as error:
        raise ConfigurationError(f"{name} returned no prompt. {error.message}") from None


def _config(name: str, returned: object) -> Mapping[str, Any] | None:
    if not isinstance(returned, Mapping) or "role" in returned or "type" in returned:
        return None
    given = cast("Mapping[str, Any]", returned)
    unknown = sorted(given.keys() - _OPTIONS)
    if unknown:
        known = ", ".join(sorted(_OPTIONS))
        raise ConfigurationError(
            f"{name} returned a dict with {', '.join(unknown)}: a message has a role, and a configuration has {known}."
        )
    return given


def _is_parts(prompt: object) -> bool:
    """Return whether a value is the content of one message: texts and parts, possibly in a provider's own form."""
    if isinstance(prompt, (str, BaseMessageParam)) or not isinstance(prompt, Sequence):
        return False
    parts = cast("Sequence[Any]", prompt)
    return any(isinstance(part, _PARTS) for part in parts) and not any(_is_message(part) for part in parts)


def _is_message(part: object) -> bool:
    return isinstance(part, BaseMessageParam) or (isinstance(part, Mapping) and "role" in part)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that has not been sent yet.

    Args:
        settings: Settings of the call.
        stream: Stream of the call.
        flow: Flow of the typed answer; None without a ``response_model``.
    """

    settings: Settings
    stream: Stream
    flow: Flow[Any] | None

    def result(self) -> Any:
        """Return the function's result: the stream, or else the awaited answer."""
        if self.settings.stream:
            return self.stream if self.flow is None else self.flow
        if self.flow is None:
            return self._parsed(self.stream.run())
        try:
            parsed = self.flow.run()
        except NothingEmitted:  # a tool was called instead
            parsed = None
        return self._parsed(self.stream.response.attach_parsed(parsed))

    async def async_result(self) -> Any:
        """Return the same as ``result``, without blocking the event loop."""
        if self.settings.stream:
            return self.stream if self.flow is None else self.flow
        if self.flow is None:
            return self._parsed(await self.stream)
        try:
            parsed = await self.flow
        except NothingEmitted:
            parsed = None
        return self._parsed(self.stream.response.attach_parsed(parsed))

    def _parsed(self, response: Response) -> Any:
        parser = self.settings.output_parser
        if parser is None:
            return response
        return parser(response if self.settings.response_model is None else response.parsed)


def prepare(
    settings: Settings,
    function: Callable[..., Any],
    name: str,
    arguments: Mapping[str, Any],
    *,
    returned: object,
    remake: Remake,
) -> Prepared:
    """Make a call from a function's return value; a dynamic configuration changes the settings of this call only.

    Args:
        settings: Settings of the decorated function, overrides included.
        function: The function.
        name: The function's name, for error messages.
        arguments: Arguments of the function, by name.
        returned: The function's return value.
        remake: Function that makes the stream of another decorated function with the same arguments.

    Raises:
        ConfigurationError: The prompt or the options are invalid.
    """
    messages, config = parse_prompt(name, returned)
    settings = _configured(settings, config or {})
    marked: Mapping[str, Any] = getattr(function, "__streamkit_metadata__", {})
    origin = Origin(
        fn_args=arguments,
        prompt_template=getattr(function, "prompt_template", None),
        dynamic_config=config,
        metadata={**marked, **((config or {}).get("metadata") or {})},
    )
    answer, extractor = settings.answer, None
    if settings.converse:
        stream = _conversation(settings, messages, origin)
    else:
        extractor = answer and answer.operator(text_only=bool(settings.tools), arguments=arguments)
        stream = _stream(settings, messages, origin, arguments)
    for recover in settings.recover:
        stream = recover(stream, remake)
    if settings.partial_tools:
        stream = stream.fan_out(partial_tools=True)
    return Prepared(settings, stream, extractor and stream.pipe(extractor))


def _configured(settings: Settings, config: Mapping[str, Any]) -> Settings:
    changes: dict[str, Any] = {name: config[name] for name in ("tools", "client") if config.get(name) is not None}
    if config.get("call_params"):
        changes["call_params"] = {**settings.call_params, **config["call_params"]}
    return settings.with_overrides(changes) if changes else settings


def _conversation(settings: Settings, messages: tuple[Message, ...], origin: Origin) -> Stream:
    from .._stream._converse import open_conversation  # which few calls need

    return open_conversation(
        settings.model,
        messages,
        given=replace(settings.inputs, response_model=settings.response_model, json_mode=settings.json_mode),
        options=settings.options,
        params=settings.call_params,
        streams=settings.stream,
        conversation=settings.conversation,
        origin=origin,
    )


def _stream(settings: Settings, messages: tuple[Message, ...], origin: Origin, arguments: Mapping[str, Any]) -> Stream:
    answer, reader = settings.answer, None
    if answer is not None and settings.reask:
        reader = answer.reader(text_only=bool(settings.tools), arguments=arguments)
    messages, tools, params = apply_output_schema(
        settings.model,
        with_system(messages, settings.system),
        settings.tools,
        settings.call_params,
        answer=answer,
        json_mode=settings.json_mode,
    )
    return open_call(
        settings.model,
        messages,
        given=replace(settings.inputs, system=None, tools=tools, answer=reader),
        options=settings.options,
        params=params,
        streams=settings.stream,
        origin=origin,
    )
