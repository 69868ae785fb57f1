"""Gemini's generateContent. The decoder and the rebuild functions are imported when they are first used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..format import DetailReader, Event, Format, RebuildSpec

if TYPE_CHECKING:
    from .decoder import GeminiDecoder


def _decoder() -> type[GeminiDecoder]:
    from .decoder import GeminiDecoder

    return GeminiDecoder


def _rebuild() -> RebuildSpec:
    from .rebuild import answer, next_turn, sdk_object

    return RebuildSpec(answer, next_turn, sdk_object, sdk_object)


def _whole() -> Callable[[Event], list[Event]]:
    from .whole import events

    return events


def _details() -> DetailReader:
    from .details import READER

    return READER


FORMATS = (Format("gemini.generate_content", "google", _decoder, _rebuild, _whole, _details),)
