"""How an answer is rebuilt in these tests, and which of them need an SDK that may be missing."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from typing import Any

import pytest

from streamkit import wire


def rebuilt(api: str, events: Sequence[bytes], **given: Any) -> Any:
    """Decode a whole answer and rebuild it."""
    return wire.decoder(api, **given).reduce(b"".join(events)).response


def installed(name: str) -> pytest.MarkDecorator:
    parent = name.partition(".")[0]  # the look for a part of what is not there would raise
    missing = importlib.util.find_spec(parent) is None or importlib.util.find_spec(name) is None
    return pytest.mark.skipif(missing, reason=f"{name} is not installed")
