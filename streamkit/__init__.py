"""Streamed LLM answers as Observables of normalized chunks.

Importing the package loads no event loop, no SDK and no pydantic model; the rest is loaded when first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ._compat.interrupted import IMPORTED  # first: from here on the command line ends at once at Ctrl-C

try:
    from . import operators, wire
    from ._flow._flow import Flow, flow
    from ._flow._nothing import NothingEmitted
    from ._flow._pair import Pair
    from ._stream._foreign import from_async
    from ._stream._open import stream
    from ._stream._stream import Stream
    from .audio.pcm import patch_wav
    from .chunk import Chunk, Image, ToolCallDelta, Usage
    from .details import Logprob, ServerTool, ServerToolDelta
    from .errors import (
        AuthenticationFailed,
        BadRequest,
        ConfigurationError,
        ContentFiltered,
        GuardTripped,
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
        ValidationFailed,
    )
    from .messages import AudioPart, BaseMessageParam, DocumentPart, ImagePart, Messages, ToolResultPart
    from .operators._base.metrics import Metrics
    from .origin import Origin, Void
    from .partial_json.field import Field
    from .partial_json.partial import Partial
    from .player import Player
    from .prompt import prompt_template
    from .providers._find import register_provider
    from .runtime.limits import Limits
    from .settings import Caps, Timeouts
    from .subscription import after, grace, tail
    from .text.compiled import TextMatch
    from .tool._calls import PartialToolCall, ToolCall
    from .tool._context import ToolContext, ToolProgress, ToolUpdate
    from .tool._result import MCPResult, ToolResult
    from .tool._tool import Tool, as_tool
    from .usage.budget import Budget
except KeyboardInterrupt:  # without the frames of the modules that were being imported
    raise KeyboardInterrupt(IMPORTED) from None

if TYPE_CHECKING:
    from . import events
    from ._call._class import BasePrompt
    from ._call._decorator import call
    from ._call._function import metadata
    from ._call._override import context, override
    from ._call._provider import anthropic, azure, bedrock, cohere, google, groq, litellm, mistral, ollama, openai, xai
    from ._recording import Cache
    from ._search._find import Finding, FindResult, find
    from ._search._hedge import hedge
    from ._search._ledger import Ledger
    from ._search._quorum import Quorum, QuorumResult, quorum
    from ._search._race import race
    from ._search._result import Accepted, AcceptedResult, SearchResult
    from ._search._search import search
    from ._stream._converse import converse
    from ._stream._mcp_tools import mcp_tools
    from ._stream._open_recording import open_recording
    from ._stream._recording import recording
    from ._stream._retry import fallback, retry
    from ._stream._typed import FromCallArgs
    from ._timeline import Timeline, timeline
    from .audio.speech import SpeechSegment, spoken_text
    from .providers._own import Provider
    from .relay import LogStatus, Publication, RedisLog, from_log
    from .response import Choice, Response, Saved

Found = TextMatch  # the older name, as are Accepted, Finding and Quorum

__all__ = [
    "Accepted",
    "AcceptedResult",
    "AudioPart",
    "AuthenticationFailed",
    "BadRequest",
    "BaseMessageParam",
    "BasePrompt",
    "Budget",
    "Cache",
    "Caps",
    "Choice",
    "Chunk",
    "ConfigurationError",
    "ContentFiltered",
    "DocumentPart",
    "Field",
    "FindResult",
    "Finding",
    "Flow",
    "Found",
    "FromCallArgs",
    "GuardTripped",
    "Image",
    "ImagePart",
    "Ledger",
    "LimitExceeded",
    "Limits",
    "LogStatus",
    "LogUnavailable",
    "Logprob",
    "MCPResult",
    "MalformedError",
    "Messages",
    "Metrics",
    "NothingEmitted",
    "Origin",
    "Overloaded",
    "Pair",
    "Partial",
    "PartialToolCall",
    "Player",
    "ProducerFenced",
    "ProducerLost",
    "Provider",
    "ProviderError",
    "Publication",
    "Quorum",
    "QuorumResult",
    "RateLimited",
    "RedisLog",
    "Response",
    "Saved",
    "SearchResult",
    "ServerTool",
    "ServerToolDelta",
    "SlowSubscriber",
    "SpeechSegment",
    "StalledError",
    "StoppedError",
    "Stream",
    "StreamError",
    "StreamGap",
    "StreamNotFound",
    "TextMatch",
    "Timeline",
    "Timeouts",
    "Tool",
    "ToolArgumentsError",
    "ToolCall",
    "ToolCallDelta",
    "ToolContext",
    "ToolProgress",
    "ToolResult",
    "ToolResultPart",
    "ToolUpdate",
    "TransportError",
    "TruncatedError",
    "Usage",
    "ValidationFailed",
    "Void",
    "after",
    "anthropic",
    "as_tool",
    "azure",
    "bedrock",
    "call",
    "cohere",
    "context",
    "converse",
    "events",
    "fallback",
    "find",
    "flow",
    "from_async",
    "from_log",
    "google",
    "grace",
    "groq",
    "hedge",
    "litellm",
    "mcp_tools",
    "metadata",
    "mistral",
    "ollama",
    "open_recording",
    "openai",
    "operators",
    "override",
    "patch_wav",
    "prompt_template",
    "quorum",
    "race",
    "recording",
    "register_provider",
    "retry",
    "search",
    "spoken_text",
    "stream",
    "tail",
    "timeline",
    "wire",
    "xai",
]

# Loaded on first use: importing these, mostly for pydantic's models, would make the import three times as slow.
_SEARCH = (
    *("Accepted", "AcceptedResult", "FindResult", "Finding", "Ledger", "Quorum", "QuorumResult", "SearchResult"),
    *("find", "hedge", "quorum", "race", "search"),
)

_CALL = (
    *("BasePrompt", "FromCallArgs", "call", "context", "metadata", "override"),
    *("anthropic", "azure", "bedrock", "cohere", "google", "groq", "litellm", "mistral", "ollama", "openai", "xai"),
)

_LAZY = {
    **dict.fromkeys(_SEARCH, "._search"),
    **dict.fromkeys(_CALL, "._call"),
    **dict.fromkeys(("fallback", "retry"), "._stream._retry"),
    "mcp_tools": "._stream._mcp_tools",
    "open_recording": "._stream._open_recording",
    "converse": "._stream._converse",
    "recording": "._stream._recording",
    "Cache": "._recording",
    **dict.fromkeys(("Choice", "Response", "Saved"), ".response"),
    "Provider": ".providers._own",
    **dict.fromkeys(("LogStatus", "Publication", "RedisLog", "from_log"), ".relay"),
    **dict.fromkeys(("Timeline", "timeline"), "._timeline"),
    **dict.fromkeys(("SpeechSegment", "spoken_text"), ".audio.speech"),
}


def __getattr__(name: str) -> Any:
    if name == "events":
        return importlib.import_module(".events", __name__)
    if name in _LAZY:
        try:
            return getattr(importlib.import_module(_LAZY[name], __name__), name)
        except KeyboardInterrupt:  # without the frames of the modules that were being imported
            raise KeyboardInterrupt(f"Ctrl-C came while streamkit was importing {name}: import it again.") from None
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
