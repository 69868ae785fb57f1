"""The blocks of code in a Markdown text, each as soon as it is closed."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable

from ..runtime import transform
from ..segment import CodeBlock, CodeBlocks


def code_blocks() -> Callable[[Observable[str]], Observable[CodeBlock]]:
    r"""Find the fenced blocks of code in Markdown text; everything else is left out.

    A fence is three or more backticks or tildes, indented by up to three spaces, or as far as the text of the
    list item it stands in; the block ends with a fence at least as long. The indent of the opening fence is taken
    off its lines. Blocks in quotations (``>``) and blocks that are only indented are not found. One of
    1,048,576 characters or more comes in parts, of which only the last is closed.

    .. marble::
        :alt: code_blocks

        --Run:\n```py\n--print(1)\n--```\n--|
        [           code_blocks()             ]
        -------------------------------{py}---|

    Returns:
        An operator from pieces of text to ``CodeBlock``: ``language``, ``code`` and ``closed``. One that is still
        open is emitted before the end, and before an error, with ``closed=False``.

    >>> import reactivex as rx, streamkit as sk
    >>> list(sk.flow(rx.of("Run:\n``", "`py\nprint(1)\n`", "``\nThen")).pipe(code_blocks()))
    [CodeBlock(language='py', code='print(1)\n', closed=True)]
    """
    return transform(CodeBlocks)
