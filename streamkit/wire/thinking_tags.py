"""Thinking that a server sends as text between tags: the decoder of a format behind which it is ``thinking``."""

from __future__ import annotations

import functools
from typing import cast

from ..chunk import Chunk
from ..errors import ConfigurationError
from ..settings import Tag, ThinkingTags
from ..text.tagged_chunks import TaggedChunks
from ..text.tags import Tags
from .decoder import Decoder, DelegatingDecoder


def as_tags(given: ThinkingTags) -> tuple[Tag, ...]:
    """Return the tags of ``thinking_tags``, one name or a list.

    Args:
        given: The value of the option.

    Raises:
        ConfigurationError: One of them is no name and no pair of texts.
    """
    if not isinstance(cast("object", given), str | list | tuple):
        raise ConfigurationError(
            f'thinking_tags={given!r}: give the name of a tag, such as "think", or a list of names.'
        )
    tags = (given,) if isinstance(given, str) else tuple(given)
    if tags:
        Tags(tags, label="thinking_tags={}")  # which checks them
    return tags


@functools.lru_cache(maxsize=16)
def _prepared(tags: tuple[Tag, ...]) -> Tags:
    return Tags(tags, label="thinking_tags={}")


class ThinkingTagDecoder(DelegatingDecoder):
    """A decoder whose chunks have the text inside tags as ``thinking``, as ``route_tags`` makes them.

    A changed chunk keeps its event: the event is what the server has sent, read in this way.

    Args:
        inner: The decoder of the format.
        tags: The tags.
    """

    def __init__(self, inner: Decoder, tags: tuple[Tag, ...]) -> None:
        super().__init__()
        self._inner = inner
        self._chunks = TaggedChunks(_prepared(tags), keep_events=True)

    def feed(self, data: bytes) -> list[Chunk]:
        """Decode the next bytes and return the chunks that they complete."""
        return self._read(self._inner.feed(data), end=self._inner.error is not None)

    def finish(self) -> list[Chunk]:
        """Handle the end of the body; afterwards either ``finish_seen`` or ``error`` is set."""
        return self._read(self._inner.finish(), end=True)

    def _read(self, chunks: list[Chunk], *, end: bool) -> list[Chunk]:
        routed = [each for chunk in chunks for each in self._chunks.feed(chunk)]
        if end:
            routed += self._chunks.flush()
        self.end_is_proven = self._inner.end_is_proven
        return self._follow(self._inner, routed)
