"""The counts of the calls that an operator or a tool makes beside an answer, which the answer's Response shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...chunk import Usage
from ...usage.sums import added

if TYPE_CHECKING:
    from ...response import Response, SideCalls


_ERRORS = 10  # messages that are kept

_LONGEST = 200  # characters of a message


class SideCallCounter:
    """Counts the questions of one subscription or one tool, and what their calls have used.

    Args:
        name: The operator as its user wrote it, or the name of the tool.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.calls = self.answered = self.late = self.stopped = self.failed = 0
        self._errors: list[str] = []
        self._usage: Usage | None = None
        self._cost: float | None = 0.0

    def fail(self, error: BaseException) -> None:
        """Count a question whose call failed, or whose answer cannot be read."""
        self.failed += 1
        self._errors = [*self._errors[1 - _ERRORS :], f"{type(error).__name__}: {error}"[:_LONGEST]]

    def charge(self, response: Response) -> None:
        """Add the usage and the cost of a call, and of the calls that were made about its answer.

        Args:
            response: The Response of the call.
        """
        for each in (response, *response.side_calls):
            if each.usage is not None:
                self._usage = added(self._usage, each.usage)
                self._cost = None if self._cost is None or each.cost is None else self._cost + each.cost

    def snapshot(self, response: Response) -> SideCalls:
        """Return the counts so far.

        Args:
            response: The Response of the answer: what the operator has saved, if it has stopped the call.
        """
        from ...response import SideCalls

        return SideCalls(
            name=self._name,
            calls=self.calls,
            answered=self.answered,
            failed=self.failed,
            late=self.late,
            stopped=self.stopped,
            usage=self._usage,
            cost=None if self._usage is None else self._cost,
            saved=response.saved if response.stopped_by == self._name else None,
            errors=tuple(self._errors),
        )
