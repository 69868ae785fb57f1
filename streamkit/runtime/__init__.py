"""Where things run: loops and threads, the gate, the clock, and what must not be torn."""

from ._budget import Bound, Budget
from ._clock import Deadline, LoopScheduler, scheduler_here
from ._crowd import Crowd
from ._drive import Machine, MachineSubscription, flush, from_machine, operator
from ._enough import PredicateCondition, StopCondition, TakeUntilSubscription, take_until
from ._files import Output, check_free, not_written
from ._gate import GATE, STOPPED_BY, Gate, Gated, dispose_because, own_context
from ._handed import Handed, hand_over
from ._hold import TimedTransformer, Transformer, transform, transform_timed
from ._judging import AsyncTakeUntil
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
from ._picked import is_choice, not_a_chunk, select_field
from ._signal import Signal, shielded
from ._sockets import OpenSocket
from ._tool_runs import ToolRunner
from ._tool_store import ToolStore
from ._user_code import ENDS_PROGRAM, is_own_error, own_error
from ._workers import in_user_thread, in_worker

__all__ = [
    "ENDS_PROGRAM",
    "GATE",
    "STOPPED_BY",
    "AsyncTakeUntil",
    "Bound",
    "Budget",
    "Crowd",
    "Deadline",
    "Gate",
    "Gated",
    "Handed",
    "Limits",
    "LoopScheduler",
    "Machine",
    "MachineSubscription",
    "OpenSocket",
    "Output",
    "Pass",
    "PredicateCondition",
    "Signal",
    "Soon",
    "StopCondition",
    "TakeUntilSubscription",
    "TimedTransformer",
    "ToolRunner",
    "ToolStore",
    "Transformer",
    "after",
    "asyncio_loop",
    "call_soon",
    "check_free",
    "dispose_because",
    "flush",
    "from_machine",
    "hand_over",
    "home_loop",
    "in_user_thread",
    "in_worker",
    "is_choice",
    "is_own_error",
    "locked",
    "not_a_chunk",
    "not_written",
    "on_shared_loop",
    "operator",
    "own_context",
    "own_error",
    "running_loop",
    "scheduler_here",
    "select_field",
    "shielded",
    "start_task",
    "stay_if_exiting",
    "take_until",
    "transform",
    "transform_timed",
    "wait_for",
]
