"""The log of one call: chunks appended once, and any number of cursors that read them.

The log is the only buffer. A cursor is a position in it, so a slow reader costs nothing, a late one
misses nothing, and one that fails disturbs nobody.
"""

from ._cursor import Cursor
from ._ending import is_ending
from ._entry import Entry, enter, serve
from ._hub import Hub
from ._lag import Lag
from ._log import End, Log, LogStore, Reader
from ._memory import MemoryLog
from ._reader_count import ReaderCount
from ._store import MemoryLogStore

__all__ = [
    "Cursor",
    "End",
    "Entry",
    "Hub",
    "Lag",
    "Log",
    "LogStore",
    "MemoryLog",
    "MemoryLogStore",
    "Reader",
    "ReaderCount",
    "enter",
    "is_ending",
    "serve",
]
