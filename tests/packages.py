"""Which packages are installed here, and what a test that is skipped without one would need."""

from __future__ import annotations

import importlib.util

_HOW = {"litellm": "is not installed beside the oldest dependencies; `make test` runs what needs it"}


def missing(package: str) -> str | None:
    """Say what a test needs where a package is not installed; None where it is.

    Args:
        package: Its name, or that of a module in it.
    """
    root = package.partition(".")[0]  # the look for a part of what is not there would raise
    if importlib.util.find_spec(root) is not None and importlib.util.find_spec(package) is not None:
        return None
    return f"{root} {_HOW.get(root, 'is not installed here')}"
