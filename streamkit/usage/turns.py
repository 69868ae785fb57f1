"""The usages of a conversation's turns and of the calls inside of its tools; apart, since fold and events share it."""

from __future__ import annotations

from functools import reduce
from typing import TypeAlias

from ..chunk import Chunk, Usage
from ..origin import TOOL_INDEX, Origin
from .sums import added

AnswerKey: TypeAlias = tuple[int, int | None]

"""The turn and the attempt of an answer, as ``Origin.answer``."""

Turn: TypeAlias = tuple[tuple[str, ...], AnswerKey]

"""The path and the answer of a turn, of the conversation or of a stream inside of a tool."""

_ENDED: Turn = (("",), (0, None))  # stands for the calls of all tools that have ended

_NO_ANSWER = (-1, None)  # stands for what came before the first turn


class TurnUsages:
    """The last usage of each turn, and of each turn of the calls that tools make.

    >>> usages = TurnUsages()
    >>> usages.put(Usage(7, 2), (), (0, None))
    >>> usages.total(Usage(9, 1))
    Usage(input_tokens=16, output_tokens=3)
    """

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[Turn, Usage] = {}

    def copy(self) -> TurnUsages:
        """Return usages of the same turns that others may be added to."""
        other = TurnUsages()
        other._found = dict(self._found)
        return other

    def put(self, usage: Usage, path: tuple[str, ...], answer: AnswerKey | None) -> None:
        """Set the usage of a turn.

        Args:
            usage: The usage of the turn so far.
            path: The tool calls inside of which the turn is; empty for the conversation's own.
            answer: The turn and the attempt; None before the first turn.
        """
        self._found[path, answer or _NO_ANSWER] = usage

    def end_call(self, path: tuple[str, ...]) -> None:
        """Set apart what a tool call has used, whose result has come: another turn may have a call of the same id.

        Args:
            path: The path of the call.
        """
        for key in [each for each in self._found if each[0][: len(path)] == path]:
            self._found[_ENDED] = added(self._found.get(_ENDED), self._found.pop(key)) or Usage()

    def total(self, usage: Usage | None) -> Usage | None:
        """Return the sum of all turns and of another usage."""
        return reduce(added, self._found.values(), usage)

    def of_turn(self, turn: int) -> Usage | None:
        """Return the usage of one of the conversation's own turns, with all its attempts."""
        own = [each for (path, answer), each in self._found.items() if not path and answer[0] == turn]
        return reduce(added, own) if own else None

    def chunks(self) -> list[Chunk]:
        """Return chunks that have these usages and nothing else."""
        return [
            Chunk(usage=usage, index=TOOL_INDEX if path else 0).with_origin(origin_of(answer, path))
            for (path, answer), usage in self._found.items()
        ]


def origin_of(answer: AnswerKey, path: tuple[str, ...] = ()) -> Origin:
    """Return the origin of an answer."""
    return Origin(answer[0], path, attempt=answer[1])
