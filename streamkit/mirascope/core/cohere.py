"""Mirascope's module of Cohere, in a file of its own because programs import it by this path."""

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
