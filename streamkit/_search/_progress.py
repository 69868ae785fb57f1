"""How far a search has come: a line on a terminal, and nothing where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeAlias

from ._ledger import Ledger

Tell: TypeAlias = Callable[[Ledger], object]


class ProgressLine:
    """A line that is drawn anew by rich while a search runs.

    Args:
        total: How many candidates there are, if that is known.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._progress: Any = None
        self._task: Any = None

    def __enter__(self) -> ProgressLine:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._progress.add_task("", total=self._total)
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, ledger: Ledger) -> None:
        """Draw it."""
        if self._progress is not None:
            done = len(ledger) - ledger.count("not sent")
            told = f"{ledger.count('accepted')} accepted, {ledger.count('failed')} failed"
            self._progress.update(self._task, completed=done, description=told)
