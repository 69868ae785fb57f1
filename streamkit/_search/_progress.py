"""ProgressLine: shows the progress of a search on a terminal, and nothing without one."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO, TypeAlias

from ._ledger import Ledger

ProgressCallback: TypeAlias = Callable[[Ledger], object]

_FRAME = 0.2  # seconds


class ProgressLine:
    """A progress line on standard error, drawn by rich while a search runs and removed at the end.

    Args:
        total: Number of candidates; None if unknown.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._progress: Any = None
        self._task: Any = None
        self._drawn = 0.0

    @property
    def every(self) -> float | None:
        """Seconds from one drawing to the next; None without a terminal."""
        return None if self._progress is None else _FRAME

    def load(self) -> None:
        """Import rich if there is a terminal; called in a worker thread."""
        if _is_terminal(sys.stderr):
            importlib.import_module("rich.progress")

    def __enter__(self) -> ProgressLine:
        if _is_terminal(sys.stderr):
            from rich.console import Console
            from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
            # The search redraws the line itself, so rich needs no thread. Printed text is moved above the line if it
            # goes to the same terminal, and is left alone if it is piped.
            self._progress = Progress(
                *columns,
                console=Console(stderr=True),
                transient=True,
                auto_refresh=False,
                redirect_stdout=_is_terminal(sys.stdout),
            )
            self._task = self._progress.add_task("", total=self._total)
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def __call__(self, ledger: Ledger) -> None:
        """Draw the line from the ledger's counts, unless it was drawn a moment ago."""
        now = time.monotonic()
        if self._progress is None or now - self._drawn < _FRAME / 2:
            return
        self._drawn = now
        description = ", ".join(f"{ledger.count(each)} {each}" for each in ("accepted", "failed", "open"))
        self._progress.update(self._task, completed=len(ledger) - ledger.count("open"), description=description)
        self._progress.refresh()


def _is_terminal(file: TextIO | None) -> bool:
    return file is not None and file.isatty()  # None if it is closed
