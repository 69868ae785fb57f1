"""One paid call, readable from any process: its log stands in Redis Streams."""

from ._from_log import from_log
from ._publisher import Publication
from ._redis_log import LogStatus, RedisLog

__all__ = ["LogStatus", "Publication", "RedisLog", "from_log"]
