"""Retry and fallback: another call instead of one that failed before its first content."""

from ._recover import fallback, retry

__all__ = ["fallback", "retry"]
