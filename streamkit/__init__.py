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
from .matcher import Found
from .messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Messages, ToolResultPart
from .metrics import Metrics
from .pcm import patch_wav
from .playback import Player
from .prompt import prompt_template
from .reading import grace, tail
from .runtime import Budget, Limits
from .settings import Timeouts
from .speech import SpeechSegment, spoken_text
from .structure import Field
from .tool import PartialToolCall, Tool, ToolCall, ToolResult, as_tool

if TYPE_CHECKING:
    from ._search import Accepted, Finding, Ledger, Quorum, SearchResult, find, hedge, quorum, race, search
    from .response import Choice, Response, Saved

__all__ = [
    "Accepted",
    "AudioPart",
    "AuthenticationFailed",
    "BadRequest",
    "BaseMessageParam",
    "Budget",
    "Choice",
    "Chunk",
    "ConfigurationError",
    "ContentFiltered",
    "DocumentPart",
    "Field",
    "Finding",
    "Flow",
    "Found",
    "Image",
    "ImagePart",
    "Ledger",
    "LimitExceeded",
    "Limits",
    "LogUnavailable",
    "MalformedError",
    "Messages",
    "Metrics",
    "Overloaded",
    "PartialToolCall",
    "Player",
    "ProducerFenced",
    "ProducerLost",
    "ProviderError",
    "Quorum",
    "RateLimited",
    "Response",
    "Saved",
    "SearchResult",
    "SlowSubscriber",
    "SpeechSegment",
    "StalledError",
    "StoppedError",
    "Stream",
    "StreamError",
    "StreamGap",
    "StreamNotFound",
    "Timeouts",
    "Tool",
    "ToolArgumentsError",
    "ToolCall",
    "ToolCallDelta",
    "ToolResult",
    "ToolResultPart",
    "TransportError",
    "TruncatedError",
    "Usage",
    "anthropic",
    "as_tool",
    "cohere",
    "find",
    "flow",
    "from_async",
    "grace",
    "hedge",
    "openai",
    "operators",
    "patch_wav",
    "prompt_template",
    "quorum",
    "race",
    "search",
    "spoken_text",
    "stream",
    "tail",
    "wire",
]

# pydantic's models are half of what importing all this would cost: loaded when first asked for.
_SEARCH = ("Accepted", "Finding", "Ledger", "Quorum", "SearchResult", "find", "hedge", "quorum", "race", "search")
_LATER = {**dict.fromkeys(_SEARCH, "._search"), "Choice": ".response", "Response": ".response", "Saved": ".response"}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
