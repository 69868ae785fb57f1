"""Mirascope's module of LiteLLM, alone because programs import this path."""

from . import base as _base

call = _base.Call("litellm")
litellm_call = call
AsyncLiteLLMDynamicConfig = _base.BaseDynamicConfig
LiteLLMCallParams = _base.BaseCallParams
LiteLLMCallResponse = _base.BaseCallResponse
LiteLLMCallResponseChunk = _base.BaseCallResponseChunk
LiteLLMDynamicConfig = _base.BaseDynamicConfig
LiteLLMMessageParam = _base.MessageParam
LiteLLMStream = _base.BaseStream
LiteLLMTool = _base.BaseTool
