"""The log in memory has every property that a log must have."""

from __future__ import annotations

from typing import Literal

from streamkit.log import Log, MemoryLog
from streamkit.testing.log_contract import LogContract


class TestMemoryLog(LogContract):
    async def open(self, keep: Literal["all"] | int = "all") -> Log:
        return MemoryLog(keep)
