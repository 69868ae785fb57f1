"""Anthropic's Messages API. The decoder and the rebuild functions are imported when they are first used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..format import DetailReader, Event, Format, RebuildSpec, construct

if TYPE_CHECKING:
    from .decoder import AnthropicDecoder


def _decoder() -> type[AnthropicDecoder]:
    from .decoder import AnthropicDecoder

    return AnthropicDecoder


def _rebuild() -> RebuildSpec:
    from .rebuild import answer, next_turn, sdk_event

    return RebuildSpec(answer, next_turn, sdk_event, construct("anthropic.types:Message"))


def _whole() -> Callable[[Event], list[Event]]:
    from .whole import events

    return events


def _details() -> DetailReader:
    from .details import READER

    return READER


FORMATS = (Format("anthropic.messages", "anthropic", _decoder, _rebuild, _whole, _details),)
