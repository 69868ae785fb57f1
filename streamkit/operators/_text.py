"""The text of a stream, as received."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable, abc

from ..chunk import Chunk
from ..tool import ToolResult
from ._base.machine import operator
from ._base.select import not_a_chunk


def text(*, choice: int = 0, tools: bool = False) -> Callable[[Observable[Chunk]], Observable[str]]:
    r"""Emit the text of chunks; chunks without text are skipped.

    .. marble::
        :alt: text

        --Eu--{tool}--ro--pa--|
        [      text()         ]
        --Eu----------ro--pa--|

    Args:
        choice: Index of the answer, where the call asked for several.
        tools: True to emit the results of tools too, in a conversation (``sk.converse``).

    Returns:
        An operator from chunks to pieces of text, as they arrived.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of(sk.Chunk(content="Euro"), sk.Chunk(), sk.Chunk(content="pa"))).pipe(text()))
    ['Euro', 'pa']
    """

    @operator(emits="many", reads="chunks", gives="text", name="text()")
    def select(
        source: Observable[Chunk], observer: abc.ObserverBase[str], scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        emit = observer.on_next

        def on_next(chunk: Chunk) -> None:  # `select_field` without its call: every chunk of most streams is text
            try:
                content = chunk.content
            except AttributeError as error:
                raise not_a_chunk(chunk, error, "text()") from None
            if content and (chunk.index == choice or (tools and _is_result(chunk))):
                emit(content)

        return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

    return select


def _is_result(chunk: Chunk) -> bool:
    return chunk.origin is not None and isinstance(chunk.origin.result, ToolResult)
