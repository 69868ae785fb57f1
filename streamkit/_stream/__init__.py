"""The Stream and the Call: an Observable over the log of one provider call, sent for the first subscriber."""

from ._call import Call
from ._conversing import Conversing
from ._door import ProviderDoor
from ._foreign import from_async
from ._keywords import CONVERSATION, ConversationKeywords
from ._lifecycle import Lifecycle
from ._names import check_names
from ._open import CallInputs, open_call, stream, with_system
from ._options import (
    OVERRIDES,
    Cached,
    CallOptions,
    Record,
    check_reask,
    check_sentinel_ends,
    check_thinking_tags,
    context_options,
)
from ._reader_watch import ReaderTrace, ReaderWatch
from ._retry_policy import Attempt, RetryPolicy
from ._shared_call import SharedCall
from ._stream import Stream
from ._trace import CallTrace, Delta, ToolTrace, began_at, compacted, timed, trace, watch_readers, with_figures

__all__ = [
    "CONVERSATION",
    "OVERRIDES",
    "Attempt",
    "Cached",
    "Call",
    "CallInputs",
    "CallOptions",
    "CallTrace",
    "ConversationKeywords",
    "Conversing",
    "Delta",
    "Lifecycle",
    "ProviderDoor",
    "ReaderTrace",
    "ReaderWatch",
    "Record",
    "RetryPolicy",
    "SharedCall",
    "Stream",
    "ToolTrace",
    "began_at",
    "check_names",
    "check_reask",
    "check_sentinel_ends",
    "check_thinking_tags",
    "compacted",
    "context_options",
    "from_async",
    "open_call",
    "stream",
    "timed",
    "trace",
    "watch_readers",
    "with_figures",
    "with_system",
]
