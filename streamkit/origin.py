"""Origin: the place of a chunk in a conversation, and Void: the news that an answer is asked for again."""

from __future__ import annotations

from typing import Any

import msgspec

TOOL_INDEX = -1
"""The ``index`` of a chunk that is no model's, so that what reads a choice skips it: a tool's, or that of a void."""


class Void(msgspec.Struct, frozen=True, gc=False):
    """Says that an answer did not fit its type and is asked for again: everything that was read of it is void.

    Args:
        attempt: Number of the answer that is void, from 0.
        error: What does not fit, in a sentence.
    """

    attempt: int
    error: str


class Origin(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """The place of a chunk in a conversation of several turns, or among the answers to a call with ``reask=``.

    Args:
        turn: Number of the turn, from 0.
        path: Ids of the tool calls that the chunk comes from, the outermost first; empty for the conversation's own.
        model: ``provider/model`` of the turn of ``sk.converse``, as it was requested; None for a tool, and in a single
            call with ``reask=``.
        tool_call_id: Id of the tool call whose result the chunk is; None for a chunk of a model.
        result: The ``ToolResult``, in the chunk of a tool's result, and before it a ``ToolUpdate``, in the chunk of a
            part of the result or of progress; the ``Void`` of the answer before, in the first chunk of another answer
            to the same.
        attempt: Number of the turn's answer, from 0, where an answer that does not fit is asked for again (``reask=``);
            else None.
    """

    turn: int = 0
    path: tuple[str, ...] = ()
    model: str | None = None
    tool_call_id: str | None = None
    result: Any = None
    attempt: int | None = None

    @property
    def answer(self) -> tuple[int, int | None]:
        """The turn and the attempt, which together name one answer of a model."""
        return self.turn, self.attempt

    @property
    def ended_call(self) -> tuple[str, ...] | None:
        """The path of the tool call whose result the chunk has, behind which nothing more comes from it; else None."""
        if getattr(self.result, "state", None) is None:  # of a ToolResult, which this module cannot import
            return None
        return (*self.path, self.tool_call_id or "")

    def names_answer(self, index: int) -> bool:
        """Return whether ``answer`` is that of the stream itself, and not of a tool or of a stream inside a tool.

        Args:
            index: The ``index`` of the chunk.
        """
        return not self.path and (index != TOOL_INDEX or isinstance(self.result, Void))

    @property
    def runs_tools(self) -> bool:
        """Whether the tool calls of the chunk's answer are run, and answered, by ``sk.converse``."""
        return self.model is not None
