"""Prompt templates with Mirascope's rules: a template may be the docstring, and empty messages are left out."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, Protocol, TypeVar, overload

import streamkit as sk

from ..traces import quiet, quietly
from ._messages import as_messages

P = ParamSpec("P")
T = TypeVar("T")

_INLINE = re.compile(r"(?<=\S)[ \t]+(?=(?:SYSTEM|USER|ASSISTANT|MESSAGES):)")


class PromptDecorator(Protocol):
    @overload
    def __call__(self, function: type[T], /) -> type[T]: ...  # pyright: ignore[reportOverlappingOverload] - the first that fits counts
    @overload
    def __call__(self, function: Callable[P, Awaitable[Any]], /) -> Callable[P, Awaitable[Any]]: ...
    @overload
    def __call__(self, function: Callable[P, object], /) -> Callable[P, list[Any]]: ...


def prompt_template(template: str | None = None) -> PromptDecorator:
    """Write a prompt as a template of ``sk.prompt_template``, or make messages of what the function returns.

    Args:
        template: The template; None takes the prompt that the function returns, or else the docstring as the template.

    >>> prompt_template()(lambda planet: f"Which moons of {planet} may hold life?")("Jupiter")
    [BaseMessageParam(role='user', content='Which moons of Jupiter may hold life?')]
    """

    def decorate(function: Any) -> Any:
        written = function if template is None else _template(template)(function)
        return written if isinstance(function, type) else as_prompt(written)

    return decorate


def _template(text: str) -> Any:
    return sk.prompt_template(_INLINE.sub("\n", inspect.cleandoc(text)))


def as_prompt(function: Any) -> Any:
    """Return a function that returns messages, or a dynamic configuration with messages."""
    if inspect.iscoroutinefunction(function):

        async def awaited(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            return _messages_of(function, await function(*args, **kwargs), args, kwargs)

        @functools.wraps(function)
        async def async_prompt(*args: Any, **kwargs: Any) -> Any:
            work = awaited(args, kwargs)
            args, kwargs = (), {}  # so that no frame of an exception holds the prompt
            return await quietly(work)

        return async_prompt

    @functools.wraps(function)
    @quiet
    def prompt(*args: Any, **kwargs: Any) -> Any:
        return _messages_of(function, function(*args, **kwargs), args, kwargs)

    return prompt


def _messages_of(function: Any, returned: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    config: Any = returned if hasattr(returned, "keys") and "role" not in returned else None
    prompt: Any = returned if config is None else config.get("messages")
    if prompt is None and function.__doc__:

        @functools.wraps(function)
        def with_docstring(*_: Any, **__: Any) -> Any:
            return returned

        returned = _template(function.__doc__)(with_docstring)(*args, **kwargs)
        return _messages_of(with_docstring, returned, args, kwargs)
    if prompt is None:
        return returned
    return as_messages(prompt) if config is None else {**config, "messages": as_messages(prompt)}


class BasePrompt(sk.BasePrompt):
    """A prompt as a class; ``str`` of an instance is the filled template."""

    def message_params(self) -> list[Any]:
        """Return the messages of the filled template, or docstring, without empty ones."""
        type(self).prompt_template = self.prompt_template or inspect.cleandoc(type(self).__doc__ or "")
        return as_messages(super().message_params())

    def __str__(self) -> str:
        messages = self.message_params()
        if [message.role for message in messages] == ["user"]:
            return str(messages[0].content)
        return "\n".join(f"{message.role.upper()}: {message.content}" for message in messages)

    def dump(self) -> dict[str, Any]:
        """Return the metadata, the filled template, the template and the fields."""
        inputs, metadata = self.model_dump(), getattr(type(self), "__streamkit_metadata__", {})
        return {"metadata": metadata, "prompt": str(self), "template": self.prompt_template, "inputs": inputs}
