"""What a call was asked, as its stream and its Response tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .messages import Message


@dataclass(frozen=True, slots=True, repr=False)
class Origin:
    """The function that a call was made of, and what that has said of it.

    Args:
        fn_args: The arguments that the function was called with, by their names, defaults too.
        prompt_template: The template that its prompt was made of, if one was.
        dynamic_config: The configuration that it has returned, if it has returned one.
        metadata: What ``sk.metadata`` and that configuration say of the call; the provider is not told.
    """

    fn_args: Mapping[str, Any] = field(default_factory=dict[str, Any])
    prompt_template: str | None = None
    dynamic_config: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __repr__(self) -> str:
        return "Origin(…)"  # the arguments of a function may be the prompt


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RequestInfo:
    """What was asked, when, and by which function.

    It takes no part in comparisons, and stays behind when what holds it is sent elsewhere: tools, clients and
    arguments of functions do not travel.

    Args:
        model: The model's name.
        messages: The conversation.
        params: What went to the provider beside it.
        tools: What the model may call.
        origin: The function that it was made of.
        started: When it was sent, in seconds since 1970.
        ended: When it had ended.
    """

    model: str = ""
    messages: tuple[Message, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tools: tuple[Any, ...] = ()
    origin: Origin = field(default_factory=Origin)
    started: float | None = None
    ended: float | None = None

    def __repr__(self) -> str:
        return f"Question({self.model!r}, {len(self.messages)} messages)"  # no prompt

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RequestInfo)

    def __hash__(self) -> int:
        return hash(RequestInfo)

    def __reduce__(self) -> tuple[type[RequestInfo], tuple[()]]:
        return RequestInfo, ()


class RequestInputs(Protocol):
    """The model, messages, tools and parameters from which a request's body is written."""

    @property
    def model(self) -> str:
        """The model's name, without the provider's."""
        ...

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation."""
        ...

    @property
    def tools(self) -> tuple[Any, ...]:
        """The tools that the model may call."""
        ...

    @property
    def params(self) -> Mapping[str, Any]:
        """The other parameters, by name."""
        ...


class RequestInfoMixin:
    """The properties of a stream, and of a Response, that tell what was asked."""

    def _question(self) -> RequestInfo:
        raise NotImplementedError

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was asked."""
        return self._question().messages

    @property
    def user_message_param(self) -> Message | None:
        """The last message, if it was the user's."""
        last = self.messages[-1] if self.messages else None
        role = last.get("role") if isinstance(last, dict) else last and last.role
        return last if role == "user" else None

    @property
    def call_params(self) -> Mapping[str, Any]:
        """The parameters of the call: the common ones, and the provider's own."""
        return self._question().params

    @property
    def call_kwargs(self) -> dict[str, Any]:
        """Everything that the provider is asked, in our form: model, messages, tools and parameters."""
        asked = self._question()
        told: dict[str, Any] = {"model": asked.model, "messages": list(asked.messages)}
        return {**told, **({"tools": list(asked.tools)} if asked.tools else {}), **asked.params}

    @property
    def tool_types(self) -> tuple[Any, ...]:
        """What the model was told that it may call: ``Tool`` objects, and dicts as they were given."""
        return self._question().tools

    @property
    def fn_args(self) -> Mapping[str, Any]:
        """The arguments of the function that ``sk.call`` decorates, by their names; empty without one."""
        return self._question().origin.fn_args

    @property
    def prompt_template(self) -> str | None:
        """The template that the prompt was made of, if one was."""
        return self._question().origin.prompt_template

    @property
    def dynamic_config(self) -> Mapping[str, Any] | None:
        """The configuration that the decorated function has returned, if it has returned one."""
        return self._question().origin.dynamic_config

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What ``sk.metadata`` and the dynamic configuration say of the call."""
        return self._question().origin.metadata

    @property
    def start_time(self) -> float | None:
        """When it was sent, in milliseconds since 1970."""
        return _milliseconds(self._question().started)

    @property
    def end_time(self) -> float | None:
        """When it ended, in milliseconds since 1970."""
        return _milliseconds(self._question().ended)


def _milliseconds(seconds: float | None) -> float | None:
    return seconds and seconds * 1000
