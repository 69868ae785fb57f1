"""Provider calls as Observables of normalized chunks."""

import importlib
from typing import TYPE_CHECKING, Any

from . import operators, wire
from ._stream import Stream, from_async, stream
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
from .settings import Caps, Timeouts
from .structure import Field
from .tool import PartialToolCall, Tool, ToolCall, ToolResult, as_tool

if TYPE_CHECKING:
    from ._call import (
        BasePrompt,
        FromCallArgs,
        anthropic,
        azure,
        bedrock,
        call,
        cohere,
        context,
        google,
        groq,
        litellm,
        metadata,
        mistral,
        ollama,
        openai,
        override,
        xai,
    )
    from ._recover import fallback, retry
    from ._search import Accepted, Finding, Ledger, Quorum, SearchResult, find, hedge, quorum, race, search
    from .response import Choice, Response, Saved
    from .speech import SpeechSegment, spoken_text

__all__ = [
    "Accepted",
    "AudioPart",
    "AuthenticationFailed",
    "BadRequest",
    "BaseMessageParam",
    "BasePrompt",
    "Budget",
    "Caps",
    "Choice",
    "Chunk",
    "ConfigurationError",
    "ContentFiltered",
    "DocumentPart",
    "Field",
    "Finding",
    "Flow",
    "Found",
    "FromCallArgs",
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
    "azure",
    "bedrock",
    "call",
    "cohere",
    "context",
    "fallback",
    "find",
    "flow",
    "from_async",
    "google",
    "grace",
    "groq",
    "hedge",
    "litellm",
    "metadata",
    "mistral",
    "ollama",
    "openai",
    "operators",
    "override",
    "patch_wav",
    "prompt_template",
    "quorum",
    "race",
    "retry",
    "search",
    "spoken_text",
    "stream",
    "tail",
    "wire",
    "xai",
]

# Importing all of this would take three times as long, mostly for pydantic's models: loaded when first asked for.
_SEARCH = ("Accepted", "Finding", "Ledger", "Quorum", "SearchResult", "find", "hedge", "quorum", "race", "search")
_CALL = (
    *("BasePrompt", "FromCallArgs", "call", "context", "metadata", "override"),
    *("anthropic", "azure", "bedrock", "cohere", "google", "groq", "litellm", "mistral", "ollama", "openai", "xai"),
)
_LATER = {
    **dict.fromkeys(_SEARCH, "._search"),
    **dict.fromkeys(_CALL, "._call"),
    **dict.fromkeys(("fallback", "retry"), "._recover"),
    **dict.fromkeys(("Choice", "Response", "Saved"), ".response"),
    **dict.fromkeys(("SpeechSegment", "spoken_text"), ".speech"),
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
