"""A prompt as a class: its fields are what its template names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar, cast

from pydantic import BaseModel

from ..errors import ConfigurationError
from ..messages import Message
from ..prompt import render
from ._door import Decorator

R = TypeVar("R")


class BasePrompt(BaseModel):
    """A prompt as a class, for ``@sk.prompt_template`` to write; one of its instances can be asked of any model.

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
            ConfigurationError: There is no template.
        """
        if not self.prompt_template:
            raise ConfigurationError(f"{type(self).__name__} has no template: decorate it with @sk.prompt_template.")
        names = (*type(self).model_fields, *type(self).model_computed_fields)
        return render(self.prompt_template, {"self": self, **{name: getattr(self, name) for name in names}})

    def run(self, call: Decorator[R], *more: Callable[[Any], Any]) -> R:
        """Ask it.

        Args:
            call: What ``sk.call(…)`` returns.
            more: Decorators to put on top of it.
        """

        def prompt() -> list[Message]:
            return self.message_params()

        return _decorated(cast("Any", call)(self._named(prompt)), more)()

    async def run_async(self, call: Decorator[R], *more: Callable[[Any], Any]) -> R:
        """Ask it from async code.

        Args:
            call: What ``sk.call(…)`` returns.
            more: Decorators to put on top of it.
        """

        async def prompt() -> list[Message]:
            return self.message_params()

        return await _decorated(cast("Any", call)(self._named(prompt)), more)()

    def _named(self, prompt: Any) -> Any:
        prompt.__name__ = prompt.__qualname__ = type(self).__name__
        prompt.prompt_template = self.prompt_template
        return prompt


def _decorated(asks: Callable[..., Any], more: Iterable[Callable[[Any], Any]]) -> Any:
    for decorate in more:
        asks = decorate(asks)
    return asks
