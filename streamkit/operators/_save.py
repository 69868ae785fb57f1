"""Write the elements of a stream to a file, and pass them on unchanged."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar, cast

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SingleAssignmentDisposable

from ..chunk import Chunk
from ..errors import ConfigurationError, StreamError
from ..runtime import Output, check_free, dispose_because
from ._base.machine import operator

T = TypeVar("T")


def save(
    path: str | os.PathLike[str], *, append: bool = False, overwrite: bool = False, flush: bool = True
) -> Callable[[Observable[T]], Observable[T]]:
    r"""Write every element to a file, then emit the element.

    .. marble::
        :alt: save

        --Eu--ro--pa--|
        [ save(path)  ]
        --Eu--ro--pa--|   the file: Europa

    Text is written as UTF-8, bytes as they are, chunks and Responses as one JSON object a line, which
    ``streamkit.codec.decode`` reads. The file is opened with each subscription and closed at its end; the elements
    that arrived stay in the file. Writing takes microseconds on a local disk, and is done on the event loop. A second
    subscription opens the file again: it fails since the file exists, unless ``append`` or ``overwrite`` is set.

    Args:
        path: Path of the file; its folder must exist.
        append: True to append to an existing file.
        overwrite: True to replace an existing file.
        flush: True to write each element at once, instead of when some have been gathered.

    Returns:
        An operator that emits the elements of the source.

    Raises:
        ConfigurationError: ``path`` is not a path, or the file exists and is not empty. By ``on_error``: the file
            cannot be opened, the file exists by then, or an element has another type.
        StreamError: By ``on_error``, if the file cannot be written; earlier elements stay in the file.

    >>> import pathlib, tempfile, reactivex as rx, streamkit as sk
    >>> path = pathlib.Path(tempfile.mkdtemp(), "moon.txt")
    >>> list(sk.flow(rx.of("Eu", "ropa")).pipe(save(path))), path.read_text()
    (['Eu', 'ropa'], 'Europa')
    """
    if not isinstance(cast("object", path), (str, os.PathLike)):
        raise ConfigurationError(f"save({path!r}): give the path of a file.")
    if append and overwrite:
        raise ConfigurationError("save(append=True, overwrite=True): a file is added to or begun anew.")
    if not append:
        check_free(path, overwrite=overwrite)

    @operator(emits="same", gives="same", name="save()")
    def write(
        source: Observable[T], observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        try:
            file = Output(path, append=append, overwrite=overwrite, flush=flush)
        except ConfigurationError as error:
            observer.on_error(error)
            return Disposable()
        return _subscribe(file, source, observer, scheduler)

    return write


def _subscribe(
    file: Output, source: Observable[T], observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None
) -> abc.DisposableBase:
    upstream = SingleAssignmentDisposable()

    def on_next(item: T) -> None:
        try:
            file.write(_as_bytes(item))
        except Exception as error:
            dispose_because(upstream, "save()")
            return on_error(error)
        return observer.on_next(item)

    def on_error(error: Exception) -> None:
        file.drop()
        observer.on_error(error)

    def on_completed() -> None:
        try:
            file.close()
        except StreamError as error:
            return observer.on_error(error)
        return observer.on_completed()

    upstream.disposable = source.subscribe(on_next, on_error, on_completed, scheduler=scheduler)
    return CompositeDisposable(upstream, Disposable(file.drop))


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
