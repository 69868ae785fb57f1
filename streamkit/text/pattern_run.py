"""Runs of one pattern over a text, in one pass: the first match there is, or all matches that may be under way."""

from __future__ import annotations

from .automaton import Automaton, State


class FirstMatch:
    """Finds the match that a search of the whole text would find, as soon as no later character can change it.

    Args:
        automaton: Automaton of the pattern that finds the first match.
    """

    __slots__ = ("_automaton", "_starts", "_state", "at", "done", "found")

    def __init__(self, automaton: Automaton) -> None:
        self._automaton = automaton
        self.restart(0)

    def restart(self, at: int) -> None:
        """Search from a position on."""
        self.at = at
        """Position up to which the text has been read."""
        self.found: tuple[int, int] | None = None
        """Start and end of the match; while not ``done``, of one that may grow, or give way to an earlier one."""
        self.done = False
        """Whether ``found`` is certain."""
        self._state: State = self._automaton.start
        self._starts: list[int] = []

    @property
    def pending(self) -> int | None:
        """Position at which the first match that may be under way begins; None if there is none."""
        if self._starts:
            return self._starts[0]
        return self.found[0] if self.found else None

    def advance(self, text: str, base: int, stop: int) -> None:
        """Read up to a position, or to a certain match.

        Args:
            text: The text, with 256 characters or more before the position of this run.
            base: Position of the first character of the text.
            stop: Position behind the last character to read.
        """
        if self.done:
            return
        automaton = self._automaton
        classes, begins, idle = automaton.classes, automaton.program.begins, automaton.start
        state, starts, at, look = self._state, self._starts, self.at, automaton.look
        while at < stop:
            if begins is not None and state is idle:  # no match has begun: look for where one may
                at = begins.find(text, at - base, stop - base) + base
                if at == stop:
                    break
            if state.assertions:
                index = at - base
                move = (state.pairs.get(text[index - 1 : index + 1]) if index else None) or look(state, text, index)
            else:
                character = text[at - base]
                kind = classes.get(character) or automaton.classify(character)
                move = state.moves.get(kind) or automaton.move(state, kind, ())
            if move.accepted is not None:
                self.found = (starts[move.accepted] if move.accepted >= 0 else at), at
            if move.slots is not None:
                starts = [starts[slot] if slot >= 0 else at for slot in move.slots]
            state = move.state
            at += 1
            if state.final:
                self._settle(state, starts, at)
                break
        self._state, self._starts, self.at = state, starts, at

    def _settle(self, state: State, starts: list[int], at: int) -> None:
        """Note a match that nothing can change any more."""
        if state.settled is not None:
            self.found = starts[state.settled], at
        self.done = True

    def finish(self, text: str, base: int) -> None:
        """Read the end of the text: what may still be a match is one, or is none."""
        end = base + len(text)
        if self.at < end:  # a newline that was left, since it is the last character
            self._take_last_newline(text, base)
        if self.done:
            return
        automaton, state = self._automaton, self._state
        slot = automaton.end(state, automaton.holding(state, text, len(text), len(text)))
        if slot is not None:
            self.found = (self._starts[slot] if slot >= 0 else end), end
        self.done = self.found is not None
        self._state, self._starts = automaton.start, []

    def _take_last_newline(self, text: str, base: int) -> None:
        automaton, state, index = self._automaton, self._state, self.at - base
        kind = automaton.classify(text[index])
        move = automaton.move(state, kind, automaton.holding(state, text, index, index + 1, last=True))
        if move.accepted is not None:
            self.found = (self._starts[move.accepted] if move.accepted >= 0 else self.at), self.at
        if move.slots is not None:
            self._starts = [self._starts[slot] if slot >= 0 else self.at for slot in move.slots]
        self._state = move.state
        self.at += 1
        if self._state.final:
            self._settle(self._state, self._starts, self.at)


class Unfinished:
    """Follows every match that may be under way, and knows where the longest one has begun.

    Args:
        automaton: Automaton of the pattern that follows the matches from every start; None for a pattern without a
            program: a match of it is under way for ever.
        start: Position from which the text is read.
    """

    __slots__ = ("_automaton", "_starts", "_state")

    def __init__(self, automaton: Automaton | None, start: int) -> None:
        self._automaton = automaton
        self._starts: list[int] = [start] if automaton is None else []
        self._state = None if automaton is None else automaton.start

    @property
    def pending(self) -> int | None:
        """Position at which the first match that may be under way begins; None if there is none."""
        return self._starts[0] if self._starts else None

    def step(self, text: str, base: int, at: int) -> None:
        """Read the character at a position."""
        automaton, state = self._automaton, self._state
        if automaton is None or state is None:
            return
        if state.assertions:
            move = automaton.look(state, text, at - base)
        else:
            character = text[at - base]
            move = automaton.move(state, automaton.classes.get(character) or automaton.classify(character), ())
        if move.slots is not None:
            self._starts = [self._starts[slot] if slot >= 0 else at for slot in move.slots]
        self._state = move.state
