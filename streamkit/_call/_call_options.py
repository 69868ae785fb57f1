"""The options of ``sk.call``, ``sk.override`` and ``sk.context``, as the checker sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from typing_extensions import TypedDict

from .._stream import Cached, ConversationKeywords, Record
from ..runtime import Limits
from ..settings import Caps, Keep, SentinelEnds, ThinkingTags, Timeouts, Transport


class PartialTools(TypedDict):
    """A value of ``stream=`` that asks for partial tool calls."""

    partial_tools: Literal[True]


class Common(ConversationKeywords, total=False):
    """Options of every call, but for the provider; those of ``sk.converse`` go with ``converse=True``."""

    tools: Iterable[Any] | None
    system: str | None
    call_params: Mapping[str, Any] | None
    extra: Mapping[str, Any] | None
    json_mode: bool
    client: Any
    api_key: str | Callable[[], Any] | None
    base_url: str | None
    timeouts: Timeouts | None
    limits: Limits | None
    caps: Caps | None
    resend: bool | None
    transport: Transport | None
    sentinel_ends: SentinelEnds | None
    thinking_tags: ThinkingTags | None
    keep: Keep
    record: Record | None
    cache: Cached | None


class Shared(Common, total=False):
    """Options that ``sk.call`` and ``sk.override`` have in common."""

    provider: str | None
    reask: int


class Parameters(TypedDict, total=False):
    """The common parameters, which have the same meaning for every provider; None is not sent."""

    temperature: float | None
    max_tokens: int | None
    top_p: float | None
    stop: str | Sequence[str] | None
    seed: int | None
    frequency_penalty: float | None
    presence_penalty: float | None
    n: int | None
    tool_choice: str | Mapping[str, Any] | None
    json_schema: type | Mapping[str, Any] | None


class Converses(TypedDict, total=False):
    """The option that makes a conversation of a call."""

    converse: bool


class OfProvider(Common, Parameters, Converses, total=False, extra_items=Any):
    """Options of a call whose result has the types of the provider that ``provider=`` names."""

    response_model: None
    output_parser: None
    partial_tools: Literal[False]


class OfConversation(Shared, Parameters, total=False, extra_items=Any):
    """Options of ``sk.call(…, converse=True)``; any other keyword is a parameter for the provider."""


class Options(Shared, Parameters, Converses, total=False, extra_items=Any):
    """Options of ``sk.call``; any other keyword is a parameter for the provider."""


class Changes(Shared, total=False):
    """Options of ``sk.override`` that do not change the type of the result."""

    model: str


class Overrides(Changes, Converses, total=False):
    """All options of ``sk.override`` and ``sk.context``."""

    stream: bool | PartialTools
    partial_tools: bool
    response_model: Any
    output_parser: Callable[[Any], Any] | None
