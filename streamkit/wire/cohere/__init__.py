"""Cohere's Chat API, versions 1 and 2. Decoders and rebuild functions are imported when they are first used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..format import DetailReader, Event, Format, RebuildSpec

if TYPE_CHECKING:
    from .decoder import CohereDecoder
    from .decoder_v1 import CohereV1Decoder


def _decoder() -> type[CohereDecoder]:
    from .decoder import CohereDecoder

    return CohereDecoder


def _decoder_v1() -> type[CohereV1Decoder]:
    from .decoder_v1 import CohereV1Decoder

    return CohereV1Decoder


def _rebuild() -> RebuildSpec:
    from .rebuild import answer, construct_type, next_turn

    return RebuildSpec(answer, next_turn, construct_type("V2ChatStreamResponse"), construct_type("V2ChatResponse"))


def _rebuild_v1() -> RebuildSpec:
    from .rebuild import answer_v1, construct_type

    return RebuildSpec(
        answer_v1, None, construct_type("StreamedChatResponse"), construct_type("NonStreamedChatResponse")
    )


def _whole() -> Callable[[Event], list[Event]]:
    from .whole import events

    return events


def _whole_v1() -> Callable[[Event], list[Event]]:
    from .whole import events_v1

    return events_v1


def _details() -> DetailReader:
    from .details import READER

    return READER


FORMATS = (
    Format("cohere.v1.chat", "cohere", _decoder_v1, _rebuild_v1, _whole_v1, _details),
    Format("cohere.v2.chat", "cohere", _decoder, _rebuild, _whole, _details),
)
