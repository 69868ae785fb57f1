"""Prompt templates with Mirascope's rules: a template may be the docstring, and empty messages are left out."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

import streamkit as sk

from ._messages import as_messages, as_part

T = TypeVar("T")

_INLINE = re.compile(r"(?<=\S)[ \t]+(?=(?:SYSTEM|USER|ASSISTANT|MESSAGES):)")


def prompt_template(template: str | None = None) -> Callable[[Callable[..., Any]], Any]:
    """Write a prompt as a template, or without one make messages of what the function returns; see the page.

    Args:
        template: Text of the template, as in ``sk.prompt_template``; None takes the prompt that the function returns,
            and if that is None, the docstring as the template.

    >>> @prompt_template()
    ... def ask(planet: str) -> str:
    ...     return f"Which moons of {planet} may hold life?"
    >>> ask("Jupiter")
    [BaseMessageParam(role='user', content='Which moons of Jupiter may hold life?')]
    """

    def decorate(function: Any) -> Any:
        written = function if template is None else _template(template)(function)
        return written if isinstance(function, type) else as_prompt(written, convert=template is not None)

    return decorate


def _template(text: str) -> Any:
    return sk.prompt_template(_INLINE.sub("\n", inspect.cleandoc(text)))


def as_prompt(function: Callable[..., Any], *, convert: bool = False) -> Callable[..., Any]:
    """Return a function that returns messages, or a dynamic configuration with messages.

    Args:
        function: A function that returns a prompt in any form that Mirascope takes.
        convert: True to pass images and audio of other libraries to the function as parts.
    """

    def given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if not convert:
            return args, kwargs
        return tuple(map(as_part, args)), {name: as_part(each) for name, each in kwargs.items()}

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def async_prompt(*args: Any, **kwargs: Any) -> Any:
            args, kwargs = given(args, kwargs)
            return _messages_of(function, await function(*args, **kwargs), args, kwargs)

        return async_prompt

    @functools.wraps(function)
    def prompt(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = given(args, kwargs)
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
        """Return the messages of the filled template, without empty ones."""
        return as_messages(super().message_params())

    def __str__(self) -> str:
        messages = self.message_params()
        if [message.role for message in messages] == ["user"]:
            return str(messages[0].content)
        return "\n".join(f"{message.role.upper()}: {message.content}" for message in messages)

    def dump(self) -> dict[str, Any]:
        """Return the metadata, the filled template, the template and the fields."""
        metadata = getattr(type(self), "__streamkit_metadata__", {})
        return {
            "metadata": metadata,
            "prompt": str(self),
            "template": self.prompt_template,
            "inputs": self.model_dump(),
        }
