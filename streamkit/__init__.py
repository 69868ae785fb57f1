"""Provider calls as Observables of normalized chunks."""

import importlib
from typing import TYPE_CHECKING, Any

from . import operators, wire
from ._stream import Stream, anthropic, cohere, from_async, openai, stream
from .chunk import Chunk, Image, ToolCallDelta, Usage
from .errors import (
    AuthenticationFailed,
    BadRequest,
    ConfigurationError,
    ContentFiltered,
    LimitExceeded,
    LogUnavailable,
    MalformedError,
    Overloaded,
    ProducerFenced,
    ProducerLost,
    ProviderError,
    RateLimited,
    SlowSubscriber,
    StalledError,
    StoppedError,
    StreamError,
    StreamGap,
    StreamNotFound,
    ToolArgumentsError,
    TransportError,
    TruncatedError,
)
from .flow import Flow, flow
from .messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Messages, ToolResultPart
from .pcm import patch_wav
from .playback import Player
from .reading import grace, tail
from .runtime import Limits
from .settings import Timeouts
from .speech import SpeechSegment, spoken_text
from .tool import ToolCall

if TYPE_CHECKING:
    from .response import Choice, Response

__all__ = [
    "AudioPart",
    "AuthenticationFailed",
    "BadRequest",
    "BaseMessageParam",
    "Choice",
    "Chunk",
    "ConfigurationError",
    "ContentFiltered",
    "DocumentPart",
    "Flow",
    "Image",
    "ImagePart",
    "LimitExceeded",
    "Limits",
    "LogUnavailable",
    "MalformedError",
    "Messages",
    "Overloaded",
    "Player",
    "ProducerFenced",
    "ProducerLost",
    "ProviderError",
    "RateLimited",
    "Response",
    "SlowSubscriber",
    "SpeechSegment",
    "StalledError",
    "StoppedError",
    "Stream",
    "StreamError",
    "StreamGap",
    "StreamNotFound",
    "Timeouts",
    "ToolArgumentsError",
    "ToolCall",
    "ToolCallDelta",
    "ToolResultPart",
    "TransportError",
    "TruncatedError",
    "Usage",
    "anthropic",
    "cohere",
    "flow",
    "from_async",
    "grace",
    "openai",
    "operators",
    "patch_wav",
    "spoken_text",
    "stream",
    "tail",
    "wire",
]

# pydantic's models are half of what importing all this would cost: loaded when first asked for.
_LATER = {"Choice": ".response", "Response": ".response"}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
