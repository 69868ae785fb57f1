"""Whether a log's end is being delivered just here: what subscribes then is an operator that tries again."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator

_here = threading.local()


@contextlib.contextmanager
def ending(log: object) -> Generator[None]:
    """Deliver the end of a log to one subscriber.

    Args:
        log: Whose end it is.
    """
    outer: object = getattr(_here, "log", None)
    _here.log = log
    try:
        yield
    finally:
        _here.log = outer


def is_ending(log: object) -> bool:
    """Whether this is called from inside a subscriber's own ``on_error``, while the log's end is delivered to it.

    It is no context variable: a task that an ``on_error`` starts, and that subscribes later, comes by itself.

    Args:
        log: Whose end it would be.
    """
    return getattr(_here, "log", None) is log
