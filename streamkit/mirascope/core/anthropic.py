"""Mirascope's module of Anthropic, alone because programs import this path."""

from . import base as _base

call = _base.Call("anthropic")
anthropic_call = call
AsyncAnthropicDynamicConfig = _base.BaseDynamicConfig
AnthropicCallParams = _base.BaseCallParams
AnthropicCallResponse = _base.BaseCallResponse
AnthropicCallResponseChunk = _base.BaseCallResponseChunk
AnthropicDynamicConfig = _base.BaseDynamicConfig
AnthropicMessageParam = _base.MessageParam
AnthropicStream = _base.BaseStream
AnthropicTool = _base.BaseTool
AnthropicToolConfig = _base.ToolConfig
