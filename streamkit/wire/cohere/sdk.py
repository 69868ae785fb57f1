"""Cohere's SDK objects, built without validation by the SDK's own function."""

from __future__ import annotations

from typing import Any

from ..format import Event, SdkBuilder
from ..sdk_class import sdk_class


def construct_type(name: str) -> SdkBuilder:
    """Return a builder of a type of Cohere's.

    Args:
        name: The name of the type in the package ``cohere``.
    """

    def build(raw: Event) -> Any:
        make = sdk_class("cohere.core.unchecked_base_model:construct_type")
        return make(type_=sdk_class(f"cohere:{name}"), object_=raw)

    return build
