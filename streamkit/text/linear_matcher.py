"""LinearMatcher: finds the shortest prefix in which a pattern matches in one pass, however the text is cut."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .automaton import Automaton, Move, State
from .compiled import SECONDS, SLICE, CompiledPattern, TextMatch, compiled, too_long, too_slow
from .window import CONTEXT, TextWindow

if TYPE_CHECKING:
    import regex


class LinearSearch:
    """What the matchers of one pattern share.

    Args:
        found: The pattern.
        automaton: Automaton of its program, for matches from every start.
        most: Most characters of a match.
    """

    def __init__(self, found: CompiledPattern, automaton: Automaton, most: int) -> None:
        self.automaton = automaton
        self.most = most
        self.pattern = found.pattern
        self._found = found
        self._compiled: regex.Pattern[str] | None = None

    def match(self, window: TextWindow, start: int, end: int, prefix: int) -> TextMatch:
        """Return a match that the automaton has found, with its groups.

        Raises:
            LimitExceeded: To find the groups takes too long.
        """
        if not self._found.groups and not self.automaton.program.looks_at_end:
            return TextMatch(window.slice(start, end), start)
        if self._compiled is None:
            self._compiled = compiled(self._found)
        at, text = window.around(max(0, start - CONTEXT))
        try:
            match = self._compiled.match(text, start - at, prefix - at, timeout=SECONDS)
        except TimeoutError:
            raise too_slow(self.pattern) from None
        if match is None:
            return TextMatch(window.slice(start, end), start)
        return TextMatch(match.group(), start, match.groups(), match.groupdict())


class LinearMatcher:
    """Searches with an automaton; each character is looked at once.

    Args:
        search: The pattern and its automaton.
        hold: True if text that may begin a match is buffered, and the match itself never released.
    """

    def __init__(self, search: LinearSearch, hold: bool) -> None:
        self.found: TextMatch | None = None
        self._search = search
        self._automaton = search.automaton
        self._most = search.most
        self._hold = hold
        self._window = TextWindow()
        self._state = self._automaton.start
        self._starts: list[int] = []  # position at which the match of each slot begins
        self._released = 0  # position
        self._match: tuple[int, int] | None = None

    def feed(self, fragment: str) -> tuple[str, bool]:
        """Take the next fragment; return the text that is released, and whether the match is complete."""
        window = self._window
        at = window.end
        window.append(fragment)
        self._automaton.begin()
        end = window.end
        deadline = time.thread_time() + SECONDS if len(fragment) > SLICE else 0
        while at < end:
            if deadline and time.thread_time() > deadline:
                raise too_long(self._search.pattern, len(fragment))
            # No match that goes on can be longer before this position.
            stop = min(end, at + SLICE, (self._starts[0] if self._starts else at) + self._most)
            at = self._run(at, stop)
            if self._match is not None:
                self.found = self._search.match(window, *self._match, at)
                return self._release(self._match[0] if self._hold else at), True
            if self._starts and at - self._starts[0] >= self._most:
                self._state, self._starts = self._automaton.start, []
        waits = self._starts[0] if self._starts else end
        released = self._release(waits if self._hold else end)
        window.forget(min(waits, self._released) - CONTEXT)
        return released, False

    def _run(self, at: int, stop: int) -> int:
        """Run up to a position or a match; return the position that is reached."""
        automaton, base, text = self._automaton, self._window.base, self._window.text
        classes, begins = automaton.classes, automaton.program.begins
        state, starts = self._state, self._starts
        while at < stop:
            if begins is not None and not state.threads:  # no match has begun: look for where one may
                at = begins.find(text, at - base, stop - base) + base
                if at == stop:
                    break
            if state.assertions:
                move = self._look(state, at)
            else:
                character = text[at - base]
                kind = classes.get(character) or automaton.classify(character)
                move = state.moves.get(kind) or automaton.move(state, kind, ())
            slots = move.slots
            if move.accepted is not None:
                self._match = (starts[move.accepted] if move.accepted >= 0 else at), at
                return at + 1
            if slots is not None:
                starts = [starts[slot] if slot >= 0 else at for slot in slots]
            state = move.state
            at += 1
            ends = self._end(state, at) if state.assertions else state.end
            if ends is not None:
                self._match = (starts[ends] if ends >= 0 else at), at
                return at
        self._state, self._starts = state, starts
        return at

    def _look(self, state: State, at: int) -> Move:
        """Find a move that hangs on assertions."""
        automaton, text, index = self._automaton, self._window.text, at - self._window.base
        if automaton.program.looks_at_end and text[index] == "\n":
            kind = automaton.classes.get("\n") or automaton.classify("\n")
            last = automaton.move(state, kind, automaton.holding(state, text, index, index + 1, last=True))
            ends = last.accepted
            if ends is None and (slot := self._end(last.state, at + 1)) is not None:
                ends = slot if last.slots is None or slot < 0 else last.slots[slot]
            if ends is not None:  # this newline, if it is the last character, completes a match
                return Move(last.state, None, ends)
        return automaton.look(state, text, index)

    def _end(self, state: State, at: int) -> int | None:
        """Find the match that ends at a position, as if the text did."""
        if not state.assertions:
            return state.end
        index = at - self._window.base
        return self._automaton.end(state, self._automaton.holding(state, self._window.text, index, index))

    def flush(self) -> str:
        """Return the text that is still buffered."""
        return self._release(self._window.end)

    def _release(self, end: int) -> str:
        released = self._window.slice(self._released, end) if end > self._released else ""
        self._released = max(self._released, end)
        return released
