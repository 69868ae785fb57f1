"""Operators: functions from an Observable to an Observable, for ``pipe``; one idea a file."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._audio import audio
    from ._batch import batch
    from ._coalesce import coalesce
    from ._code_blocks import code_blocks
    from ._events import events
    from ._fan_out import fan_out
    from ._fields import fields
    from ._guard import guard
    from ._images import images
    from ._items import items
    from ._join import join
    from ._limit import limit
    from ._lines import lines
    from ._meter import meter
    from ._paragraphs import paragraphs
    from ._partial import partial
    from ._partial_tool_calls import partial_tool_calls
    from ._pcm_frames import pcm_frames
    from ._record import record
    from ._redact import redact
    from ._refusal import refusal
    from ._responses import responses
    from ._route_tags import route_tags
    from ._run_tools import run_tools
    from ._save import save
    from ._sentences import sentences
    from ._smooth import smooth
    from ._speech_segments import speech_segments
    from ._text import text
    from ._thinking import thinking
    from ._to_response import to_response
    from ._tool_calls import tool_calls
    from ._transcript import transcript
    from ._until import until
    from ._until_judged import until_judged
    from ._until_repeating import until_repeating
    from ._until_tool import until_tool
    from ._until_valid import until_valid
    from ._wav import wav
    from ._words import words


__all__ = [
    "audio",
    "batch",
    "coalesce",
    "code_blocks",
    "events",
    "fan_out",
    "fields",
    "guard",
    "images",
    "items",
    "join",
    "limit",
    "lines",
    "meter",
    "paragraphs",
    "partial",
    "partial_tool_calls",
    "pcm_frames",
    "record",
    "redact",
    "refusal",
    "responses",
    "route_tags",
    "run_tools",
    "save",
    "sentences",
    "smooth",
    "speech_segments",
    "text",
    "thinking",
    "to_response",
    "tool_calls",
    "transcript",
    "until",
    "until_judged",
    "until_repeating",
    "until_tool",
    "until_valid",
    "wav",
    "words",
]


def __getattr__(name: str) -> Any:
    """Load an operator when first named, since a program uses few of them."""
    if name not in __all__:
        if name == "patterns":  # a module of its own, and no operator
            return importlib.import_module(".patterns", __name__)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    operator = getattr(importlib.import_module(f"._{name}", __name__), name)
    globals()[name] = operator
    return operator


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
