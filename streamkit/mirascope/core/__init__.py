"""Mirascope's `core`: the providers' modules, and what they share."""

from . import anthropic, azure, base, bedrock, cohere, google, groq, litellm, mistral, openai, xai
from .base import *

__all__ = ["anthropic", "azure", "base", "bedrock", "cohere", "google", "groq", "litellm", "mistral", "openai", "xai"]
__all__ += base.__all__
