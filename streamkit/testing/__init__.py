"""Test tools for code that works on streams: scripted providers, faults, servers, checks."""

from ._closed import assert_closed
from ._rechunk import rechunk
from ._regroup import regroup
from ._scripted import Script
from ._virtual_time import run_in_virtual_time
from ._wire import anthropic_events, chat_event, chat_events, cohere_events
from .faults import FAULTS, Plan, plan
from .in_process import FaultTransport
from .server import FaultServer

__all__ = [
    "FAULTS",
    "FaultServer",
    "FaultTransport",
    "Plan",
    "Script",
    "anthropic_events",
    "assert_closed",
    "chat_event",
    "chat_events",
    "cohere_events",
    "plan",
    "rechunk",
    "regroup",
    "run_in_virtual_time",
]
