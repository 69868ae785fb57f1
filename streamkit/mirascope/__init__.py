"""Mirascope v1's names and module paths on top of streamkit: a program replaces ``mirascope`` in the imports.

Calls stream only with ``stream=True`` here; the page ``docs/from-mirascope.md`` lists every name.
"""

from . import core, llm, retries
from .core.base import *

__all__ = ["AudioPart", "BaseDynamicConfig", "BaseMessageParam", "BaseTool", "BaseToolKit", "DocumentPart"]
__all__ += ["DocumentURLPart", "ImagePart", "ImageURLPart", "LocalProvider", "Messages", "Provider", "TextPart"]
__all__ += ["ToolCallPart", "ToolResultPart", "core", "llm", "prompt_template", "retries", "toolkit_tool"]
