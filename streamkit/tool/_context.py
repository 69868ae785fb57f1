"""What a running tool is given and what it shows: ``ToolContext``, and the ``ToolUpdate`` of a tool that still runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ..errors import ConfigurationError, StoppedError
from ._result import as_text

if TYPE_CHECKING:
    from ..chunk import Chunk
    from ._calls import ToolCall


class ToolProgress(NamedTuple):
    """How far a tool has come, as it says itself.

    Args:
        done: Amount that is done, in the tool's own unit; None if the tool has only a message.
        total: Amount of the whole, in the same unit; None if it is not known.
        message: Text for the user.
    """

    done: float | None = None
    total: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class ToolUpdate:
    """One event of a tool that still runs; the ``ToolResult`` is the last event of each call.

    Args:
        call: The tool call.
        kind: ``started``; ``output`` for a part of the result; ``chunk`` for a chunk of a stream inside of the tool;
            ``progress``.
        output: The part of the result, as the tool has yielded it.
        chunk: The chunk of the stream inside of the tool.
        progress: The progress that the tool has reported.

    >>> from streamkit import ToolCall
    >>> ToolUpdate(ToolCall(name="orbit"), "output", output="1.8 days").text
    '1.8 days'
    """

    call: ToolCall
    kind: Literal["started", "output", "chunk", "progress"]
    output: Any = None
    chunk: Chunk | None = None
    progress: ToolProgress | None = None

    @property
    def text(self) -> str:
        """The part of the result as text, the text of the chunk, or the message of the progress; empty at the start."""
        if self.kind == "output":
            return as_text(self.output)
        if self.chunk is not None:
            return self.chunk.content
        return "" if self.progress is None else self.progress.message


class ToolContext:
    """What a running tool knows of its call, for a tool that has a parameter with this annotation.

    The parameter is not part of the JSON schema. A tool that your own code calls without a runner gets a context that
    is never cancelled, and whose progress nobody sees.

    Args:
        call_id: Id of the call: the provider's; if it sends none, one that is made for the call.
        key: Idempotency key of the call: the same text whenever this call of this answer is run, and no other call's.
        deadline: Time on the clock of ``time.monotonic()`` at which the timeout of the tool ends; None without one.
        blocks: True if the tool runs in a worker thread, so that it may wait there.
        report: Function that gets each progress, on the tool's thread.
        clock: Clock of the deadline, in seconds.

    >>> def dig(depth: int, context: ToolContext) -> str:
    ...     for metre in range(depth):
    ...         if context.cancelled:
    ...             break
    ...         context.progress(metre + 1, total=depth)
    ...     return "water"
    >>> dig(3, ToolContext("call_1"))
    'water'
    """

    __slots__ = ("_blocks", "_cancelled", "_clock", "_report", "call_id", "deadline", "key")

    def __init__(
        self,
        call_id: str = "",
        *,
        key: str = "",
        deadline: float | None = None,
        blocks: bool = True,
        report: Callable[[ToolProgress], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.call_id = call_id
        self.key = key or call_id
        self.deadline = deadline
        self._blocks = blocks
        self._report = report
        self._clock = clock
        self._cancelled = threading.Event()

    def __repr__(self) -> str:
        return f"ToolContext({self.call_id!r}{', cancelled' if self.cancelled else ''})"

    @property
    def cancelled(self) -> bool:
        """True once nobody waits for the result any more, or its time is over; an async tool is cancelled then."""
        return self._cancelled.is_set()

    @property
    def remaining(self) -> float | None:
        """Seconds until the deadline, not below 0; None without a deadline."""
        return None if self.deadline is None else max(0.0, self.deadline - self._clock())

    def progress(self, done: float | None = None, *, total: float | None = None, message: str = "") -> None:
        """Report how far the tool has come; of reports that nobody has read yet, only the newest is kept.

        Args:
            done: Amount that is done, in any unit.
            total: Amount of the whole, in the same unit.
            message: Text for the user.
        """
        if self._report is not None and not self.cancelled:
            self._report(ToolProgress(done, total, message))

    def wait(self, seconds: float) -> bool:
        """Wait in a sync tool; return True at once when the tool is cancelled, and False after the seconds.

        Args:
            seconds: Longest wait, in seconds.

        Raises:
            ConfigurationError: The tool is async, so that this would block its event loop.
        """
        if not self._blocks:
            raise ConfigurationError(
                "wait() is for sync tools: in an async tool use asyncio.sleep, which is cancelled."
            )
        return self._cancelled.wait(seconds)

    def raise_if_cancelled(self) -> None:
        """End a sync tool that is cancelled; nothing of it is kept, and another reader runs it anew.

        Raises:
            StoppedError: The tool is cancelled.
        """
        if self.cancelled:
            raise StoppedError("The tool was cancelled.")

    def cancel(self) -> None:
        """Cancel the tool; the one who runs it calls this, from any thread."""
        self._cancelled.set()
