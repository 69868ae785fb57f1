"""Logging: one event for each stream, and warnings; never a key or a prompt.

Events go to structlog if the application has configured it, otherwise to the standard logger ``streamkit``, which is
silent until the application adds a handler. Nothing is configured here.
"""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from ..scrub import one_line

_standard = logging.getLogger("streamkit")

_standard.addHandler(logging.NullHandler())


def info(event: str, **fields: Any) -> None:
    """Log an event."""
    _log("info", event, fields)


def warning(event: str, **fields: Any) -> None:
    """Log an event as a warning."""
    _log("warning", event, fields)


def _log(level: str, event: str, fields: dict[str, Any]) -> None:
    import structlog

    fields = {name: one_line(value) if isinstance(value, str) else value for name, value in fields.items()}
    try:
        if structlog.is_configured():
            getattr(structlog.get_logger("streamkit"), level)(event, **fields)
        else:
            text = f"{event}: {fields['hint']}" if "hint" in fields else event
            getattr(_standard, level)("%s", text, extra={"streamkit": fields})
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException:  # a processor or handler of the application failed; that must not end a stream
        with contextlib.suppress(Exception):
            who = "structlog" if structlog.is_configured() else "logging"
            _standard.exception("%s could not log %s", who, event)
