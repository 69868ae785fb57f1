"""Redis keeps the contract of a place where calls are published."""

from __future__ import annotations

import os
from itertools import count
from typing import Any

import pytest

import streamkit as sk
from streamkit.testing import RedisServer
from streamkit.testing.relay_contract import RelayContract

_numbers = count()


class TestRedisLog(RelayContract):
    server: RedisServer

    @pytest.fixture(autouse=True)
    def _with_a_server(self, redis: RedisServer) -> None:
        self.server = redis

    async def open(self) -> sk.RedisLog:
        return self.handle(f"contract{os.getpid()}-{next(_numbers)}")

    async def elsewhere(self, store: Any) -> sk.RedisLog:
        return self.handle(store.prefix)

    def far(self, store: Any, stream_id: str) -> sk.Stream:
        return sk.from_log(store, stream_id)

    def handle(self, prefix: str) -> sk.RedisLog:
        return sk.RedisLog(self.server.url, prefix=prefix, lease=0.5, ttl=60)
