"""From what a function has returned to the stream of its call, and from that to the function's result."""

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
from ._modes import apply_output_schema
from ._settings import Remake, Settings

_OPTIONS = frozenset({"messages", "tools", "call_params", "client", "metadata", "computed_fields"})

_PARTS = (str, ImagePart, AudioPart, DocumentPart)


def parse_prompt(name: str, told: object) -> tuple[tuple[Message, ...], Mapping[str, Any] | None]:
    """Return the messages that a function asks for, and its dynamic configuration if it has returned one.

    Args:
        name: The function's name, for what is wrong.
        told: What it has returned: a text; a list of texts and parts, which is one message of the user's; a message,
            or a list of them; or a dict with ``messages`` in one of these forms and other options.

    Raises:
        ConfigurationError: It is none of these.
    """
    config = _config(name, told)
    prompt = told if config is None else config.get("messages")
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


def _config(name: str, told: object) -> Mapping[str, Any] | None:
    if not isinstance(told, Mapping) or "role" in told or "type" in told:
        return None
    given = cast("Mapping[str, Any]", told)
    unknown = sorted(given.keys() - _OPTIONS)
    if unknown:
        known = ", ".join(sorted(_OPTIONS))
        raise ConfigurationError(
            f"{name} returned a dict with {', '.join(unknown)}: a message has a role, and a configuration has {known}."
        )
    return given


def _is_parts(prompt: object) -> bool:
    """Whether it is the content of one message: texts and parts, among which a provider's own may be."""
    if isinstance(prompt, (str, BaseMessageParam)) or not isinstance(prompt, Sequence):
        return False
    parts = cast("Sequence[Any]", prompt)
    return any(isinstance(part, _PARTS) for part in parts) and not any(_is_message(part) for part in parts)


def _is_message(part: object) -> bool:
    return isinstance(part, BaseMessageParam) or (isinstance(part, Mapping) and "role" in part)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call that has not been sent.

    Args:
        settings: How it is made.
        stream: Its stream.
        flow: The typed answer, if one is wanted.
    """

    settings: Settings
    stream: Stream
    flow: Flow[Any] | None

    def result(self) -> Any:
        """Return what the function gives, and wait for it unless that is a stream."""
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
        """Do the same on a loop."""
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
    told: object,
    remake: Remake,
) -> Prepared:
    """Make a call of what a function has returned; what that says of the call is for this one only.

    Args:
        settings: What the call is declared with.
        function: The function.
        name: Its name.
        arguments: What it was called with, by name.
        told: What it has returned.
        remake: Makes the stream of another function with the same arguments.

    Raises:
        ConfigurationError: What can be known now is wrong.
    """
    messages, config = parse_prompt(name, told)
    settings = _configured(settings, config or {})
    marked: Mapping[str, Any] = getattr(function, "__streamkit_metadata__", {})
    origin = Origin(
        fn_args=arguments,
        prompt_template=getattr(function, "prompt_template", None),
        dynamic_config=config,
        metadata={**marked, **((config or {}).get("metadata") or {})},
    )
    answer = settings.answer
    reader = answer and answer.reader(text_only=bool(settings.tools), arguments=arguments)
    stream = _stream(settings, messages, origin)
    for recover in settings.recover:
        stream = recover(stream, remake)
    if settings.partial_tools:
        stream = stream.fan_out(partial_tools=True)
    return Prepared(settings, stream, reader and stream.pipe(reader))


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
        origin=origin,
    )
