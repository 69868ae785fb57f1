"""The description of a call's request, which the Stream and the Response carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .chunk import Chunk
from .messages import Message


@dataclass(frozen=True, slots=True, repr=False)
class Origin:
    """The decorated function that made a call.

    Args:
        fn_args: Arguments of the function by name, defaults included.
        prompt_template: Template of the prompt; None without one.
        dynamic_config: Dynamic configuration that the function returned; None if it returned a prompt.
        metadata: Metadata from ``sk.metadata`` and the dynamic configuration; not sent to the provider.
    """

    fn_args: Mapping[str, Any] = field(default_factory=dict[str, Any])
    prompt_template: str | None = None
    dynamic_config: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __repr__(self) -> str:
        return "Origin(…)"  # without the function's arguments, which may hold the prompt


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RequestInfo:
    """A request as its caller gave it, with the time of the start and the end.

    Two Responses that differ only in this compare as equal, and a pickle leaves the contents out, because tools,
    clients and function arguments cannot be pickled.

    Args:
        model: The model's name.
        messages: The conversation.
        params: Other parameters of the request, by name.
        tools: Tools that the model may call.
        origin: The decorated function that made the call.
        started: Time of the request, in seconds since 1970.
        ended: Time of the answer's end, in seconds since 1970.
    """

    model: str = ""
    messages: tuple[Message, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tools: tuple[Any, ...] = ()
    origin: Origin = field(default_factory=Origin)
    started: float | None = None
    ended: float | None = None

    def __repr__(self) -> str:
        return f"RequestInfo({self.model!r}, {len(self.messages)} messages)"  # no prompt

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


class AnswerParser(Protocol):
    """A reader of the value of a ``response_model`` from a whole answer."""

    @property
    def name(self) -> str:
        """The option and the type as the user wrote them, with which the messages of errors begin."""
        ...

    @property
    def text_only(self) -> bool:
        """Whether tools may be called instead of an answer."""
        ...

    def read(self, chunks: Sequence[Chunk], /) -> tuple[Any, Exception | None]:
        """Return the value and no error; or None and the error; or None twice if a tool was called instead."""
        ...


class RequestInfoMixin:
    """Properties of the request that a Stream and a Response share."""

    def _request_info(self) -> RequestInfo:
        raise NotImplementedError

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages of the request."""
        return self._request_info().messages

    @property
    def user_message_param(self) -> Message | None:
        """The last message, if the role is ``user``."""
        last = self.messages[-1] if self.messages else None
        role = last.get("role") if isinstance(last, dict) else last and last.role
        return last if role == "user" else None

    @property
    def call_params(self) -> Mapping[str, Any]:
        """Parameters of the call, both common ones and the provider's own."""
        return self._request_info().params

    @property
    def call_kwargs(self) -> dict[str, Any]:
        """The whole request in streamkit's own form: model, messages, tools and parameters."""
        info = self._request_info()
        kwargs: dict[str, Any] = {"model": info.model, "messages": list(info.messages)}
        return {**kwargs, **({"tools": list(info.tools)} if info.tools else {}), **info.params}

    @property
    def tool_types(self) -> tuple[Any, ...]:
        """Tools that the model may call: ``Tool`` objects, and dicts as they were given."""
        return self._request_info().tools

    @property
    def fn_args(self) -> Mapping[str, Any]:
        """Arguments of the function that ``sk.call`` decorates, by name; empty without a decorated function."""
        return self._request_info().origin.fn_args

    @property
    def prompt_template(self) -> str | None:
        """The template of the prompt; None without one."""
        return self._request_info().origin.prompt_template

    @property
    def dynamic_config(self) -> Mapping[str, Any] | None:
        """The dynamic configuration that the decorated function returned; None without one."""
        return self._request_info().origin.dynamic_config

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Metadata of the call, from ``sk.metadata`` and the dynamic configuration."""
        return self._request_info().origin.metadata

    @property
    def start_time(self) -> float | None:
        """Time of the request, in milliseconds since 1970."""
        return _milliseconds(self._request_info().started)

    @property
    def end_time(self) -> float | None:
        """Time of the answer's end, in milliseconds since 1970."""
        return _milliseconds(self._request_info().ended)


def _milliseconds(seconds: float | None) -> float | None:
    return seconds and seconds * 1000
