"""A Redis for the tests of this folder; without the program they are skipped by name, and in `.ci/run` that fails."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import streamkit as sk
from streamkit.testing import RedisServer

_numbers = itertools.count()


def needs_redis() -> None:
    if RedisServer.program() is None:
        pytest.skip("STREAMKIT_REDIS: needs redis-server (apt-get install redis-server)")


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    needs_redis()
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of this test's own, which it may kill."""
    needs_redis()
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def log(redis: RedisServer) -> sk.RedisLog:
    return sk.RedisLog(redis.url, prefix=f"t{os.getpid()}-{next(_numbers)}", lease=2, ttl=60)
