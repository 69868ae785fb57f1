"""What a request has that the nearest recorded one has not, and the other way round, as lines for the eye."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

_WIDTH = 160  # characters of a line that are shown

_BEFORE = 40  # characters that are shown before the first that differs

_MOST = 40  # lines that are shown


def nearest(requests: Sequence[Sequence[str]], recorded: Sequence[Sequence[str]]) -> int:
    """Return the index of the recorded request that shares most lines with a request; of equals the first.

    Args:
        requests: The lines of the request, in the form of each recorded one.
        recorded: The lines of each recorded request, of which there is one or more.
    """
    differing = [len(set(own) ^ set(each)) for own, each in zip(requests, recorded, strict=True)]
    return differing.index(min(differing))


def difference(lines: Sequence[str], recorded: Sequence[str]) -> str:
    """Return the lines that differ: after ``-`` what was recorded, after ``+`` what the request has.

    >>> print(difference(["POST /v1", 'model: "b"', "stream: true"], ["POST /v1", 'model: "a"', "stream: true"]))
    - model: "a"
    + model: "b"
    """
    shown = list(_changes(recorded, lines))
    if len(shown) > _MOST:
        shown[_MOST:] = [f"  … and {len(shown) - _MOST} lines more"]
    return "\n".join(shown)


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for kind, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if kind == "equal":
            continue
        before, after = old[old_from:old_to], new[new_from:new_to]
        pairs = list(zip(before, after, strict=False))
        for each, other in pairs:
            at = _first_difference(each, other)
            yield f"- {_cut(each, at)}"
            yield f"+ {_cut(other, at)}"
        yield from (f"- {_cut(each, 0)}" for each in before[len(pairs) :])
        yield from (f"+ {_cut(each, 0)}" for each in after[len(pairs) :])


def _first_difference(one: str, other: str) -> int:
    at = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        at += 1
    return at


def _cut(line: str, at: int) -> str:
    """Return the part of a long line that is around a position, with the name of the field."""
    if len(line) <= _WIDTH:
        return line
    field, colon, _ = line.partition(": ")
    begin = max(0, min(at - _BEFORE, len(line) - _WIDTH))
    head = "" if begin <= len(field) + len(colon) else f"{field}{colon}…"
    begin = begin if head else 0
    part = line[begin : begin + _WIDTH]
    return f"{head}{part}{'…' if begin + _WIDTH < len(line) else ''}"
