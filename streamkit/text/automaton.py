"""Automata: run the program of a pattern over a text, one table look-up a character; states are made when first met."""

from __future__ import annotations

import time
from typing import TypeAlias

from .beginnings import ACCEPT
from .compiled import SECONDS, too_slow
from .pattern_program import Program

_MOST_MOVES = 20_000  # of an automaton, before the tables are made anew
_MOST_THREADS = 200_000  # of all its states, about 80 bytes each
_LONGEST = SECONDS / 10  # of one move; more is a pause of the garbage collector
_MOST_CHARACTERS = 20_000
_MOST_PAIRS = 20_000  # of characters, in all states

_NEW = -1  # the slot of a match that begins at this character

_MISSING = object()

Holding: TypeAlias = "tuple[int, ...]"


class Move:
    """What one character does to a state.

    Args:
        state: The next state.
        slots: For each slot of the next state the slot that it takes over; None if all stay the same.
        accepted: Slot of the match that ended before the character; None if none did.
    """

    __slots__ = ("accepted", "slots", "state")

    def __init__(self, state: State, slots: tuple[int, ...] | None, accepted: int | None) -> None:
        self.state = state
        self.slots = slots
        self.accepted = accepted


class State:
    """The matches that have begun, in order of preference, as pairs of a target and the slot of their start."""

    __slots__ = ("assertions", "end", "ends", "final", "moves", "near", "pairs", "seeking", "settled", "threads")

    def __init__(self, automaton: Automaton, threads: tuple[tuple[int, int], ...], seeking: bool) -> None:
        program = automaton.program
        self.threads = threads
        self.seeking = seeking
        """Whether another match may begin."""
        self.moves: dict[object, Move] = {}
        self.pairs: dict[str, Move] = {}
        """The moves by the character before and the character, if no assertion of this state looks at more."""
        self.ends: dict[Holding, int | None] = {}
        self.end: int | None = None
        """Slot of the match that ends here, if nothing follows and no assertion is asked."""
        closures = [program.closures[target] for target, _ in threads]
        if seeking:
            closures.append(program.closures[program.start])
        self.assertions = tuple(sorted({each for closure in closures for needed, _ in closure for each in needed}))
        """Numbers of the assertions on which a move hangs."""
        self.near = all(program.assertions[each].is_local for each in self.assertions)
        settled = bool(threads) and closures[0][:1] == ((frozenset(), ACCEPT),)
        self.settled = threads[0][1] if settled else None
        """Slot of a match that has just ended, whatever follows; None if there is none."""
        self.final = settled or not (threads or seeking)
        """Whether the search for the first match ends here."""


class Automaton:
    """The states of a program, shared by all its runs.

    Args:
        program: The program.
        first: True to find what backtracking would find: the leftmost match, and of those from one start the most
            preferred. False to follow the matches from every start.
    """

    __slots__ = (
        "_count",
        "_left",
        "_numbers",
        "_pairs",
        "_passed",
        "_states",
        "_threads",
        "classes",
        "first",
        "program",
        "start",
    )

    def __init__(self, program: Program, *, first: bool) -> None:
        self.program = program
        self.first = first
        self.classes: dict[str, int] = {}
        """The class of each character, from 1 on: characters of one class pass the same tests."""
        self._numbers: dict[frozenset[int], int] = {}
        self._passed: list[frozenset[int]] = [frozenset()]
        self._count = self._threads = self._pairs = 0
        self._left = SECONDS  # for states that are made in this fragment
        self._states: dict[object, State] = {}
        self.start = self._state((), True)

    def begin(self) -> None:
        """Begin a fragment: states of it may be made for 0.1 s."""
        self._left = SECONDS

    def _state(self, threads: tuple[tuple[int, int], ...], seeking: bool) -> State:
        key = threads, seeking
        found = self._states.get(key)
        if found is None:
            found = self._states[key] = State(self, threads, seeking)
            self._threads += len(threads)
            if not found.assertions:
                found.end = self._find_end(found, frozenset())
        return found

    def classify(self, character: str) -> int:
        """Find the class of a character that ``classes`` does not have yet."""
        if len(self.classes) > _MOST_CHARACTERS:
            self.classes.clear()
        passed = frozenset(number for number, test in enumerate(self.program.tests) if test(character))
        if passed not in self._numbers:
            self._passed.append(passed)
            self._numbers[passed] = len(self._passed) - 1
        self.classes[character] = self._numbers[passed]
        return self._numbers[passed]

    def holding(self, state: State, text: str, at: int, end: int, *, last: bool = False) -> Holding:
        """Find the assertions of a state that hold at an index.

        Args:
            state: The state.
            text: The text, with 256 characters or more before the index if there were as many.
            at: The index.
            end: Index behind the character that follows; the index itself if the text ends there.
            last: True if the text ends behind that character, and not only what has arrived of it.
        """
        assertions = self.program.assertions
        return tuple(
            number
            for number in state.assertions
            if (assertions[number].holds_last if last else assertions[number].holds)(text, at, end)
        )

    def move(self, state: State, character: int, holding: Holding) -> Move:
        """Find what a character of a class does to a state.

        Args:
            state: The state.
            character: Class of the character.
            holding: The assertions of the state that hold before the character.

        Raises:
            LimitExceeded: The text leads to so many states that making them takes too long for this fragment.
        """
        key = (character, holding) if state.assertions else character
        found = state.moves.get(key)
        if found is None:
            self._count += 1
            if self._count > _MOST_MOVES or self._threads > _MOST_THREADS:
                self._forget()
            started = time.thread_time()
            found = state.moves[key] = self._make_move(state, character, frozenset(holding))
            self._left -= min(time.thread_time() - started, _LONGEST)
            if self._left < 0:
                raise too_slow(self.program.source)
        return found

    def look(self, state: State, text: str, at: int) -> Move:
        """Find what the character at an index does to a state whose moves hang on assertions.

        Args:
            state: The state.
            text: The text, with 256 characters or more before the index if there were as many.
            at: Index of the character.

        Raises:
            LimitExceeded: As ``move`` raises it.
        """
        pair = text[at - 1 : at + 1] if at else text[:1]
        found = state.pairs.get(pair)
        if found is None:
            character = text[at]
            kind = self.classes.get(character) or self.classify(character)
            found = self.move(state, kind, self.holding(state, text, at, at + 1))
            if state.near:
                self._pairs += 1
                if self._pairs > _MOST_PAIRS:
                    self._forget()
                state.pairs[pair] = found
        return found

    def _forget(self) -> None:
        """Drop all states; runs keep the one in which they are."""
        for state in list(self._states.values()):  # a run on another thread may add some
            state.moves.clear()
            state.pairs.clear()
            state.ends.clear()
        self._count = self._threads = self._pairs = 0
        self._states.clear()
        self._states[(), True] = self.start

    def _make_move(self, state: State, character: int, holding: frozenset[int]) -> Move:
        program, seeking, passed = self.program, state.seeking, self._passed[character]
        accepted = closed = None
        stepped: set[int] = set()
        order: dict[int, int] = {}  # slots, by target
        threads = (*state.threads, (program.start, _NEW)) if seeking else state.threads
        for target, slot in threads:
            if slot == closed:
                continue  # the match from this start has ended, and was preferred
            for needed, step in program.closures[target]:
                if step in stepped or not needed <= holding:
                    continue
                if step == ACCEPT:
                    accepted = slot if accepted is None else accepted
                    closed = slot
                    break
                stepped.add(step)
                test, then = program.steps[step]
                if test in passed:
                    order.setdefault(then, slot)
            if closed is not None and self.first:
                seeking = False
                break
        return self._moved(state, order, seeking, accepted)

    def _moved(self, state: State, order: dict[int, int], seeking: bool, accepted: int | None) -> Move:
        slots: dict[int, int] = {}  # the new number of each slot that goes on
        for slot in order.values():
            slots.setdefault(slot, len(slots))
        threads = tuple((target, slots[slot]) for target, slot in order.items())
        before = len({slot for _, slot in state.threads})
        same = list(slots) == list(range(before))
        return Move(self._state(threads, seeking), None if same else tuple(slots), accepted)

    def end(self, state: State, holding: Holding) -> int | None:
        """Find the match that ends at the end of a text; return the slot of its start.

        Args:
            state: The state at the end.
            holding: The assertions of the state that hold there.
        """
        found = state.ends.get(holding, _MISSING)
        if found is _MISSING:
            found = state.ends[holding] = self._find_end(state, frozenset(holding))
        return found  # pyright: ignore[reportReturnType]

    def _find_end(self, state: State, holding: frozenset[int]) -> int | None:
        threads = (*state.threads, (self.program.start, _NEW)) if state.seeking else state.threads
        for target, slot in threads:
            if any(step == ACCEPT and needed <= holding for needed, step in self.program.closures[target]):
                return slot
        return None
