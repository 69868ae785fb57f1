"""A Redis for the tests of this folder; without the program they are skipped by name, and in `.ci/run` that fails."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import streamkit as sk

from .server import BINARY, RedisServer

_numbers = itertools.count()


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if BINARY is None:
        pytest.skip("needs redis-server (apt-get install redis-server)")
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server
    server.kill()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of this test's own, which it may kill."""
    if BINARY is None:
        pytest.skip("needs redis-server (apt-get install redis-server)")
    server = RedisServer(tmp_path).start()
    yield server
    server.kill()


@pytest.fixture
def log(redis: RedisServer) -> sk.RedisLog:
    return sk.RedisLog(redis.url, prefix=f"t{os.getpid()}-{next(_numbers)}", lease=2, ttl=60)
