"""Mirascope's module of OpenAI, alone because programs import this path."""

from . import base as _base

call = _base.Call("openai")
openai_call = call
AsyncOpenAIDynamicConfig = _base.BaseDynamicConfig
OpenAICallParams = _base.BaseCallParams
OpenAICallResponse = _base.BaseCallResponse
OpenAICallResponseChunk = _base.BaseCallResponseChunk
OpenAIDynamicConfig = _base.BaseDynamicConfig
OpenAIMessageParam = _base.MessageParam
OpenAIStream = _base.BaseStream
OpenAITool = _base.BaseTool
OpenAIToolConfig = _base.ToolConfig
