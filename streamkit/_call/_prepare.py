"""Prepares a call: parses the function's return value into a request, and the answer into the function's result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from .._compat.private import no_elements_error
from .._flow import Flow
from .._stream import Stream, open_call
from ..errors import ConfigurationError
from ..messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Message, Messages, as_messages
from ..question import Origin
from ..response import Response
from ._settings import Remake, Settings
from ._structured_output import apply_output_schema

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
        except no_elements_error():  # a tool was called instead
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
        except no_elements_error():
            parsed = None
        return self._parsed(self.stream.response.attach_parsed(parsed))

    def _parsed(self, response: Response) -> Any:
        parser = self.settings.output_parser
        if parser is None:
            return response
        return parser(response if self.flow is None else response.parsed)


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
    answer = settings.answer
    extractor = answer and answer.operator(text_only=bool(settings.tools), arguments=arguments)
    stream = _stream(settings, messages, origin)
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


def _stream(settings: Settings, messages: tuple[Message, ...], origin: Origin) -> Stream:
    messages, tools, params = apply_output_schema(
        settings.model,
        messages,
        settings.tools,
        settings.call_params,
        answer=settings.answer,
        json_mode=settings.json_mode,
    )
    return open_call(
        settings.model,
        messages,
        tools=tools,
        client=settings.client,
        api_key=settings.api_key,
        base_url=settings.base_url,
        options=settings.options,
        sentinel_ends=settings.sentinel_ends,
        keep=settings.keep,
        params=params,
        streams=settings.stream,
        origin=origin,
    )
