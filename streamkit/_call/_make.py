"""From what a function has returned to the stream of its call, and from that to the function's result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reactivex.internal.exceptions import SequenceContainsNoElementsError

from .._stream import Stream, open_call
from ..asked import Origin
from ..flow import Flow
from ..messages import Message
from ..response import Response
from ._modes import tell
from ._prompt import read_prompt
from ._settings import Remake, Settings


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
        except SequenceContainsNoElementsError:  # a tool was called instead
            parsed = None
        return self._parsed(self.stream.response.parsed_as(parsed))

    async def async_result(self) -> Any:
        """Do the same on a loop."""
        if self.settings.stream:
            return self.stream if self.flow is None else self.flow
        if self.flow is None:
            return self._parsed(await self.stream)
        try:
            parsed = await self.flow
        except SequenceContainsNoElementsError:
            parsed = None
        return self._parsed(self.stream.response.parsed_as(parsed))

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
    messages, config = read_prompt(name, told)
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
    return settings.changed(changes) if changes else settings


def _stream(settings: Settings, messages: tuple[Message, ...], origin: Origin) -> Stream:
    messages, tools, params = tell(
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
