"""BasePrompt: a prompt as a class, whose fields fill the placeholders of a template."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar, cast

from pydantic import BaseModel

from ..errors import ConfigurationError
from ..messages import Message
from ..prompt import render
from ._function import Decorator

R = TypeVar("R")


class BasePrompt(BaseModel):
    """A prompt as a class with a template from ``@sk.prompt_template``; an instance can be sent to any model.

    >>> import streamkit as sk
    >>> @sk.prompt_template("Recommend a {genre} book")
    ... class BookPrompt(sk.BasePrompt):
    ...     genre: str
    >>> BookPrompt(genre="fantasy").message_params()[0].content
    'Recommend a fantasy book'
    >>> BookPrompt(genre="fantasy").run(sk.call("openai/gpt-5-mini")).state
    'streaming'
    """

    prompt_template: ClassVar[str] = ""

    def message_params(self) -> list[Message]:
        """Return the messages of the filled template.

        Raises:
            ConfigurationError: The class has no template.
        """
        if not self.prompt_template:
            raise ConfigurationError(f"{type(self).__name__} has no template: decorate it with @sk.prompt_template.")
        names = (*type(self).model_fields, *type(self).model_computed_fields)
        return render(self.prompt_template, {"self": self, **{name: getattr(self, name) for name in names}})

    def run(self, call: Decorator[R], *more: Callable[[Any], Any]) -> R:
        """Send the prompt and return the result of the call.

        Args:
            call: The decorator that ``sk.call(…)`` returns.
            more: Further decorators, applied on top of ``call``.
        """

        def prompt() -> list[Message]:
            return self.message_params()

        return _decorated(cast("Any", call)(self._named(prompt)), more)()

    async def run_async(self, call: Decorator[R], *more: Callable[[Any], Any]) -> R:
        """Send the prompt from async code and return the result of the call.

        Args:
            call: The decorator that ``sk.call(…)`` returns.
            more: Further decorators, applied on top of ``call``.
        """

        async def prompt() -> list[Message]:
            return self.message_params()

        return await _decorated(cast("Any", call)(self._named(prompt)), more)()

    def _named(self, prompt: Any) -> Any:
        prompt.__name__ = prompt.__qualname__ = type(self).__name__
        prompt.prompt_template = self.prompt_template
        return prompt


def _decorated(function: Callable[..., Any], more: Iterable[Callable[[Any], Any]]) -> Any:
    for decorate in more:
        function = decorate(function)
    return function
