"""Mirascope v1's names and module paths on top of streamkit: a program replaces ``mirascope`` in its imports.

Calls stream only with ``stream=True`` here, as they do there; everything else is streamkit's own. The page
``docs/from-mirascope.md`` lists every name.

>>> from streamkit.mirascope.core import openai
>>> @openai.call("gpt-5-mini", stream=True)
... def ask(what: str) -> str:
...     return f"Which moons may hold {what}?"
>>> ask("life").state
'streaming'
"""

from . import core, llm, retries
from ._messages import *
from ._prompt import prompt_template
from ._tool import BaseTool, BaseToolKit, toolkit_tool
from ._types import BaseDynamicConfig, LocalProvider, Provider

__all__ = ["BaseDynamicConfig", "BaseTool", "BaseToolKit", "LocalProvider", "Provider", "core", "llm"]
__all__ += ["prompt_template", "retries", "toolkit_tool"]
__all__ += ["AudioPart", "BaseMessageParam", "DocumentPart", "DocumentURLPart", "ImagePart", "ImageURLPart"]
__all__ += ["Messages", "TextPart", "ToolResultPart"]
