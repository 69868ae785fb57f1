"""The types of Mirascope that programs name in annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeAlias

from pydantic import ConfigDict
from typing_extensions import TypedDict, TypeVar

__all__ = ["BaseCallKwargs", "BaseCallParams", "BaseDynamicConfig", "CommonCallParams", "LocalProvider", "MessageParam"]
__all__ += ["Metadata", "Provider", "ResponseModelConfigDict", "StreamConfig", "ToolConfig"]

M = TypeVar("M", default=Any)
P = TypeVar("P", default=Any)
C = TypeVar("C", default=Any)

Provider: TypeAlias = str
LocalProvider: TypeAlias = Literal["ollama", "vllm"]
BaseCallKwargs: TypeAlias = dict[str, Any]
BaseCallParams: TypeAlias = dict[str, Any]
CommonCallParams: TypeAlias = dict[str, Any]
MessageParam: TypeAlias = dict[str, Any]
Metadata: TypeAlias = dict[str, Any]
ToolConfig: TypeAlias = dict[str, Any]


class StreamConfig(TypedDict):
    """A value of ``stream=`` that asks for partial tool calls too."""

    partial_tools: bool


class DynamicConfig(TypedDict, Generic[M, P, C], total=False):
    """What a function may return to configure one call."""

    messages: Sequence[M]
    tools: Sequence[Callable[..., Any]]
    call_params: P
    client: C
    metadata: Mapping[str, Any]
    computed_fields: Mapping[str, Any]


BaseDynamicConfig = DynamicConfig[M, P, C] | None


class ResponseModelConfigDict(ConfigDict, total=False):
    """The configuration of a ``response_model``; ``strict`` needs not be set, because the schema decides it."""

    strict: bool
