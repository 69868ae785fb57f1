"""The doors: how a stream, or anything that operators make of it, is looped, awaited, run and closed."""

from ._flow import Flow, PipeMixin, flow, refuse_inside_loop
from ._pairs import PairIterator, SyncPairIterator

__all__ = ["Flow", "PairIterator", "PipeMixin", "SyncPairIterator", "flow", "refuse_inside_loop"]
