"""The options of a call, by their types, as far as none of them says what its result is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from typing_extensions import TypedDict

from ..runtime import Limits
from ..settings import Caps, Keep, SentinelEnds, Timeouts


class PartialTools(TypedDict):
    """What ``stream=`` may say beside True: that the pieces of tool calls are wanted."""

    partial_tools: Literal[True]


class Shared(TypedDict, total=False):
    """What ``sk.call`` takes and ``sk.override`` changes; see there."""

    provider: str | None
    tools: Iterable[Any] | None
    call_params: Mapping[str, Any] | None
    json_mode: bool
    client: Any
    api_key: str | Callable[[], Any] | None
    base_url: str | None
    timeouts: Timeouts | None
    limits: Limits | None
    caps: Caps | None
    resend: bool | None
    sentinel_ends: SentinelEnds | None
    keep: Keep


class Options(Shared, total=False, extra_items=Any):
    """Those of ``sk.call``; any other goes to the provider."""


class Changes(Shared, total=False):
    """Those of ``sk.override`` that leave the type of the result as it is."""

    model: str


class Overrides(Changes, total=False):
    """Those of ``sk.override`` and ``sk.context``; there are no others."""

    stream: bool | PartialTools
    partial_tools: bool
    response_model: Any
    output_parser: Callable[[Any], Any] | None
