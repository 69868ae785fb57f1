"""Where things run: loops and threads, the gate, the clock, and what must not be torn."""

from ._budget import Bound, Budget
from ._clock import Deadline, LoopScheduler, scheduler_here
from ._countdown import Countdown, TimeIsUpError, loop_time, pause
from ._crowd import Crowd
from ._drive import driven
from ._enough import Asking, Look, Passing
from ._files import Output, check_free, not_written
from ._gate import GATE, STOPPED_BY, Gate, Gated, dispose_because, own_context
from ._handed import Handed, hand_over
from ._hold import Holder, TimedHolder, held, held_for
from ._judging import Judging
from ._limits import Limits, Pass
from ._lock import locked
from ._loops import (
    Soon,
    after,
    asyncio_loop,
    call_soon,
    home_loop,
    on_shared_loop,
    running_loop,
    start_task,
    stay_if_exiting,
    wait_for,
)
from ._picked import choose, picked, unfit
from ._rest import emit_rest
from ._signal import Signal, shielded
from ._sockets import OpenSocket
from ._tool_runs import ToolRuns
from ._tool_store import ToolStore
from ._user_code import ENDS_PROGRAM, is_own_error, own_error
from ._workers import in_user_thread, in_worker

__all__ = [
    "ENDS_PROGRAM",
    "GATE",
    "STOPPED_BY",
    "Asking",
    "Bound",
    "Budget",
    "Countdown",
    "Crowd",
    "Deadline",
    "Gate",
    "Gated",
    "Handed",
    "Holder",
    "Judging",
    "Limits",
    "Look",
    "LoopScheduler",
    "OpenSocket",
    "Output",
    "Pass",
    "Passing",
    "Signal",
    "Soon",
    "TimeIsUpError",
    "TimedHolder",
    "ToolRuns",
    "ToolStore",
    "after",
    "asyncio_loop",
    "call_soon",
    "check_free",
    "choose",
    "dispose_because",
    "driven",
    "emit_rest",
    "hand_over",
    "held",
    "held_for",
    "home_loop",
    "in_user_thread",
    "in_worker",
    "is_own_error",
    "locked",
    "loop_time",
    "not_written",
    "on_shared_loop",
    "own_context",
    "own_error",
    "pause",
    "picked",
    "running_loop",
    "scheduler_here",
    "shielded",
    "start_task",
    "stay_if_exiting",
    "unfit",
    "wait_for",
]
