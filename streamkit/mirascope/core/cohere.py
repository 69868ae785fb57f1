"""Mirascope's module of Cohere, alone because programs import this path."""

from . import base as _base

call = _base.Call("cohere")
cohere_call = call
AsyncCohereDynamicConfig = _base.BaseDynamicConfig
CohereCallParams = _base.BaseCallParams
CohereCallResponse = _base.BaseCallResponse
CohereCallResponseChunk = _base.BaseCallResponseChunk
CohereDynamicConfig = _base.BaseDynamicConfig
CohereMessageParam = _base.MessageParam
CohereStream = _base.BaseStream
CohereTool = _base.BaseTool
