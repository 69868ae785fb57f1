"""Structure: JSON read while it comes, and what is made of it before it is whole.

Only what needs no pydantic is loaded with the package: operators import the rest when they are made.
"""

from .field import Field

__all__ = ["Field"]
