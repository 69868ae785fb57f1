"""Streamed JSON: the parser, and the typed partial values built from the text so far.

Only modules that need no pydantic are imported here; operators import the others when they are created.
"""

from .field import Field
from .partial import Partial

__all__ = ["Field", "Partial"]
