"""The names of the parameters that each SDK's own method takes; `make tables` writes them anew."""

from __future__ import annotations

import importlib
import inspect
import os
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "streamkit" / "providers" / "_sdk_parameters.py"

HEAD = '''"""The names of the parameters in each SDK's own types, made by `make tables`, so that no SDK is imported."""

from __future__ import annotations

_TEXTS: dict[str, str] = {
'''

TAIL = '''}

SDK_PARAMETERS: dict[str, frozenset[str]] = {sdk: frozenset(names.split()) for sdk, names in _TEXTS.items()}

"""The names by the SDK, or by the API where an SDK has several."""
'''


def signature(path: str, *methods: str) -> Callable[[], set[str]]:
    """Return what reads the parameters of methods of a class."""

    def names() -> set[str]:
        module, _, name = path.partition(":")
        cls = getattr(importlib.import_module(module), name)
        found = (inspect.signature(getattr(cls, method)).parameters for method in methods)
        return {name for each in found for name in each} - {"self", "kwargs"}

    return names


def fields(path: str) -> Callable[[], set[str]]:
    """Return what reads the fields of a pydantic model, by both their names."""

    def names() -> set[str]:
        module, _, name = path.partition(":")
        model: Any = getattr(importlib.import_module(module), name)
        aliases = (info.alias for info in model.model_fields.values())
        return {*model.model_fields, *(each for each in aliases if each)}

    return names


def converse() -> set[str]:
    session: Any = importlib.import_module("botocore.session").get_session()
    shape = session.get_service_model("bedrock-runtime").operation_model("ConverseStream").input_shape
    return {*shape.members, *shape.members["inferenceConfig"].members}


def litellm() -> set[str]:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    module: Any = importlib.import_module("litellm")
    return {*inspect.signature(module.acompletion).parameters} - {"kwargs"}


SDKS: dict[str, tuple[Callable[[], set[str]], ...]] = {
    "anthropic": (
        signature("anthropic.resources.messages:AsyncMessages", "create"),
        signature("anthropic.resources.beta.messages:AsyncMessages", "create"),
    ),
    "bedrock": (converse,),
    "cohere": (signature("cohere.v2.client:AsyncV2Client", "chat_stream"),),
    "google": (fields("google.genai.types:GenerateContentConfig"),),
    "groq": (signature("groq.resources.chat.completions:AsyncCompletions", "create"),),
    "litellm": (litellm,),
    "mistral": (signature("mistralai.client.chat:Chat", "stream"),),
    "ollama": (signature("ollama:AsyncClient", "chat"), fields("ollama:Options")),
    "openai": (signature("openai.resources.chat.completions:AsyncCompletions", "create"),),
    "openai-responses": (signature("openai.resources.responses:AsyncResponses", "create"),),
}


def names_of(sdk: str) -> set[str]:
    """Return the names of an installed SDK's parameters."""
    return {name for read in SDKS[sdk] for name in read()}


def text(names: dict[str, Iterable[str]]) -> str:
    """Return the module with the names of every SDK."""
    rows = [HEAD]
    for sdk in sorted(names):
        lines = textwrap.wrap(" ".join(sorted(names[sdk])), 105)
        rows += [f'    "{sdk}": (\n', *(f'        "{line} "\n' for line in lines), "    ),\n"]
    return "".join([*rows, TAIL])


if __name__ == "__main__":
    TARGET.write_text(text({sdk: names_of(sdk) for sdk in SDKS}), encoding="utf-8")
