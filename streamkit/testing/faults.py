"""Faults of a provider's stream, as pure data: each name stands for a `Plan` of one HTTP response.

A real server (`FaultServer`) and an in-process transport (`FaultTransport`) play a plan; `sk.open_recording` plays a
recording with faults. A file of its own, since the room `_recording` below has the code and its name is private.
"""

from .._recording import (
    FAULTS,
    Action,
    End,
    Fault,
    Fin,
    Forever,
    Framing,
    Plan,
    Repeat,
    Reset,
    Send,
    Step,
    Wait,
    plan,
    play,
)

__all__ = [
    "FAULTS",
    "Action",
    "End",
    "Fault",
    "Fin",
    "Forever",
    "Framing",
    "Plan",
    "Repeat",
    "Reset",
    "Send",
    "Step",
    "Wait",
    "plan",
    "play",
]
