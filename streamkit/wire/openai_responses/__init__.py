"""OpenAI's Responses API. The decoder and the rebuild functions are imported when they are first used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..format import Event, Format, RebuildSpec, construct

if TYPE_CHECKING:
    from .decoder import ResponsesDecoder


def _decoder() -> type[ResponsesDecoder]:
    from .decoder import ResponsesDecoder

    return ResponsesDecoder


def _rebuild() -> RebuildSpec:
    from .rebuild import answer, next_turn, sdk_event

    return RebuildSpec(answer, next_turn, sdk_event, construct("openai.types.responses:Response"))


def _whole() -> Callable[[Event], list[Event]]:
    from .whole import events

    return events


FORMATS = (
    Format("azure.openai.responses", "azure", _decoder, _rebuild, _whole),
    Format("openai.responses", "openai", _decoder, _rebuild, _whole),
    Format("openai_compatible.responses", "openai-compatible", _decoder, _rebuild, _whole),
    Format("openrouter.responses", "openrouter", _decoder, _rebuild, _whole),
    Format("xai.responses", "xai", _decoder, _rebuild, _whole),
)
