"""Programs of patterns: a pattern of ``re`` as steps that an automaton runs once over a text, without backtracking."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from .._compat.private import parse_pattern
from .beginnings import ACCEPT, Beginnings, Graph, beginnings

Node: TypeAlias = "tuple[str, Any]"

Repeat: TypeAlias = "tuple[int, int | str, list[Node]]"

Closure: TypeAlias = "tuple[tuple[frozenset[int], int], ...]"

_MOST_STEPS = 2_000
_MOST_WAYS = 200_000  # from all targets to the next steps

_CHARACTERS = frozenset(["LITERAL", "NOT_LITERAL", "IN", "ANY"])

_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}

_POSITIONS = {
    "AT_BEGINNING": "^",
    "AT_BEGINNING_STRING": r"\A",
    "AT_BOUNDARY": r"\b",
    "AT_NON_BOUNDARY": r"\B",
    "AT_END_STRING": r"\Z",
}

_REPEATS = {"MAX_REPEAT": "", "MIN_REPEAT": "?", "POSSESSIVE_REPEAT": "+"}


class UnsupportedPattern(Exception):
    """A pattern has a part that needs more than one pass, or too many steps."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A condition on a position in the text, which looks at what stands before it and at one character behind it.

    Args:
        holds: Match function of a pattern without width, for a position behind which more text stands.
        holds_last: The same for a position before the last newline of the text.
        is_local: True if it looks at one character before the position at most.
    """

    holds: Callable[..., object]
    holds_last: Callable[..., object]
    is_local: bool = False


@dataclass(slots=True)
class Program:
    """A pattern as steps, each of which takes one character.

    Args:
        start: Target at which a match begins.
        tests: Match functions of single characters.
        steps: Number of the test and the next target, for each step.
        closures: For each target the steps that may take the next character, each with the assertions that must hold,
            in the order in which backtracking would try them.
        assertions: The assertions, by number.
        shortest: Length of the shortest match, in characters.
        longest: Length of the longest match, in characters; infinity for an open pattern.
        ordered: False if backtracking may prefer another match than the order of the steps says.
        looks_at_end: True if an assertion tells a newline at the end of the text from others.
        begins: The places where a match may begin; None if it may begin with no character.
        source: The pattern, as its user wrote it.
    """

    start: int
    tests: list[Callable[..., object]]
    steps: list[tuple[int, int]]
    closures: list[Closure]
    assertions: list[Assertion]
    shortest: float
    longest: float
    ordered: bool
    looks_at_end: bool
    begins: Beginnings | None
    source: str = ""


def make_program(pattern: str, flags: int = 0, *, relaxed: bool = False) -> Program:
    """Make the program of a pattern.

    Args:
        pattern: Pattern in the syntax of ``re``.
        flags: Flags of ``re``.
        relaxed: True to leave out what needs more than one pass, so that the program accepts at least what the
            pattern matches.

    Raises:
        UnsupportedPattern: The pattern needs more than one pass or too many steps, or is not in that syntax.
    """
    try:
        nodes, all_flags = parse_pattern(pattern, flags)
        program = _Builder(relaxed).program(nodes, all_flags)
    except (re.error, ImportError, AttributeError, RecursionError) as error:
        raise UnsupportedPattern(str(error)) from error
    program.source = pattern
    return program


class _Builder:
    """Builds a program from its end to its start, so that the target behind each part is known."""

    def __init__(self, relaxed: bool) -> None:
        self._relaxed = relaxed
        self._tests: dict[str, int] = {}
        self._steps: list[tuple[int, int]] = []
        self._targets: list[tuple[str, Any]] = [("accept", None)]
        self._assertions: dict[tuple[str, str], int] = {}
        self._local: set[tuple[str, str]] = set()
        self._ordered = True

    def program(self, nodes: list[Node], flags: int) -> Program:
        import regex

        start = self._sequence(nodes, flags, 0)
        closures = self._closures()
        shortest, longest = widths(nodes)
        tests = list(self._tests)
        match_of = {each: regex.compile(each).match for pair in self._assertions for each in pair}
        return Program(
            start,
            [regex.compile(test).match for test in tests],
            self._steps,
            closures,
            [Assertion(match_of[texts[0]], match_of[texts[1]], texts in self._local) for texts in self._assertions],
            shortest,
            math.inf if self._relaxed else longest,
            self._ordered,
            any(usual != last for usual, last in self._assertions),
            beginnings(Graph(start, tests, self._steps, closures, [usual for usual, _ in self._assertions])),
        )

    def _sequence(self, nodes: list[Node], flags: int, then: int) -> int:
        for node in reversed(nodes):
            then = self._node(node, flags, then)
        return then

    def _node(self, node: Node, flags: int, then: int) -> int:
        name, value = node
        if name in _CHARACTERS:
            return self._character(render([node], flags), then)
        if name == "BRANCH":
            return self._target("split", [self._sequence(each, flags, then) for each in value[1]])
        if name == "SUBPATTERN":
            _, added, removed, body = value
            return self._sequence(body, (flags | added) & ~removed, then)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            return self._repeat(value, flags, then, lazy=name == "MIN_REPEAT")
        if name in ("AT", "ASSERT", "ASSERT_NOT"):
            return self._assertion(node, flags, then)
        if self._relaxed:
            return self._relaxed_node(name, value, flags, then)
        raise UnsupportedPattern(name)

    def _relaxed_node(self, name: str, value: Any, flags: int, then: int) -> int:
        if name == "ATOMIC_GROUP":
            return self._sequence(value, flags, then)
        if name == "POSSESSIVE_REPEAT":
            return self._repeat(value, flags, then, lazy=False)
        if name == "GROUPREF_EXISTS":
            branches: list[list[Node]] = [each or [] for each in value[1:]]
            return self._target("split", [self._sequence(each, flags, then) for each in branches])
        if name == "FAILURE":
            return then
        return self._repeat((0, "MAXREPEAT", [("ANY", None)]), flags | re.DOTALL, then, lazy=False)

    def _character(self, test: str, then: int) -> int:
        if len(self._steps) >= _MOST_STEPS:
            raise UnsupportedPattern(f"more than {_MOST_STEPS} steps")
        self._steps.append((self._tests.setdefault(test, len(self._tests)), then))
        return self._target("step", len(self._steps) - 1)

    def _target(self, kind: str, value: Any) -> int:
        if len(self._targets) >= 4 * _MOST_STEPS:
            raise UnsupportedPattern(f"more than {_MOST_STEPS} steps")
        self._targets.append((kind, value))
        return len(self._targets) - 1

    def _repeat(self, value: Repeat, flags: int, then: int, *, lazy: bool) -> int:
        least, most, body = value
        if widths(body)[0] == 0 and most != 1:
            self._ordered = False  # the engines differ in when they leave a loop that takes no character
        at = then
        if most == "MAXREPEAT":
            at = self._target("split", [])
            inner = self._sequence(body, flags, at)
            self._targets[at] = ("split", [then, inner] if lazy else [inner, then])
        else:
            for _ in range(int(most) - least):
                inner = self._sequence(body, flags, at)
                at = self._target("split", [then, inner] if lazy else [inner, then])
        for _ in range(least):
            at = self._sequence(body, flags, at)
        return at

    def _assertion(self, node: Node, flags: int, then: int) -> int:
        if self._relaxed:
            return then
        check_assertion(node)
        texts = render([node], flags, end=r"\Z"), render([node], flags)
        if _is_local(node):
            self._local.add(texts)
        return self._target("assert", (self._assertions.setdefault(texts, len(self._assertions)), then))

    def _closures(self) -> list[Closure]:
        found: list[Closure] = []
        ways = 0
        for target in range(len(self._targets)):
            found.append(self._closure(target))
            ways += len(found[-1])
            if ways > _MOST_WAYS:  # such as those of a long row of parts that may be absent
                raise UnsupportedPattern(f"more than {_MOST_WAYS} ways between its steps")
        return found

    def _closure(self, target: int) -> Closure:
        """Find the steps that follow a target, in order of preference."""
        found: dict[tuple[frozenset[int], int], None] = {}
        stack: list[tuple[int, frozenset[int]]] = [(target, frozenset())]
        seen: set[tuple[int, frozenset[int]]] = set()
        while stack:
            at, needed = pair = stack.pop()
            if pair in seen:
                continue
            seen.add(pair)
            kind, value = self._targets[at]
            if kind == "split":
                stack += [(each, needed) for each in reversed(value)]
            elif kind == "assert":
                stack.append((value[1], needed | {value[0]}))
            else:
                found[needed, ACCEPT if kind == "accept" else value] = None
        return tuple(found)


def widths(nodes: list[Node]) -> tuple[float, float]:
    """Return the lengths of the shortest and the longest text that a part of a pattern matches."""
    low = high = 0.0
    for name, value in nodes:
        least, most = _width(name, value)
        low, high = low + least, high + most
    return low, high


def _width(name: str, value: Any) -> tuple[float, float]:
    if name in _CHARACTERS:
        return 1, 1
    if name in ("BRANCH", "GROUPREF_EXISTS"):
        each = [widths(body or []) for body in (value[1] if name == "BRANCH" else value[1:])]
        return min(low for low, _ in each), max(high for _, high in each)
    if name in ("SUBPATTERN", "ATOMIC_GROUP"):
        return widths(value[-1] if name == "SUBPATTERN" else value)
    if name in _REPEATS:
        least, most, body = value
        low, high = widths(body)
        return low * least, 0 if not high else high * (math.inf if most == "MAXREPEAT" else most)
    return 0, math.inf if name.startswith("GROUPREF") else 0


def check_assertion(node: Node) -> None:
    """Check that an assertion can be decided at its position.

    Raises:
        UnsupportedPattern: The assertion looks at more than one character behind its position.
    """
    name, value = node
    if name == "AT":
        return
    direction, body = value
    if direction > 0 and not _looks_one_ahead(body):
        raise UnsupportedPattern("a lookahead over more than one character")
    if direction < 0 and any(part[0].startswith(("ASSERT", "GROUPREF")) or part[1] == "AT_END" for part in _all(body)):
        raise UnsupportedPattern("a lookbehind that looks ahead")


def _is_local(node: Node) -> bool:
    """Whether an assertion looks at one character before its position at most."""
    name, value = node
    if name == "AT" or value[0] > 0:
        return True
    return widths(value[1])[1] <= 1 and not any(part[0] == "AT" for part in _all(value[1]))


def _looks_one_ahead(nodes: list[Node]) -> bool:
    if len(nodes) > 1:
        return False
    for name, value in nodes:
        if name == "BRANCH":
            return all(map(_looks_one_ahead, value[1]))
        if name == "SUBPATTERN":
            return _looks_one_ahead(value[-1])
        return name in _CHARACTERS or name == "AT"
    return True


def _all(value: Any) -> Iterator[Node]:
    """Find each part of a pattern, at any depth."""
    if not isinstance(value, list | tuple):
        return
    parts = cast("tuple[Any, ...]", value)
    if isinstance(value, tuple) and len(parts) == 2 and isinstance(parts[0], str):
        yield cast("Node", parts)
    for each in parts:
        yield from _all(each)


def render(nodes: list[Node], flags: int, *, end: str = "$") -> str:
    """Write a part of a pattern as text again.

    Args:
        nodes: The parts.
        flags: Flags of ``re`` that hold for them.
        end: Text for the assertion ``$``, where it means the end of the whole text.
    """
    return "".join(_render(name, value, flags, end) for name, value in nodes)


def _render(name: str, value: Any, flags: int, end: str) -> str:
    scope = "".join(
        letter for letter, flag in (("i", re.I), ("s", re.S), ("m", re.M), ("a", re.A)) if flags & flag.value
    )
    opening = f"(?{scope}:" if scope else "(?:"
    if name in _CHARACTERS:
        return f"{opening}{_render_character(name, value)})"
    if name == "AT":
        text = _POSITIONS.get(value, "$" if flags & re.M else end)
        return f"{opening}{text})"
    if name == "BRANCH":
        return f"(?:{'|'.join(render(each, flags, end=end) for each in value[1])})"
    if name == "SUBPATTERN":
        _, added, removed, body = value
        return f"(?:{render(body, (flags | added) & ~removed, end=end)})"
    if name in _REPEATS:
        least, most, body = value
        most = "" if most == "MAXREPEAT" else most
        return f"(?:{render(body, flags, end=end)}){{{least},{most}}}{_REPEATS[name]}"
    if name in ("ASSERT", "ASSERT_NOT"):
        direction, body = value
        sign = ("<" if direction < 0 else "") + ("=" if name == "ASSERT" else "!")
        return f"(?{sign}{render(body, flags, end=end)})"
    raise UnsupportedPattern(name)


def _render_character(name: str, value: Any) -> str:
    if name == "ANY":
        return "."
    if name == "IN":
        return f"[{''.join(map(_render_item, value))}]"
    return _escaped(value) if name == "LITERAL" else f"[^{_escaped(value)}]"


def _render_item(item: Node) -> str:
    name, value = item
    if name == "NEGATE":
        return "^"
    if name == "LITERAL":
        return _escaped(value)
    if name == "RANGE":
        return f"{_escaped(value[0])}-{_escaped(value[1])}"
    _, negated, category = value.rpartition("_NOT_") if "_NOT_" in value else ("", "", value.removeprefix("CATEGORY_"))
    text = _CATEGORIES[category]
    return text.upper() if negated else text


def _escaped(code: int) -> str:
    return f"\\U{code:08x}"
