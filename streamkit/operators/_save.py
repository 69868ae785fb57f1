"""Write what comes to a file as it comes, and pass it on untouched."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SingleAssignmentDisposable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..runtime import dispose_because

T = TypeVar("T")


def save(
    path: str | os.PathLike[str], *, append: bool = False, flush: bool = True
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Write every element to a file before it is passed on.

    .. marble::
        :alt: save

        --Eu--ro--pa--|
        [ save(path)  ]
        --Eu--ro--pa--|   the file: Europa

    Text is written as UTF-8, bytes as they are, chunks and Responses as one JSON object a line, which
    ``streamkit.codec.decode`` reads. The file is opened with each subscription and closed when that ends, however
    it does: what had come stays in it. Writing takes microseconds on a local disk, and is done on the event loop.

    Args:
        path: The file; its folder must be there.
        append: Whether it is added to, instead of begun anew.
        flush: Whether each element reaches the file at once; else when some have been gathered.

    Returns:
        An operator that emits what comes.

    Raises:
        ConfigurationError: The path is none; by ``on_error``, an element is of another kind.
        OSError: By ``on_error``, if the file cannot be opened or written.

    >>> import pathlib, tempfile, reactivex as rx, streamkit as sk
    >>> path = pathlib.Path(tempfile.mkdtemp(), "moon.txt")
    >>> list(sk.flow(rx.of("Eu", "ropa")).pipe(save(path))), path.read_text()
    (['Eu', 'ropa'], 'Europa')
    """
    if not isinstance(cast("object", path), (str, os.PathLike)):
        raise ConfigurationError(f"save({path!r}): give the path of a file.")

    def operator(source: Observable[T]) -> Observable[T]:
        def subscribe(observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            try:
                file = Path(path).open("ab" if append else "wb")  # noqa: SIM115 - closed with the subscription
            except OSError as error:
                observer.on_error(error)
                return Disposable()
            return _subscribe(file, flush, source, observer, scheduler)

        return Observable(subscribe)

    return operator


def _subscribe(
    file: BinaryIO,
    flush: bool,
    source: Observable[T],
    observer: abc.ObserverBase[T],
    scheduler: abc.SchedulerBase | None,
) -> abc.DisposableBase:
    upstream = SingleAssignmentDisposable()

    def on_next(item: T) -> None:
        try:
            file.write(_as_bytes(item))
            if flush:
                file.flush()
        except Exception as error:
            dispose_because(upstream, "save()")
            return on_error(error)
        return observer.on_next(item)

    def on_error(error: Exception) -> None:
        _close(file)
        observer.on_error(error)

    def on_completed() -> None:
        try:
            file.close()  # what was gathered may not fit any more
        except OSError as error:
            return observer.on_error(error)
        return observer.on_completed()

    upstream.disposable = source.subscribe(on_next, on_error, on_completed, scheduler=scheduler)
    return CompositeDisposable(upstream, Disposable(lambda: _close(file)))


def _close(file: BinaryIO) -> None:
    with contextlib.suppress(OSError):  # there is an error to tell already, or nobody to tell it to
        file.close()


def _as_bytes(item: object) -> bytes:
    if isinstance(item, str):
        return item.encode(errors="replace")
    if isinstance(item, bytes):
        return item
    from ..codec import encode  # loads pydantic's models

    try:
        return encode(cast("Chunk", item)) + b"\n"
    except TypeError as error:
        raise ConfigurationError(f"save takes text, bytes, chunks and Responses, not {type(item).__name__}.") from error
