"""The source: one paid call and the pump that serves it.

Whatever happens, in this order: the state is set, the end is appended to the log and so delivered,
and then the connection is closed, by a task that nothing cancels.
"""

from ._call import Call
from ._once import Once
from ._retry_policy import Attempt, RetryPolicy

__all__ = ["Attempt", "Call", "Once", "RetryPolicy"]
