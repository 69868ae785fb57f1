"""Events of the turns of a conversation and of answers that are void; apart, since most calls have none."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from ..chunk import FinishReason, Usage


class TurnStart(msgspec.Struct, frozen=True, gc=False, repr_omit_defaults=True):
    """The start of a turn of ``sk.converse``, in front of the blocks of the turn.

    Args:
        turn: Number of the turn, from 0.
        model: The model that was asked, as ``provider/model``.
        index: Always 0, since a turn has one choice.
        id: The provider's id of the answer, if it is known by then.
    """

    kind: ClassVar[Literal["turn_start"]] = "turn_start"
    turn: int
    model: str | None = None
    index: int = 0
    id: str | None = None


class TurnEnd(msgspec.Struct, frozen=True, gc=False, repr_omit_defaults=True):
    """The end of a turn, behind the results of its tools; the conversation goes on, or ``Finish`` follows.

    Args:
        turn: Number of the turn.
        finish_reasons: The provider's finish reasons; None if an operator in front had enough of the turn.
        common_finish_reasons: The same in the four common words.
        model: The name of the model that has answered.
        usage: Token counts of the turn.
        index: Always 0, since a turn has one choice.
        id: The provider's id of the answer.
    """

    kind: ClassVar[Literal["turn_end"]] = "turn_end"
    turn: int
    finish_reasons: list[str] | None = None
    common_finish_reasons: list[FinishReason] | None = None
    model: str | None = None
    usage: Usage | None = None
    index: int = 0
    id: str | None = None


class AnswerVoid(msgspec.Struct, frozen=True, gc=False, repr_omit_defaults=True):
    """Says that the answer so far does not fit its type and is asked for again (``reask=``): its blocks are void.

    They have ended; in a conversation they are those since the ``TurnStart``. The blocks of the next answer follow.

    Args:
        attempt: Number of the answer that is void, from 0.
        error: What does not fit, in a sentence.
        index: Always 0, since a call that is asked again has one choice.
        id: The provider's id of the answer that is void.
    """

    kind: ClassVar[Literal["answer_void"]] = "answer_void"
    attempt: int
    error: str = ""
    index: int = 0
    id: str | None = None
