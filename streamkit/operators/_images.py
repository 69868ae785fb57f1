"""The generated images of a stream."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..chunk import Chunk, Image
from ._base.machine import operator
from ._base.select import is_choice


def images(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[Image]]:
    r"""Emit the generated images of chunks, one by one.

    .. marble::
        :alt: images

        --{text}--{a, b}--{c}--|
        [       images()       ]
        ----------a-b-----c----|

    Args:
        choice: Index of the answer, where the call asked for several.

    Returns:
        An operator from chunks to images; an image has its bytes, or the URL to fetch them from.

    >>> import reactivex as rx, streamkit as sk
    >>> picture = sk.Image(url="https://example.org/europa.png")
    >>> [image.url for image in sk.flow(rx.of(sk.Chunk(content="Look:"), sk.Chunk(images=(picture,)))).pipe(images())]
    ['https://example.org/europa.png']
    """

    @operator(emits="many", reads="chunks", gives="other", name="images()")
    def select(
        source: Observable[Chunk], observer: abc.ObserverBase[Image], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        emit = observer.on_next

        def on_next(chunk: Chunk) -> None:
            if is_choice(chunk, choice, "images()"):
                for image in chunk.images:
                    emit(image)

        return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

    return select
