"""The objects of Ollama's SDK, which are of one class for a line and for the whole answer."""

from __future__ import annotations

from typing import Any

from ..format import Event, SdkBuilder
from ..sdk_class import sdk_class


def build(name: str) -> SdkBuilder:
    """Return a builder of a class of Ollama's; where ollama is not installed it gives the dict itself.

    Args:
        name: The name of the class in the package ``ollama``.
    """

    def sdk_object(raw: Event) -> Any:
        try:
            cls = sdk_class(f"ollama:{name}")
        except ImportError:
            return raw
        return cls(**raw)

    return sdk_object
