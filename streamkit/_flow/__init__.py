"""The doors of a stream and of a flow: loops, ``await``, ``run()`` and ``close()``."""

from ._flow import Flow, PipeMixin, flow, refuse_inside_loop
from ._pairs import PairIterator, SyncPairIterator

__all__ = ["Flow", "PairIterator", "PipeMixin", "SyncPairIterator", "flow", "refuse_inside_loop"]
