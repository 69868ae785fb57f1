"""Mirascope's module of Google, alone because programs import this path."""

from . import base as _base

call = _base.Call("google")
google_call = call
GoogleCallParams = _base.BaseCallParams
GoogleCallResponse = _base.BaseCallResponse
GoogleCallResponseChunk = _base.BaseCallResponseChunk
GoogleDynamicConfig = _base.BaseDynamicConfig
GoogleMessageParam = _base.MessageParam
GoogleStream = _base.BaseStream
GoogleTool = _base.BaseTool
