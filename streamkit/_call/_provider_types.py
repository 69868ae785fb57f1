"""The types of each provider's objects, for the checker: its events, its whole answer, its finish reasons.

The finish reasons are written here, since some SDKs are optional and others have no name for theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

OpenAIReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter", "function_call"]

AnthropicReason: TypeAlias = Literal[
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
]

MistralReason: TypeAlias = Literal["stop", "length", "model_length", "error", "tool_calls"]

GoogleReason: TypeAlias = Literal[
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "LANGUAGE",
    "OTHER",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MALFORMED_FUNCTION_CALL",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_OTHER",
    "NO_IMAGE",
    "IMAGE_RECITATION",
    "UNEXPECTED_TOOL_CALL",
    "TOO_MANY_TOOL_CALLS",
    "MISSING_THOUGHT_SIGNATURE",
    "MALFORMED_RESPONSE",
    "ESCALATION",
    "MODEL_ARMOR",
]

GroqReason: TypeAlias = Literal["stop", "length", "tool_calls", "function_call"]

CohereReason: TypeAlias = Literal["COMPLETE", "STOP_SEQUENCE", "MAX_TOKENS", "TOOL_CALL", "ERROR", "TIMEOUT"]

BedrockReason: TypeAlias = Literal[
    "end_turn",
    "tool_use",
    "max_tokens",
    "stop_sequence",
    "guardrail_intervened",
    "content_filtered",
    "malformed_model_output",
    "malformed_tool_use",
    "model_context_window_exceeded",
]

OllamaReason: TypeAlias = Literal["stop", "length", "load", "unload"]

if TYPE_CHECKING:
    from anthropic.types import Message, RawMessageStreamEvent
    from cohere import V2ChatResponse, V2ChatStreamResponse
    from google.genai.types import GenerateContentResponse
    from groq.types.chat import ChatCompletion as GroqCompletion
    from groq.types.chat import ChatCompletionChunk as GroqChunk
    from litellm.types.utils import (  # pyright: ignore[reportMissingTypeStubs] - its sources have the types
        ModelResponse,
        ModelResponseStream,
    )
    from mistralai.client.models import ChatCompletionResponse, CompletionChunk
    from ollama import ChatResponse
    from openai.types.chat import ChatCompletion, ChatCompletionChunk

    from .._stream import Stream
    from ..response import Response
    from ..tool import ToolCall

    OpenAIStream: TypeAlias = Stream[ChatCompletionChunk, ToolCall, ChatCompletion, OpenAIReason | str]
    OpenAIResponse: TypeAlias = Response[Any, ChatCompletion, OpenAIReason | str]
    AnthropicStream: TypeAlias = Stream[RawMessageStreamEvent, ToolCall, Message, AnthropicReason | str]
    AnthropicResponse: TypeAlias = Response[Any, Message, AnthropicReason | str]
    MistralStream: TypeAlias = Stream[CompletionChunk, ToolCall, ChatCompletionResponse, MistralReason | str]
    MistralResponse: TypeAlias = Response[Any, ChatCompletionResponse, MistralReason | str]
    GoogleStream: TypeAlias = Stream[GenerateContentResponse, ToolCall, GenerateContentResponse, GoogleReason | str]
    GoogleResponse: TypeAlias = Response[Any, GenerateContentResponse, GoogleReason | str]
    GroqStream: TypeAlias = Stream[GroqChunk, ToolCall, GroqCompletion, GroqReason | str]
    GroqResponse: TypeAlias = Response[Any, GroqCompletion, GroqReason | str]
    CohereStream: TypeAlias = Stream[V2ChatStreamResponse, ToolCall, V2ChatResponse, CohereReason | str]
    CohereResponse: TypeAlias = Response[Any, V2ChatResponse, CohereReason | str]
    LiteLLMStream: TypeAlias = Stream[ModelResponseStream, ToolCall, ModelResponse, OpenAIReason | str]
    LiteLLMResponse: TypeAlias = Response[Any, ModelResponse, OpenAIReason | str]
    BedrockStream: TypeAlias = Stream[dict[str, Any], ToolCall, dict[str, Any], BedrockReason | str]
    BedrockResponse: TypeAlias = Response[Any, dict[str, Any], BedrockReason | str]
    OllamaStream: TypeAlias = Stream[ChatResponse, ToolCall, ChatResponse, OllamaReason | str]
    OllamaResponse: TypeAlias = Response[Any, ChatResponse, OllamaReason | str]
