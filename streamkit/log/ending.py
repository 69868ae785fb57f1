"""The end that this thread delivers just now: whoever subscribes meanwhile is an operator that retries.

The file stands alone because the cursor sets the mark, and the Stream, two floors above, reads it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator

_here = threading.local()


@contextlib.contextmanager
def ending(log: object) -> Generator[None]:
    """Mark this thread as one that delivers the end of a log to a subscriber.

    Args:
        log: The log that ends.
    """
    outer: object = getattr(_here, "log", None)
    _here.log = log
    try:
        yield
    finally:
        _here.log = outer


def is_ending(log: object) -> bool:
    """Whether the caller runs inside an ``on_error`` that gets the end of this log.

    The mark is no context variable: a task that an ``on_error`` starts, and that subscribes later, must not have it.

    Args:
        log: The log that may be ending.
    """
    return getattr(_here, "log", None) is log
