"""Mirascope's module of Azure, alone because programs import this path."""

from . import base as _base

call = _base.Call("azure")
azure_call = call
AsyncAzureDynamicConfig = _base.BaseDynamicConfig
AzureCallParams = _base.BaseCallParams
AzureCallResponse = _base.BaseCallResponse
AzureCallResponseChunk = _base.BaseCallResponseChunk
AzureDynamicConfig = _base.BaseDynamicConfig
AzureMessageParam = _base.MessageParam
AzureStream = _base.BaseStream
AzureTool = _base.BaseTool
AzureToolConfig = _base.ToolConfig
