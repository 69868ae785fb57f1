"""Mirascope's module of Bedrock, alone because programs import this path."""

from . import base as _base

call = _base.Call("bedrock")
bedrock_call = call
AsyncBedrockDynamicConfig = _base.BaseDynamicConfig
BedrockCallParams = _base.BaseCallParams
BedrockCallResponse = _base.BaseCallResponse
BedrockCallResponseChunk = _base.BaseCallResponseChunk
BedrockDynamicConfig = _base.BaseDynamicConfig
BedrockMessageParam = _base.MessageParam
BedrockStream = _base.BaseStream
BedrockTool = _base.BaseTool
BedrockToolConfig = _base.ToolConfig
