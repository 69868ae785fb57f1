"""Event loops, worker threads, clocks, backpressure, shared limits, files, sockets and logging."""

from .backpressure import GATE, STOPPED_BY, Gate, Pausable, context_without_gate, dispose_because
from .clock import Deadline, LoopScheduler, scheduler_here
from .files import Output, check_free, locked, not_written
from .handed import Handed, hand_over
from .latch import Latch, shielded
from .limits import LimitLease, Limits
from .loops import (
    Schedule,
    after,
    asyncio_loop,
    call_soon,
    current_or_background_loop,
    on_shared_loop,
    park_daemon_at_exit,
    running_loop,
    start_task,
    wait_for,
)
from .sockets import OpenSocket
from .user_code import ENDS_PROGRAM, is_own_error, own_error
from .workers import to_thread, to_user_thread

__all__ = [
    "ENDS_PROGRAM",
    "GATE",
    "STOPPED_BY",
    "Deadline",
    "Gate",
    "Handed",
    "Latch",
    "LimitLease",
    "Limits",
    "LoopScheduler",
    "OpenSocket",
    "Output",
    "Pausable",
    "Schedule",
    "after",
    "asyncio_loop",
    "call_soon",
    "check_free",
    "context_without_gate",
    "current_or_background_loop",
    "dispose_because",
    "hand_over",
    "is_own_error",
    "locked",
    "not_written",
    "on_shared_loop",
    "own_error",
    "park_daemon_at_exit",
    "running_loop",
    "scheduler_here",
    "shielded",
    "start_task",
    "to_thread",
    "to_user_thread",
    "wait_for",
]
