"""A fault server that cannot be started keeps nobody waiting."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import pytest

from streamkit.testing import FaultServer, plan


def test_a_server_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_loop(main: Coroutine[Any, Any, None]) -> None:
        main.close()
        raise OSError("too many open files")

    monkeypatch.setattr("streamkit.testing.server.asyncio.run", no_loop)
    with pytest.raises(OSError, match="too many open files"), FaultServer(plan("empty")):
        pass
