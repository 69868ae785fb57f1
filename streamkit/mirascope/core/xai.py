"""Mirascope's module of XAI, alone because programs import this path."""

from . import base as _base

call = _base.Call("xai")
xai_call = call
AsyncXAIDynamicConfig = _base.BaseDynamicConfig
XAICallParams = _base.BaseCallParams
XAICallResponse = _base.BaseCallResponse
XAICallResponseChunk = _base.BaseCallResponseChunk
XAIDynamicConfig = _base.BaseDynamicConfig
XAIMessageParam = _base.MessageParam
XAIStream = _base.BaseStream
XAITool = _base.BaseTool
