"""Provider modules such as ``sk.openai``: their ``stream`` and ``call`` take the provider's own model names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import TypeVar

from .._stream import ProviderDoor
from ._decorator import CallFactory

if TYPE_CHECKING:
    from anthropic.types import RawMessageStreamEvent
    from cohere import V2ChatStreamResponse
    from openai.types.chat import ChatCompletionChunk


S = TypeVar("S", default=Any)


class Provider(ProviderDoor[S]):
    """One provider's ``stream`` and ``call``.

    >>> openai.stream("gpt-5-mini", "Which moons may hold life?").model
    'gpt-5-mini'
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.call: CallFactory[S] = CallFactory(name)


openai: Provider[ChatCompletionChunk] = Provider("openai")

anthropic: Provider[RawMessageStreamEvent] = Provider("anthropic")

cohere: Provider[V2ChatStreamResponse] = Provider("cohere")

azure: Provider[ChatCompletionChunk] = Provider("azure")

xai: Provider[ChatCompletionChunk] = Provider("xai")
# Their SDKs are optional, so the type of `chunk.chunk` is not known.
bedrock: Provider[Any] = Provider("bedrock")

google: Provider[Any] = Provider("google")

groq: Provider[Any] = Provider("groq")

litellm: Provider[Any] = Provider("litellm")

mistral: Provider[Any] = Provider("mistral")

ollama: Provider[Any] = Provider("ollama")
