"""Events of the whole answer: how each choice finished, the tokens, and the error that ended the stream."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from ..chunk import FinishReason, Usage


class Finish(msgspec.Struct, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of a choice, which comes when the stream is complete, behind the ends of all blocks.

    Args:
        index: Number of the choice.
        id: The provider's id of the answer.
        finish_reasons: The provider's finish reasons; None if the stream ended without one: an operator in front had
            enough, or the provider sends none.
        common_finish_reasons: The same in the four common words.
        model: The model's name.
        usage: Token counts of the whole call, not of the choice: with several choices each ``Finish`` has the same.
    """

    kind: ClassVar[Literal["finish"]] = "finish"
    index: int = 0
    id: str | None = None
    finish_reasons: list[str] | None = None
    common_finish_reasons: list[FinishReason] | None = None
    model: str | None = None
    usage: Usage | None = None


class UsageReport(msgspec.Struct, frozen=True, gc=False, repr_omit_defaults=True):
    """Token counts of the call, once, in front of ``Finish`` or ``Error``; not emitted if none are known.

    Args:
        usage: The counts; of a stream that was cut or stopped, as far as they are known (``usage.source``).
        index: Always 0, since providers count the choices of a call together.
        id: The provider's id of the answer.
    """

    kind: ClassVar[Literal["usage"]] = "usage"
    usage: Usage
    index: int = 0
    id: str | None = None


class Error(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """The error that ends the stream, which was cut, failed, or was stopped (``StoppedError``).

    Args:
        error: The error, which ``on_error`` gets as well: a ``StreamError``, unless code of yours raised it.
        blocks: Ids of the blocks that are open, in the order of their starts; they have no end.
        index: Always 0, since an error ends all choices.
        id: The provider's id of the answer.
    """

    kind: ClassVar[Literal["error"]] = "error"
    error: Exception
    blocks: tuple[str, ...] = ()
    index: int = 0
    id: str | None = None
