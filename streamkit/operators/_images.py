"""The images of a stream, one by one."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..chunk import Chunk, Image
from ..runtime import is_choice, operator


def images(*, choice: int = 0) -> Callable[[Observable[Chunk]], Observable[Image]]:
    r"""Take the generated images out of chunks, each as an element of its own.

    .. marble::
        :alt: images

        --{text}--{a, b}--{c}--|
        [       images()       ]
        ----------a-b-----c----|

    Args:
        choice: Which of several answers.

    Returns:
        An operator from chunks to images: each has its bytes, or the address where they can be fetched.

    >>> import reactivex as rx, streamkit as sk
    >>> picture = sk.Image(url="https://example.org/europa.png")
    >>> [image.url for image in sk.flow(rx.of(sk.Chunk(content="Look:"), sk.Chunk(images=(picture,)))).pipe(images())]
    ['https://example.org/europa.png']
    """

    @operator
    def select(
        source: Observable[Chunk], observer: abc.ObserverBase[Image], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        emit = observer.on_next

        def on_next(chunk: Chunk) -> None:
            if is_choice(chunk, choice):
                for image in chunk.images:
                    emit(image)

        return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

    return select
