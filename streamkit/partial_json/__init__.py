"""JSON parsed while it streams, and the typed partial values that are built from it.

Only modules that need no pydantic are imported here; operators import the others when they are created.
"""

from .field import Field

__all__ = ["Field"]
