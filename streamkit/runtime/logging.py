"""Logging: one event for each stream, and warnings; never a key or a prompt.

Events go to structlog if the application has configured it, otherwise to the standard logger ``streamkit``, which is
silent until the application adds a handler. Nothing is configured here.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import Any

from ..scrub import one_line

_standard = logging.getLogger("streamkit")

_standard.addHandler(logging.NullHandler())


def info_is_on() -> bool:
    """Return whether anybody gets events; computing the fields of one that nobody gets costs more than the event."""
    return _structlog() is not None or _standard.isEnabledFor(logging.INFO)


def _structlog() -> Any:
    """Return structlog if the application has configured it, which it has not done before importing it."""
    structlog = sys.modules.get("structlog")
    return structlog if structlog is not None and structlog.is_configured() else None


def info(event: str, **fields: Any) -> None:
    """Log an event."""
    _log("info", event, fields)


def warning(event: str, **fields: Any) -> None:
    """Log an event as a warning."""
    _log("warning", event, fields)


def _log(level: str, event: str, fields: dict[str, Any]) -> None:
    structlog = _structlog()
    fields = {name: one_line(value) if isinstance(value, str) else value for name, value in fields.items()}
    try:
        if structlog is not None:
            getattr(structlog.get_logger("streamkit"), level)(event, **fields)
        else:
            text = f"{event}: {fields['hint']}" if "hint" in fields else event
            getattr(_standard, level)("%s", text, extra={"streamkit": fields})
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException:  # a processor or handler of the application failed; that must not end a stream
        with contextlib.suppress(Exception):
            who = "structlog" if structlog is not None else "logging"
            _standard.exception("%s could not log %s", who, event)
