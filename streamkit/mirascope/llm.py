"""Mirascope's `llm`: calls whose provider is an option, alone because programs import this path."""

from streamkit import Chunk as CallResponseChunk

from ._call import Call, context, override
from ._messages import LocalProvider, Provider
from ._response import CallResponse, Stream
from ._tool import BaseTool as Tool

__all__ = ["CallResponse", "CallResponseChunk", "LocalProvider", "Provider", "Stream", "Tool", "call", "context"]
__all__ += ["override"]

call = Call()
