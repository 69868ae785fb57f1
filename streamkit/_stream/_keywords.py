"""The keywords of ``sk.converse`` that are those of ``sk.stream``; apart, since they are for the checker alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from ..settings import Caps, SentinelEnds, ThinkingTags, Transport
from ._options import Cached, Record


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
    stream: bool
