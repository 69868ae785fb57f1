"""What the pump needs of its call; apart from both, because the call imports the pump."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import StreamError
from ..fold import Fold
from ..log import MemoryLog

if TYPE_CHECKING:
    from ..response import Response, State
    from ._recorded import CallRecording


class Pumped(Protocol):
    """The part of a call that the pump depends on."""

    stream_id: str
    loop: asyncio.AbstractEventLoop
    log: MemoryLog
    fold: Fold

    state: State
    stopped_by: str | None
    parsed: tuple[Any, Exception | None] | None
    recording: CallRecording | None

    @property
    def response(self) -> Response:
        """The Response of everything that has arrived."""
        ...

    def finish(self, error: StreamError | None, ended: State) -> None:
        """End the call; called before the connection is closed.

        Args:
            error: The error that ended the call; None if there was none.
            ended: The state of a call that ends without an error.
        """
        ...

    def may_restart(self) -> bool:
        """Return whether another attempt may follow the running one."""
        ...

    def restart(self, error: StreamError) -> bool:
        """Set a failed attempt aside, with its log and fold; return False if readers have seen it meanwhile.

        Args:
            error: The error that ended the attempt.
        """
        ...
