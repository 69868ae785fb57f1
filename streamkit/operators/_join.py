"""The whole text of a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from reactivex import Observable, abc

from ..errors import ConfigurationError
from ._base.machine import flush, operator


def join(separator: str = "") -> Callable[[Observable[str]], Observable[str]]:
    r"""Join all pieces of text and emit them once, at completion.

    .. marble::
        :alt: join

        --Eu--ro--pa--|
        [   join()    ]
        --------------Europa|

    Args:
        separator: Text between the pieces.

    Returns:
        An operator that emits one text, empty for an empty source. After an error no text is emitted.

    >>> import reactivex as rx, streamkit as sk
    >>> sk.flow(rx.of("Eu", "ro", "pa")).pipe(join()).run()
    'Europa'
    """

    @operator(emits="one", reads="text", gives="text", name="join()")
    def subscribe(
        source: Observable[str], observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        texts: list[str] = []

        def join_all() -> list[str]:
            for each in texts:
                if not isinstance(cast("object", each), str):
                    kind = type(each).__name__
                    raise ConfigurationError(f"join() reads text, and {kind} came: put ops.text() before it.")
            return [separator.join(texts)]

        def on_completed() -> None:
            flush(observer, join_all)
            observer.on_completed()

        return source.subscribe(texts.append, observer.on_error, on_completed, scheduler=scheduler)

    return subscribe
