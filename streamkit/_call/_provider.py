"""Provider modules such as ``sk.openai``: their ``stream`` and ``call`` take the provider's own model names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import TypeVar

from .._stream import ProviderDoor
from ._decorator import CallFactory

if TYPE_CHECKING:
    from . import _provider_types as types

S = TypeVar("S", default=Any)

W = TypeVar("W", default=Any)

F = TypeVar("F", bound=str, default=str)


class Provider(ProviderDoor[S, W, F]):
    """One provider's ``stream`` and ``call``, typed with the objects of the provider's SDK.

    >>> openai.stream("gpt-5-mini", "Which moons may hold life?").model
    'gpt-5-mini'
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.call: CallFactory[S, W, F] = CallFactory(name)


openai: Provider[types.ChatCompletionChunk, types.ChatCompletion, types.OpenAIReason | str] = Provider("openai")

anthropic: Provider[types.RawMessageStreamEvent, types.Message, types.AnthropicReason | str] = Provider("anthropic")

cohere: Provider[types.V2ChatStreamResponse, types.V2ChatResponse, types.CohereReason | str] = Provider("cohere")

azure: Provider[types.ChatCompletionChunk, types.ChatCompletion, types.OpenAIReason | str] = Provider("azure")

xai: Provider[types.ChatCompletionChunk, types.ChatCompletion, types.OpenAIReason | str] = Provider("xai")

bedrock: Provider[dict[str, Any], dict[str, Any], types.BedrockReason | str] = Provider("bedrock")

google: Provider[types.GenerateContentResponse, types.GenerateContentResponse, types.GoogleReason | str] = Provider(
    "google"
)

groq: Provider[types.GroqChunk, types.GroqCompletion, types.GroqReason | str] = Provider("groq")

litellm: Provider[types.ModelResponseStream, types.ModelResponse, types.OpenAIReason | str] = Provider("litellm")

mistral: Provider[types.CompletionChunk, types.ChatCompletionResponse, types.MistralReason | str] = Provider("mistral")

ollama: Provider[types.ChatResponse, types.ChatResponse, types.OllamaReason | str] = Provider("ollama")
