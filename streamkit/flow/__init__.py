"""The doors: how a stream, or anything that operators make of it, is looped, awaited, run and closed."""

from ._flow import Flow, flow
from ._pairs import PairIterator, SyncPairIterator
from ._piped import Piped, refuse_inside_loop

__all__ = ["Flow", "PairIterator", "Piped", "SyncPairIterator", "flow", "refuse_inside_loop"]
