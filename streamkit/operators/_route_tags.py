"""Text inside tags such as ``<think>`` moves from the content of chunks to their thinking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Literal, get_args

from reactivex import Observable

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..settings import Tag
from ..text.tagged_chunks import TaggedChunks
from ..text.tags import Tags
from ._base.select import not_a_chunk
from ._base.transform import transform

Target = Literal["thinking", "refusal", "tool_plan"]


def route_tags(
    *tags: Tag, to: Target = "thinking", anywhere: bool = False, opened: bool = False
) -> Callable[[Observable[Chunk]], Observable[Chunk]]:
    r"""Move the text inside tags from ``content`` to ``thinking``, for servers that send reasoning as text.

    The tags may be cut anywhere, and vanish. A tag opens only before all other text of the answer but white space, so
    that an answer may write about tags; ``anywhere`` lets it open in the middle too, though not in Markdown code.
    Inside, an opening tag at the beginning of a line nests, one within a line is text, and a closing tag counts
    wherever it stands. Newlines behind a closing tag vanish before the first text of the answer, since they belong to
    the tag. What is inside a tag that is never closed stays there. A chunk that is changed has no ``raw`` and no
    ``chunk``; a chunk with both kinds of text becomes several. docs/thinking.md says more.

    .. marble::
        :alt: route_tags

        --<thi--nk>Ice?--</think>Io--|
        [    route_tags("think")     ]
        --()----(Ice?)---Io----------|

    Args:
        tags: Names of the tags, or pairs of an opening and a closing text, such as ``("[THINK]", "[/THINK]")``.
            Attributes of up to 256 characters may follow the name.
        to: Name of the field of chunks that gets the text: ``thinking``, ``refusal`` or ``tool_plan``.
        anywhere: True to let a tag open behind other text too.
        opened: True if the answer begins inside a tag, because the server's prompt template has opened it.

    Returns:
        An operator on chunks, which treats each choice by itself. It holds back at most one tag.

    Raises:
        ConfigurationError: There is no tag, one of them is no name, or ``to`` is no such field. By ``on_error``: an
            element is not a chunk.

    >>> import reactivex as rx, streamkit as sk
    >>> chunks = rx.of(sk.Chunk(content="<thi"), sk.Chunk(content="nk>Ice?</think>Europa"))
    >>> [(chunk.thinking, chunk.content) for chunk in sk.flow(chunks).pipe(route_tags("think"))]
    [('', ''), ('Ice?', ''), ('', 'Europa')]
    """
    prepared = Tags(tags, anywhere=anywhere, opened=opened)
    if to not in get_args(Target):
        raise ConfigurationError(f"route_tags(to={to!r}): give {', '.join(map(repr, get_args(Target)))}.")
    return transform(partial(_Router, prepared, to), emits="many", reads="chunks", gives="chunks", name="route_tags()")


class _Router:
    """Reads chunks only."""

    done = False
    error = None

    def __init__(self, tags: Tags, to: Target) -> None:
        self._chunks = TaggedChunks(tags, to=to)

    def feed(self, item: Chunk) -> Iterable[Chunk]:
        """Take the next chunk; return what is certain."""
        try:
            return self._chunks.feed(item)
        except AttributeError as error:
            raise not_a_chunk(item, error, "route_tags()") from None

    def flush(self) -> Iterable[Chunk]:
        """Return the rest."""
        return self._chunks.flush()
