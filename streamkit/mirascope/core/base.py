"""Mirascope's module of what all providers share, alone because programs import this path."""

from collections.abc import Callable
from typing import Any

from streamkit import Chunk as BaseCallResponseChunk
from streamkit import Flow as BaseStructuredStream
from streamkit import FromCallArgs, Usage, metadata

from .._call import Call
from .._messages import *
from .._prompt import BasePrompt, prompt_template
from .._response import CallResponse as BaseCallResponse
from .._response import Stream as BaseStream
from .._tool import *

__all__: list[str] = ["BaseCallResponse", "BaseCallResponseChunk", "BasePrompt", "BaseStream", "BaseStructuredStream"]
__all__ += ["Call", "FromCallArgs", "Usage", "merge_decorators", "metadata", "prompt_template"]
__all__ += ["AudioPart", "BaseMessageParam", "DocumentPart", "DocumentURLPart", "ImagePart", "ImageURLPart"]
__all__ += ["BaseTool", "BaseToolKit", "Messages", "TextPart", "ToolCallPart", "ToolResultPart", "toolkit_tool"]
__all__ += ["BaseCallParams", "BaseDynamicConfig", "CommonCallParams", "LocalProvider"]
__all__ += ["MessageParam", "Metadata", "Provider", "ResponseModelConfigDict", "ToolConfig"]


def merge_decorators(decorator: Callable[..., Any], *more: Callable[..., Any]) -> Callable[[], Callable[..., Any]]:
    """Return a function that returns all decorators as one; the first is the outermost."""

    def decorate(function: Any) -> Any:
        for each in reversed((decorator, *more)):
            function = each(function)
        return function

    return lambda: decorate
