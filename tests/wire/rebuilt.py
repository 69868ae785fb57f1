"""How an answer is rebuilt in these tests, and which of them need an SDK that may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from streamkit import wire
from tests.packages import missing


def rebuilt(api: str, events: Sequence[bytes], **given: Any) -> Any:
    """Decode a whole answer and rebuild it."""
    return wire.decoder(api, **given).reduce(b"".join(events)).response


def installed(name: str) -> pytest.MarkDecorator:
    reason = missing(name)
    return pytest.mark.skipif(reason is not None, reason=reason or "")
