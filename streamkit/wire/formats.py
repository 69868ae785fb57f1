"""The table of all wire APIs, and the SDK's object for an event of any of them."""

from __future__ import annotations

from typing import Any

from .. import chunk
from .._compat.renamed import API_OF_SDK
from .anthropic import FORMATS as _ANTHROPIC
from .bedrock import FORMATS as _BEDROCK
from .cohere import FORMATS as _COHERE
from .format import Event, Format
from .gemini import FORMATS as _GEMINI
from .ollama import FORMATS as _OLLAMA
from .openai_chat import FORMATS as _OPENAI_CHAT
from .openai_responses import FORMATS as _OPENAI_RESPONSES

APIS: dict[str, Format] = {
    row.api: row
    for row in sorted(
        (*_ANTHROPIC, *_BEDROCK, *_COHERE, *_GEMINI, *_OLLAMA, *_OPENAI_CHAT, *_OPENAI_RESPONSES),
        key=lambda row: row.api,
    )
}


def find_format(api: str | None) -> Format | None:
    """Return the row of an API; None if there is no such row.

    Args:
        api: The name that a chunk carries. Chunks that an older version pickled carry the path of an SDK's class.
    """
    if api is None:
        return None
    return APIS.get(api) or APIS.get(API_OF_SDK.get(api, ""))


def _sdk_event(api: str, event: Event) -> Any:
    row = find_format(api)
    return event if row is None else row.rebuild.sdk_event(event)


chunk.build_sdk_event = _sdk_event
