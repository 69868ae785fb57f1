"""The base of events about blocks, apart since the events of each kind of block stand in a module of their own.

A block has one start, then deltas, then one end.
Events are structs, as chunks are: most chunks become one event, and the garbage collector does not track them.
"""

from __future__ import annotations

import msgspec


class BlockEvent(msgspec.Struct, frozen=True, gc=False, repr_omit_defaults=True):
    """An event of one block of one choice.

    Args:
        index: Number of the choice.
        id: Id of the block: the number of the choice, and the block's number in the choice. It does not depend on how
            the provider has cut the answer.
    """

    index: int
    id: str


class BlockStart(BlockEvent, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of a block."""


class BlockDelta(BlockEvent, frozen=True, gc=False, repr_omit_defaults=True):
    """Content of a block; the block has started and not ended."""


class BlockEnd(BlockEvent, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of a block that is whole; a stream that ends in an error never ends a block."""
