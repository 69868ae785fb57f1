"""Bedrock's Converse and InvokeModel. Their decoders and rebuild functions are imported when they are first used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..format import DetailReader, Event, Format, RebuildSpec

if TYPE_CHECKING:
    from .decoder import ConverseDecoder
    from .invoke import InvokeDecoder


def _converse() -> type[ConverseDecoder]:
    from .decoder import ConverseDecoder

    return ConverseDecoder


def _invoke() -> type[InvokeDecoder]:
    from .invoke import InvokeDecoder

    return InvokeDecoder


def _rebuild() -> RebuildSpec:
    from .rebuild import answer, next_turn, sdk_event, sdk_response

    return RebuildSpec(answer, next_turn, sdk_event, sdk_response)


def _whole() -> Callable[[Event], list[Event]]:
    from .whole import events

    return events


def _details() -> DetailReader:
    from .details import READER

    return READER


FORMATS = (
    Format("bedrock.converse", "bedrock", _converse, _rebuild, _whole, _details),
    # Its chunks carry the API of the model's own events, so its row rebuilds nothing itself.
    Format("bedrock.invoke", "bedrock", _invoke, _rebuild),
)
