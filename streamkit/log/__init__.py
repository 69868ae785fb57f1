"""The log of one call: chunks appended once, and any number of cursors that read them.

The log is the only buffer. A cursor is a position in it, so a slow reader costs nothing, a late one
misses nothing, and one that fails disturbs nobody.
"""

from ._cursor import Cursor
from ._memory import End, Log, MemoryLog, Reader

__all__ = ["Cursor", "End", "Log", "MemoryLog", "Reader"]
