"""Mirascope's module of Mistral, alone because programs import this path."""

from . import base as _base

call = _base.Call("mistral")
mistral_call = call
MistralCallParams = _base.BaseCallParams
MistralCallResponse = _base.BaseCallResponse
MistralCallResponseChunk = _base.BaseCallResponseChunk
MistralDynamicConfig = _base.BaseDynamicConfig
MistralMessageParam = _base.MessageParam
MistralStream = _base.BaseStream
MistralTool = _base.BaseTool
