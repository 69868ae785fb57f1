"""The blocks of code in Markdown text, each emitted at the closing fence."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable

from ..text.code_blocks import CodeBlock, CodeBlocks
from ._base.transform import transform


def code_blocks() -> Callable[[Observable[str]], Observable[CodeBlock]]:
    r"""Emit the fenced blocks of code in Markdown text; all other text is skipped.

    A fence is three or more backticks or tildes, indented by up to three spaces, or by as much as the text of its list
    item; the block ends with a fence that is at least as long. The indent of the opening fence is removed from the
    lines. Blocks in quotations (``>``) and blocks that are only indented are not found. A block of 1,048,576
    characters or more is emitted in parts; only the last part is closed.

    .. marble::
        :alt: code_blocks

        --Run:\n```py\n--print(1)\n--```\n--|
        [           code_blocks()           ]
        -----------------------------{py}---|

    Returns:
        An operator from pieces of text to ``CodeBlock``: ``language``, ``code`` and ``closed``. An open block is
        emitted before the end, and before an error, with ``closed=False``.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Run:\n``", "`py\nprint(1)\n`", "``\nThen")).pipe(code_blocks()))
    [CodeBlock(language='py', code='print(1)\n', closed=True)]
    """
    return transform(CodeBlocks, emits="many", reads="text", gives="other", name="code_blocks()")
