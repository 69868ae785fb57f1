"""Names of ours that have moved: pickles, journals and provider packages of older versions still find them.

A pickle names a class by its module. ``MOVED`` has each such name that a Response, an error, a chunk or a journal of an
older version may hold, as ``old module:name``, and where it stands now. A module that no longer exists is made when it
is imported, and holds nothing but these names.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from types import ModuleType
from typing import Any, cast

MOVED = {
    "streamkit.asked:Origin": "streamkit.question:Origin",
    "streamkit.asked:Question": "streamkit.question:RequestInfo",
    "streamkit.matcher:Found": "streamkit.text.compiled:TextMatch",
    "streamkit.metrics:Metrics": "streamkit.operators._base.metrics:Metrics",
    "streamkit.reading:Reading": "streamkit.subscription:SubscriptionOptions",
    "streamkit.rebuilt._events:Events": "streamkit.rebuilder:Rebuilder",
    "streamkit.runtime._budget:Bound": "streamkit.usage.budget:Bound",
    "streamkit.runtime._budget:Budget": "streamkit.usage.budget:Budget",
    "streamkit.speech:SpeechSegment": "streamkit.audio.speech:SpeechSegment",
    "streamkit.structure.field:Field": "streamkit.partial_json.field:Field",
    "streamkit.tool._declared:Toolbox": "streamkit.tool._tool:ToolRegistry",
    "streamkit.tool._partial:PartialToolCall": "streamkit.tool._calls:PartialToolCall",
}

# What chunks of an older version hold in place of their API's name: the path of what builds the SDK's object.
API_OF_SDK = {
    "openai.types.chat:ChatCompletionChunk.construct": "openai.chat",
    "openai.types:Completion.construct": "openai.completions",
    "streamkit.providers.anthropic:sdk_event": "anthropic.messages",
    "streamkit.providers.bedrock:sdk_event": "bedrock.converse",
    "streamkit.providers.cohere:sdk_event": "cohere.v2.chat",
    "streamkit.providers.cohere:sdk_event_v1": "cohere.v1.chat",
    "streamkit.providers.google:sdk_event": "gemini.generate_content",
    "streamkit.providers.groq:sdk_event": "groq.chat",
    "streamkit.providers.litellm:sdk_event": "litellm.chat",
    "streamkit.providers.mistral:sdk_event": "mistral.chat",
    "streamkit.providers.ollama:sdk_event": "ollama.chat",
    "streamkit.providers.ollama:sdk_generate_event": "ollama.generate",
    "streamkit.providers.openai_responses:sdk_event": "openai.responses",
}


def moved(module: str, name: str) -> Any:
    """Return what a name of an older version stands for today.

    Raises:
        AttributeError: Nothing of that name has moved.
    """
    found = MOVED.get(f"{module}:{name}")
    if found is None:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    home, _, today = found.partition(":")
    return getattr(importlib.import_module(home), today)


# The old modules, and the packages that they stood in.
_GONE = {"streamkit.rebuilt", "streamkit.structure", *(old.partition(":")[0] for old in MOVED)}


class _Finder:  # without a base class, since `importlib.abc` loads 20 modules more, `tempfile` and `random` among them
    """Makes the modules that no longer exist; Python asks it after all other finders, so no other import is slower."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if fullname not in _GONE:
            return None
        return importlib.machinery.ModuleSpec(fullname, cast("Any", self), is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__

        def find(attribute: str) -> Any:
            return moved(name, attribute)

        module.__dict__["__getattr__"] = find


sys.meta_path.append(_Finder())
