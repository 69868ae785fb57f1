"""Mirascope's module of Groq, alone because programs import this path."""

from . import base as _base

call = _base.Call("groq")
groq_call = call
AsyncGroqDynamicConfig = _base.BaseDynamicConfig
GroqCallParams = _base.BaseCallParams
GroqCallResponse = _base.BaseCallResponse
GroqCallResponseChunk = _base.BaseCallResponseChunk
GroqDynamicConfig = _base.BaseDynamicConfig
GroqMessageParam = _base.MessageParam
GroqStream = _base.BaseStream
GroqTool = _base.BaseTool
