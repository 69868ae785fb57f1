"""The keywords of ``sk.converse``, as the checker sees them: those of its own, and those of ``sk.stream``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from typing_extensions import TypedDict

from ..settings import Caps, SentinelEnds, ThinkingTags, Transport
from ._options import Cached, Record

if TYPE_CHECKING:
    from ..tool import ToolCall
    from ._stream import Stream


class ConversationKeywords(TypedDict, total=False):
    """Options of ``sk.converse`` that a single call does not have."""

    max_turns: int
    on_tool: Callable[[ToolCall], Any] | None
    on_tool_error: Literal["send", "raise"]
    approval_timeout: float | None
    tool_timeout: float | None
    tool_concurrency: int
    grace: float
    retry: int | Mapping[str, Any] | None
    fallback: Sequence[str | Stream]


CONVERSATION = frozenset(ConversationKeywords.__annotations__)


class CallKeywords(TypedDict, total=False, extra_items=Any):
    """Keywords of ``sk.stream``; any other keyword is a parameter for the provider."""

    temperature: float | None
    max_tokens: int | None
    top_p: float | None
    stop: str | Sequence[str] | None
    seed: int | None
    frequency_penalty: float | None
    presence_penalty: float | None
    json_schema: type | Mapping[str, Any] | None
    extra: Mapping[str, Any] | None
    client: Any
    api_key: str | Callable[[], Any] | None
    base_url: str | None
    caps: Caps | None
    resend: bool | None
    transport: Transport | None
    sentinel_ends: SentinelEnds | None
    thinking_tags: ThinkingTags | None
    record: Record | None
    cache: Cached | None
    json_mode: bool
    stream: bool
