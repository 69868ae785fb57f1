"""The turns of a conversation, folded apart from its chunks, such as those that a file has kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from .chunk import Chunk
from .fold import Fold
from .messages import Message
from .tool import ToolResult, unknown_result, was_cut

if TYPE_CHECKING:
    from .response import Response


@dataclass(slots=True)
class _Turn:
    """One turn: its chunks, and the results of its tools by the index of the call.

    Args:
        calls_before: Number of the tool calls of all turns before.
    """

    calls_before: int
    fold: Fold = field(default_factory=Fold)
    results: dict[int, ToolResult] = field(default_factory=dict[int, ToolResult])

    def add(self, chunk: Chunk) -> None:
        """Add a chunk of the model, with the indices that its calls have in the turn."""
        if chunk.tool_calls and self.calls_before:
            deltas = (msgspec.structs.replace(d, index=d.index - self.calls_before) for d in chunk.tool_calls)
            chunk = msgspec.structs.replace(chunk, tool_calls=tuple(deltas))
        self.fold.add((chunk,))

    def response(self) -> Response:
        """Return the Response of the turn."""
        return self.fold.response("complete" if self.fold.finished else "unknown")

    def is_last(self) -> bool:
        """Return whether the turn ends a conversation: it calls no tool, or its calls were cut and are not run."""
        reasons = self.fold.response().finish_reasons or ()
        return self.fold.finished and (not self.fold.response().tool_calls or was_cut(reasons))


class FoldedTurns:
    """Folds each turn of a conversation by itself; chunks of single calls are not counted."""

    def __init__(self) -> None:
        self._turns: dict[int, _Turn] = {}

    def add(self, chunk: Chunk) -> None:
        """Add the next chunk, if it is one of a conversation.

        Args:
            chunk: The chunk.
        """
        origin = chunk.origin
        if origin is None or not (origin.runs_tools or self._turns):
            return
        turn = self._turns.get(origin.turn)
        if turn is None:
            before = sum(len(each.response().tool_calls) for each in self._turns.values())
            turn = self._turns[origin.turn] = _Turn(before)
        if isinstance(origin.result, ToolResult):
            turn.results[origin.result.call.index] = origin.result
        elif origin.names_answer(chunk.index):
            turn.add(chunk)

    def combined(self, response: Response) -> Response:
        """Return the Response of the conversation: that of a single call is unchanged.

        Args:
            response: The Response of all chunks together; it is ``complete`` only if the last turn calls no tool.
        """
        if not self._turns:
            return response
        turns = list(self._turns.values())
        state = "unknown" if response.state == "complete" and not turns[-1].is_last() else response.state
        update = {"state": state, "turns": [each.response() for each in turns], "calls": len(turns)}
        return response.model_copy(update=update).attach_record(_Record(turns))


class _Record:
    """What the turns have added to the messages."""

    def __init__(self, turns: list[_Turn]) -> None:
        self._turns = turns

    def added_messages(self) -> list[Message]:
        """Return the messages of the assistant and of tools, in order."""
        found: list[Message] = []
        for turn in self._turns:
            response = turn.response()
            results = [
                turn.results.get(each.index) or unknown_result(each) for each in response.tool_calls if each.complete
            ]
            if response.content or response.refusal or response.audio_transcript or results:
                found += [response.message_param, *response.tool_message_params(results)]
        return found

    def tool_results(self) -> list[ToolResult]:
        """Return the results that have arrived, in order."""
        return [result for turn in self._turns for _, result in sorted(turn.results.items())]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Record)

    __hash__ = None  # pyright: ignore[reportAssignmentType] - as every class with an __eq__ of its own
