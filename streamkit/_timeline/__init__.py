"""Timelines: pictures of calls as HTML pages."""

from ._timeline import Timeline, timeline

__all__ = ["Timeline", "timeline"]
