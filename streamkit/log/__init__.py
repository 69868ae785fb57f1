"""The log of one call: chunks appended once, and any number of cursors that read them.

The log is the only buffer, and a cursor is a position in the log. A slow reader costs nothing, a late one misses
nothing, and a reader that fails does not disturb the others.
"""

from .cursor import Cursor, OverflowPolicy, delivery, is_ending
from .log import End, IfExists, Log, Reader, Store
from .memory import MemoryLog, ReaderCount, StartPosition
from .shared import SharedSource

__all__ = [
    "Cursor",
    "End",
    "IfExists",
    "Log",
    "MemoryLog",
    "OverflowPolicy",
    "Reader",
    "ReaderCount",
    "SharedSource",
    "StartPosition",
    "Store",
    "delivery",
    "is_ending",
]
