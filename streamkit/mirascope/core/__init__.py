"""Mirascope's `core`: the providers' modules, and what they share."""

from . import anthropic, azure, base, bedrock, cohere, google, groq, litellm, mistral, openai, xai
from .base import *

__all__ = ["anthropic", "azure", "base", "bedrock", "cohere", "google", "groq", "litellm", "mistral", "openai", "xai"]
__all__ += ["BaseCallResponse", "BaseCallResponseChunk", "BasePrompt", "BaseStream", "BaseStructuredStream"]
__all__ += ["FromCallArgs", "Usage", "merge_decorators", "metadata", "prompt_template"]
__all__ += ["AudioPart", "BaseMessageParam", "DocumentPart", "DocumentURLPart", "ImagePart", "ImageURLPart"]
__all__ += ["Messages", "TextPart", "ToolResultPart"]
__all__ += ["BaseTool", "BaseToolKit", "toolkit_tool"]
__all__ += ["BaseCallKwargs", "BaseCallParams", "BaseDynamicConfig", "CommonCallParams", "LocalProvider"]
__all__ += ["MessageParam", "Metadata", "Provider", "ResponseModelConfigDict", "StreamConfig", "ToolConfig"]
