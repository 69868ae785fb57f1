"""Anthropic's Messages API. The decoder and the rebuild functions are imported when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..format import Format, RebuildSpec, construct

if TYPE_CHECKING:
    from .decoder import AnthropicDecoder


def _decoder() -> type[AnthropicDecoder]:
    from .decoder import AnthropicDecoder

    return AnthropicDecoder


def _rebuild() -> RebuildSpec:
    from .rebuild import answer, next_turn, sdk_event

    return RebuildSpec(answer, next_turn, sdk_event, construct("anthropic.types:Message"))


FORMATS = (Format("anthropic.messages", "anthropic", _decoder, _rebuild),)
