"""Classes of SDKs, named as ``package.module:Class`` and imported when an object is built."""

from __future__ import annotations

import pkgutil
from typing import Any

from .format import Event, SdkBuilder


def sdk_class(name: str) -> Any:
    """Import and return a class or function of an SDK.

    Raises:
        ImportError: The package is not installed.
    """
    return pkgutil.resolve_name(name)


def construct(name: str) -> SdkBuilder:
    """Return a builder of a class whose ``construct`` checks nothing, as the generated SDKs have it."""

    def build(raw: Event) -> Any:
        return sdk_class(name).construct(**raw)

    return build


def construct_if_installed(name: str) -> SdkBuilder:
    """Return such a builder that gives the dict itself where the package is not installed."""

    def build(raw: Event) -> Any:
        try:
            cls = sdk_class(name)
        except ModuleNotFoundError:
            return raw
        return cls.construct(**raw)

    return build
