"""Chat completions and text completions. Decoders and rebuild functions are imported when they are first used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..format import DetailReader, Event, Format, RebuildSpec, construct, construct_if_installed

if TYPE_CHECKING:
    from .decoder import ChatDecoder, CompletionsDecoder


def _chat() -> type[ChatDecoder]:
    from .decoder import ChatDecoder

    return ChatDecoder


def _completions() -> type[CompletionsDecoder]:
    from .decoder import CompletionsDecoder

    return CompletionsDecoder


def _openai() -> RebuildSpec:
    from .rebuild import answer, next_turn

    event, response = construct("openai.types.chat:ChatCompletionChunk"), construct("openai.types.chat:ChatCompletion")
    return RebuildSpec(answer, next_turn, event, response)


def _groq() -> RebuildSpec:
    event = construct_if_installed("groq.types.chat:ChatCompletionChunk")
    response = construct_if_installed("groq.types.chat:ChatCompletion")
    return replace(_openai(), sdk_event=event, sdk_response=response)


def _litellm() -> RebuildSpec:
    from .rebuild import litellm_event, litellm_response

    return replace(_openai(), sdk_event=litellm_event, sdk_response=litellm_response)


def _mistral() -> RebuildSpec:
    from .rebuild import mistral_event, mistral_response

    return replace(_openai(), sdk_event=mistral_event, sdk_response=mistral_response)


def _rebuild_completions() -> RebuildSpec:
    from .rebuild import completion

    build = construct("openai.types:Completion")
    return RebuildSpec(completion, None, build, build)


def _whole() -> Callable[[Event], list[Event]]:
    from .whole import events

    return events


def _details() -> DetailReader:
    from .details import READER

    return READER


FORMATS = (
    Format("azure.inference", "azure", _chat, _openai, _whole, _details, sentinel=True),
    Format("azure.openai.chat", "azure", _chat, _openai, _whole, _details, sentinel=True),
    Format("deepseek.chat", "deepseek", _chat, _openai, _whole, _details, sentinel=True),
    Format("groq.chat", "groq", _chat, _groq, _whole, _details, sentinel=True),
    Format("litellm.chat", "litellm", _chat, _litellm, _whole, _details, sentinel=True),
    Format("mistral.chat", "mistral", _chat, _mistral, _whole, _details, sentinel=True),
    Format("openai.chat", "openai", _chat, _openai, _whole, _details, sentinel=True),
    Format("openai.completions", "openai", _completions, _rebuild_completions, load_details=_details, sentinel=True),
    Format("openai_compatible.chat", "openai-compatible", _chat, _openai, _whole, _details, sentinel=True),
    Format("openrouter.chat", "openrouter", _chat, _openai, _whole, _details, sentinel=True),
    Format("xai.chat", "xai", _chat, _openai, _whole, _details, sentinel=True),
)
