"""The doors of a stream and of a flow: loops, ``await``, ``run()`` and ``close()``."""

from ._buffer import Buffer
from ._elements import Emitted
from ._flow import Flow, PipeMixin, flow, refuse_inside_loop
from ._nothing import NothingEmitted
from ._pair import Pair
from ._pairs import NumberedIterator, PairIterator, SyncPairIterator
from ._shown import task_hint

__all__ = [
    "Buffer",
    "Emitted",
    "Flow",
    "NothingEmitted",
    "NumberedIterator",
    "Pair",
    "PairIterator",
    "PipeMixin",
    "SyncPairIterator",
    "flow",
    "refuse_inside_loop",
    "task_hint",
]
