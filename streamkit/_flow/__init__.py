"""The doors of a stream and of a flow: loops, ``await``, ``run()`` and ``close()``."""

from ._elements import Emitted
from ._flow import Flow, PipeMixin, flow, refuse_inside_loop
from ._nothing import NothingEmitted
from ._pair import Pair
from ._pairs import PairIterator, SyncPairIterator
from ._shown import task_hint

__all__ = [
    "Emitted",
    "Flow",
    "NothingEmitted",
    "Pair",
    "PairIterator",
    "PipeMixin",
    "SyncPairIterator",
    "flow",
    "refuse_inside_loop",
    "task_hint",
]
