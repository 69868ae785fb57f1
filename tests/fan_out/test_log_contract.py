"""The log in memory, and the store of such logs, hold what every log must hold."""

from __future__ import annotations

from typing import Literal

from streamkit.log import Log, MemoryLog, MemoryLogStore
from streamkit.testing.log_contract import LogContract


class TestMemoryLog(LogContract):
    async def open(self, keep: Literal["all"] | int = "all") -> Log:
        return MemoryLog(keep)


class TestMemoryLogStore(LogContract):
    async def open(self, keep: Literal["all"] | int = "all") -> Log:
        self.store = MemoryLogStore()
        return await self.store.open("a", keep=keep)

    async def reader(self, log: Log) -> Log:
        return await self.store.open("a")

    async def test_another_id_is_another_log(self) -> None:
        log = await self.open()
        assert await self.store.open("b") is not log
