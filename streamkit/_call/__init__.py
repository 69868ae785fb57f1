"""``sk.call``: a function that returns a prompt becomes a function that returns the model's answer."""

from .._stream._typed import FromCallArgs
from ._class import BasePrompt
from ._decorator import call
from ._function import metadata
from ._override import context, override
from ._provider import anthropic, azure, bedrock, cohere, google, groq, litellm, mistral, ollama, openai, xai

__all__ = [
    "BasePrompt",
    "FromCallArgs",
    "anthropic",
    "azure",
    "bedrock",
    "call",
    "cohere",
    "context",
    "google",
    "groq",
    "litellm",
    "metadata",
    "mistral",
    "ollama",
    "openai",
    "override",
    "xai",
]
