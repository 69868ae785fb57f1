"""OpenAI's Responses API. The decoder and the rebuild functions are imported when they are first used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..format import DetailReader, Event, Format, RebuildSpec, construct

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


def _details() -> DetailReader:
    from .details import READER

    return READER


def _xai_details() -> DetailReader:
    from .details import XAI_READER

    return XAI_READER


FORMATS = (
    Format("azure.openai.responses", "azure", _decoder, _rebuild, _whole, _details, takes_stop=False),
    Format("openai.responses", "openai", _decoder, _rebuild, _whole, _details, takes_stop=False),
    Format("openai_compatible.responses", "openai-compatible", _decoder, _rebuild, _whole, _details, takes_stop=False),
    Format("openrouter.responses", "openrouter", _decoder, _rebuild, _whole, _details, takes_stop=False),
    Format("xai.responses", "xai", _decoder, _rebuild, _whole, _xai_details, takes_stop=False),
)
