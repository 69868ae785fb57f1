"""Where things run: loops and threads, the gate, the clock, and what must not be torn."""

from ._clock import Deadline, LoopScheduler
from ._gate import GATE, STOPPED_BY, Gate, Gated, dispose_because, own_context
from ._limits import Limits, Pass
from ._loops import Soon, after, call_soon, home_loop, in_worker, running_loop, start_task, wait_for
from ._signal import Signal, shielded, shut_down

__all__ = [
    "GATE",
    "STOPPED_BY",
    "Deadline",
    "Gate",
    "Gated",
    "Limits",
    "LoopScheduler",
    "Pass",
    "Signal",
    "Soon",
    "after",
    "call_soon",
    "dispose_because",
    "home_loop",
    "in_worker",
    "own_context",
    "running_loop",
    "shielded",
    "shut_down",
    "start_task",
    "wait_for",
]
