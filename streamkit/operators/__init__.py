"""Operators: functions from an Observable to an Observable, for ``pipe``; one idea a file."""

from ._join import join
from ._text import text
from ._to_response import to_response
from ._until import until

__all__ = ["join", "text", "to_response", "until"]
