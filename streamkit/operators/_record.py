"""Record the chunks of a stream to a file that can be replayed, and pass them on unchanged."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SingleAssignmentDisposable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..runtime import LoopScheduler, current_or_background_loop, dispose_because
from ._base.machine import operator

if TYPE_CHECKING:
    from .._recording import ChunkRecording

T = TypeVar("T")


def record(path: str | os.PathLike[str], *, max_bytes: int = 16 * 2**20) -> Callable[[Observable[T]], Observable[T]]:
    r"""Record every chunk and its time, and emit the chunk.

    .. marble::
        :alt: record

        --Eu--ro--pa--|
        [ record(path)]
        --Eu--ro--pa--|   the file: 3 chunks, their times, and the end

    It records chunks from any Observable, and where it stands in a pipe: behind ``redact``, what ``redact`` lets
    through. To record a call as its provider sent it, give ``record=`` to the call. ``replay/NAME.jsonl`` plays the
    file. Nothing is written on the event loop, and a disk that fails does not disturb the stream; the file is whole a
    tenth of a second after the end.

    Args:
        path: Path of a folder, or of a new file that ends in ``.jsonl``; a later subscription gets a file beside it.
        max_bytes: Bytes of the chunks that are recorded; the end of a longer recording says how many are left out.

    Returns:
        An operator that emits the chunks of the source.

    Raises:
        ConfigurationError: The folder is not there or cannot be written to, or the file is there already. By
            ``on_error``: an element is no chunk.

    >>> import pathlib, tempfile
    >>> from streamkit.testing import Script, chat_events
    >>> path = pathlib.Path(tempfile.mkdtemp(), "moon.jsonl")
    >>> list(Script(chat_events("Io")).stream().pipe(record(path)))[1].content
    'Io'
    """
    from .._recording import ChunkRecorder  # which loads pydantic's models

    recorder = ChunkRecorder(path, max_bytes=max_bytes)

    @operator(emits="same", reads="chunks", gives="same", name="record()")
    def write(
        source: Observable[T], observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        clock = scheduler or LoopScheduler(current_or_background_loop())
        began = clock.now

        def seconds() -> float:
            return (clock.now - began).total_seconds()

        return _subscribe(recorder.begin(seconds), source, observer, scheduler)

    return write


def _subscribe(
    recording: ChunkRecording, source: Observable[T], observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None
) -> abc.DisposableBase:
    upstream = SingleAssignmentDisposable()

    def on_next(item: T) -> None:
        if not isinstance(cast("object", item), Chunk):
            dispose_because(upstream, "record()")
            return on_error(ConfigurationError(f"record takes chunks, not {type(item).__name__}."))
        recording.add(cast("Chunk", item))
        return observer.on_next(item)

    def on_error(error: Exception) -> None:
        recording.fail(error)
        observer.on_error(error)

    def on_completed() -> None:
        recording.complete()
        observer.on_completed()

    upstream.disposable = source.subscribe(on_next, on_error, on_completed, scheduler=scheduler)
    return CompositeDisposable(upstream, Disposable(recording.stop))
