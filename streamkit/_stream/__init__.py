"""The Stream and the Call: an Observable over the log of one provider call, sent for the first subscriber."""

from ._call import Call, SharedCall
from ._foreign import from_async
from ._open import ProviderDoor, open_call, stream
from ._options import OVERRIDES, CallOptions, check_sentinel_ends, context_options, refuse_unbuilt
from ._retry_policy import Attempt, RetryPolicy
from ._stream import Stream

__all__ = [
    "OVERRIDES",
    "Attempt",
    "Call",
    "CallOptions",
    "ProviderDoor",
    "RetryPolicy",
    "SharedCall",
    "Stream",
    "check_sentinel_ends",
    "context_options",
    "from_async",
    "open_call",
    "refuse_unbuilt",
    "stream",
]
