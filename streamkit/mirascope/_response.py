"""The results of calls under Mirascope's names: a whole answer, and a stream."""

from __future__ import annotations

from copy import copy
from typing import Any, Generic, NoReturn, Self, cast

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypeVar

import streamkit as sk

from ._tool import BaseTool, as_base_tool

S = TypeVar("S", default=Any)

_ANY = TypeAdapter[Any](Any)
_REQUEST = (
    *("call_kwargs", "call_params", "computed_fields", "cost", "dynamic_config", "end_time", "fn_args", "input_tokens"),
    *("message_param", "messages", "metadata", "output_tokens", "prompt_template", "start_time", "user_message_param"),
)


class CallResponse(sk.Response):
    """A whole answer; see ``sk.Response``."""

    @classmethod
    def of(cls, response: sk.Response) -> Self:
        """Return a copy of a Response with Mirascope's names."""
        made = response.model_copy()
        object.__setattr__(made, "__class__", cls)  # the same fields and private attributes, and more properties
        return cast("Self", made)

    @property
    def tools(self) -> list[Any]:
        """The tools that the model has called, each as a ``BaseTool``; a ValidationError if one cannot take a call."""
        try:
            calls = super().tools
        except sk.StreamError as error:
            reraise(error)
        return [as_base_tool(call) for call in calls]

    @property
    def common_tools(self) -> list[Any] | None:
        """``tools``; None if there are none."""
        return self.tools or None

    @property
    def messages(self) -> Any:
        """The messages of the request, as a list."""
        return list(super().messages)

    common_messages = messages
    common_user_message_param = sk.Response.user_message_param

    @property
    def computed_fields(self) -> dict[str, Any]:
        """The computed fields of the dynamic configuration, by name."""
        return dict((self.dynamic_config or {}).get("computed_fields") or {})

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """Return the fields, those of the request, and the computed fields, as plain values."""
        return {**super().model_dump(**options), **_ANY.dump_python({name: getattr(self, name) for name in _REQUEST})}


def reraise(error: sk.StreamError) -> NoReturn:
    """Raise pydantic's error if that is why an answer is refused, with the answer as ``_response``; else the error."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        raise error
    cast("Any", cause)._response = error.partial and CallResponse.of(error.partial)
    raise cause from None


class _Pairs(Generic[S]):
    def __init__(self, pairs: Any) -> None:
        self._pairs = pairs
        self.aclose = getattr(pairs, "aclose", None)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[sk.Chunk[S], BaseTool | None]:
        try:
            chunk, tool = next(self._pairs)
        except sk.StreamError as error:
            reraise(error)
        return chunk, as_base_tool(tool)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[sk.Chunk[S], BaseTool | None]:
        try:
            chunk, tool = await anext(self._pairs)
        except sk.StreamError as error:
            reraise(error)
        return chunk, as_base_tool(tool)


class Stream(sk.Stream[S, Any]):
    """A stream whose tools are ``BaseTool`` objects; Mirascope's other names of a stream are those of ``response``."""

    @classmethod
    def of(cls, stream: sk.Stream[Any, Any]) -> Stream[Any]:
        """Return a view of the same call with Mirascope's names."""
        view = copy(stream)
        view.__class__ = cls
        return cast("Stream[Any]", view)

    @property
    def response(self) -> CallResponse:
        """The answer so far; whole once the stream is exhausted."""
        return CallResponse.of(super().response)

    def construct_call_response(self) -> CallResponse:
        """Return the answer so far; whole once the stream is exhausted."""
        return self.response

    def __iter__(self) -> _Pairs[S]:  # pyright: ignore[reportIncompatibleMethodOverride] - other tools
        return _Pairs(super().__iter__())

    def __aiter__(self) -> _Pairs[S]:  # pyright: ignore[reportIncompatibleMethodOverride] - other tools
        return _Pairs(super().__aiter__())

    def __getattr__(self, name: str) -> Any:
        if name in _ON_STREAMS:
            return getattr(self.response, name)
        raise AttributeError(f"a Stream has no attribute {name!r}")


_ON_STREAMS = (
    *("audio", "audio_transcript", "common_messages", "common_tools", "common_user_message_param", "computed_fields"),
    *("images", "model_dump"),
)
