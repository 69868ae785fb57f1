"""The Lua scripts, each of which makes one change of a stored stream in one step.

A stored stream has three keys. The log is a Redis Stream: an entry holds a frame, and its id is the number of the
frame's last chunk, with ``-0``; the end has the number of the last chunk with ``-1``. The head is a hash: who owns the
stream, what it is about, whether it has ended, and whether somebody asks for a stop. The lease is a key that expires
when its producer is no longer there. The newest entry of the log itself says how far the log is, so that a server that
has lost a part of it cannot claim more than it has.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

_LAST: Final = """
local function last_id()
  local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
  return newest[1] and newest[1][1] or '0-0'
end
local function last_number(id) return tonumber(string.match(id, '^(%d+)')) end
"""


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script, which Redis knows by the hash of its text.

    Args:
        text: The text.
    """

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest())


OPEN = Script(
    """
-- KEYS log, head, lease; ARGV token, if_exists, about, milliseconds of TTL, milliseconds of the lease
local head = redis.call('HMGET', KEYS[2], 'owner', 'state')
if head[1] == ARGV[1] then return 'own' end
if ARGV[2] ~= 'again' and redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then
  if ARGV[2] == 'attach' then return 'attach' end
  if ARGV[2] == 'error' or head[2] then return 'exists' end
  if redis.call('EXISTS', KEYS[3]) == 1 then return 'alive' end
end
if head[1] and ARGV[2] == 'again' then return {'fenced', 0, ''} end
if ARGV[2] ~= 'again' then redis.call('DEL', KEYS[1], KEYS[2]) end
redis.call('HSET', KEYS[2], 'owner', ARGV[1], 'about', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[5])
return 'own'
"""
)
"""Take a stream into possession: ``own``, or why not. ``again`` is for its owner, whose head the server has lost."""

APPEND = Script(
    _LAST
    + """
-- KEYS log, head, lease; ARGV token, first number, count, frame, '1' to leave a gap, TTL (0 to renew nothing), lease
local head = redis.call('HMGET', KEYS[2], 'owner', 'cancel')
if not head[1] then return {'lost', 0, ''} end
if head[1] ~= ARGV[1] then return {'fenced', 0, ''} end
local first, count, stored = tonumber(ARGV[2]), tonumber(ARGV[3]), last_number(last_id())
if ARGV[6] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[6])
  redis.call('PEXPIRE', KEYS[2], ARGV[6])
  redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[7])
end
if first > stored + 1 and ARGV[5] ~= '1' then return {'behind', stored, ''} end
if count > 0 and first + count - 1 > stored then
  redis.call('XADD', KEYS[1], (first + count - 1) .. '-0', 'f', ARGV[4])
  if stored == 0 then redis.call('PEXPIRE', KEYS[1], redis.call('PTTL', KEYS[2])) end
end
return {'ok', 0, head[2] or ''}
"""
)
"""Append a frame, renew the lease and read the request to stop; the same frame twice is stored once."""

CLOSE = Script(
    _LAST
    + """
-- KEYS log, head, lease; ARGV token, number of chunks, frame, '1' to leave a gap, TTL, state
local owner = redis.call('HGET', KEYS[2], 'owner')
if not owner then return {'lost', 0, ''} end
if owner ~= ARGV[1] then return {'fenced', 0, ''} end
local id, total = last_id(), tonumber(ARGV[2])
if id ~= total .. '-1' then
  if last_number(id) < total and ARGV[4] ~= '1' then return {'behind', last_number(id), ''} end
  redis.call('XADD', KEYS[1], total .. '-1', 'f', ARGV[3])
end
redis.call('HSET', KEYS[2], 'state', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('DEL', KEYS[3])
return {'ok', 0, ''}
"""
)
"""Append the end, and give the lease up."""

CANCEL = Script(
    """
-- KEYS head; ARGV by whom, channel, stream id; the flag stands in the head, and whoever listens is told at once
if redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
if redis.call('HGET', KEYS[1], 'state') then return 'ended' end
redis.call('HSET', KEYS[1], 'cancel', ARGV[1])
redis.call('PUBLISH', ARGV[2], ARGV[3] .. '\\n' .. ARGV[1])
return 'told'
"""
)
"""Ask the producer to stop."""

LOOK = Script(
    _LAST
    + """
-- KEYS log, head, lease; what a reader must know when nothing comes
local head = redis.call('HMGET', KEYS[2], 'about', 'state', 'owner')
local id = last_id()
return {
  redis.call('EXISTS', KEYS[1], KEYS[2]), last_number(id), string.match(id, '%-(%d+)$'), head[1] or '', head[2] or '',
  redis.call('PTTL', KEYS[3]), redis.call('PTTL', KEYS[2]), head[3] or ''
}
"""
)
"""Look at a stream without reading it."""
