"""Ollama's chat and generate. Decoders and rebuild functions are imported when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..format import DetailReader, Format, RebuildSpec

if TYPE_CHECKING:
    from .decoder import OllamaChatDecoder, OllamaGenerateDecoder


def _chat() -> type[OllamaChatDecoder]:
    from .decoder import OllamaChatDecoder

    return OllamaChatDecoder


def _generate() -> type[OllamaGenerateDecoder]:
    from .decoder import OllamaGenerateDecoder

    return OllamaGenerateDecoder


def _rebuild_chat() -> RebuildSpec:
    from .rebuild import answer, build

    return RebuildSpec(answer, None, build("ChatResponse"), build("ChatResponse"))


def _rebuild_generate() -> RebuildSpec:
    from .rebuild import build, generated

    return RebuildSpec(generated, None, build("GenerateResponse"), build("GenerateResponse"))


def _details() -> DetailReader:
    from .details import READER

    return READER


FORMATS = (
    Format("ollama.chat", "ollama", _chat, _rebuild_chat, load_details=_details),
    Format("ollama.generate", "ollama", _generate, _rebuild_generate, load_details=_details),
)
