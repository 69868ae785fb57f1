"""Mirascope's `retries`: errors for the next attempt; other models after an error are ``sk.fallback``."""

from . import tenacity

__all__ = ["tenacity"]
