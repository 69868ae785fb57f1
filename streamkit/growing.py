"""Strings, lists and dicts that grow, and are shown again and again, without copying all of them each time.

What is shown is an ordinary string, list or dict, and never changes as long as anybody holds it. A copy that nobody
holds any more is extended by what has come since, and shown again. Somebody who looks at each value and lets it go
makes the work grow with the length of what is shown, and no faster; somebody who keeps every value has as many copies.
"""

from __future__ import annotations

import sys
from collections import deque
from typing import Any

_KEPT = 8  # copies that are kept to be extended

_NO_KEY = object()


def join_last(parts: list[Any], since: int) -> None:
    """Join the last fragments of a text, or of bytes, into one.

    Args:
        parts: The fragments.
        since: Position of the first fragment to join.

    >>> parts = ["Io, ", "Euro", "pa"]
    >>> join_last(parts, 1)
    >>> parts
    ['Io, ', 'Europa']
    """
    if len(parts) - since > 1:
        parts[since:] = [parts[since][:0].join(parts[since:])]


class GrowingString:
    """A string that grows.

    Two copies take turns: while somebody holds the last one, the one before can be extended where it is.

    Args:
        parts: Fragments so far; the list may be appended to from outside, and reading joins it.

    >>> text = GrowingString(["Euro"])
    >>> text.add("pa")
    >>> text.whole(), text.first(4)
    ('Europa', 'Euro')
    """

    __slots__ = ("_lag", "_older", "parts", "size")

    def __init__(self, parts: list[str] | None = None) -> None:
        self.parts: list[str] = [] if parts is None else parts
        self.size = 0
        """Number of characters that ``add`` has added."""
        self._older = ""
        self._lag = ""  # what the older copy lacks of the newest

    def add(self, fragment: str) -> None:
        """Append characters."""
        self.parts.append(fragment)
        self.size += len(fragment)

    def whole(self) -> str:
        """Return the string so far; fragments may be appended meanwhile by another thread."""
        parts = self.parts
        count = len(parts)
        if count > 1:
            newest, more = parts[0], "".join(parts[1:count])
            older, lag, self._older = self._older, self._lag, ""
            if len(older) + len(lag) != len(newest):  # the fragments were joined outside
                older, lag = "", newest
            older += lag  # in place, if this is the only reference
            older += more
            parts[:count] = [older]
            self._older, self._lag = newest, more
        return parts[0] if parts else ""

    def first(self, size: int) -> str:
        """Return the first characters of the string."""
        return self.whole()[:size]


class _Copy:
    """A copy that has been shown, and how many of the closed elements it has."""

    __slots__ = ("count", "key", "shown")

    def __init__(self, shown: Any, count: int) -> None:
        self.shown = shown
        self.count = count
        self.key: Any = _NO_KEY  # of the part that is still open, in a dict


def _references(copy: _Copy) -> int:
    return sys.getrefcount(copy.shown)


# So many references has a copy that nobody else holds; other Pythons do not count, and there every copy is made anew.
_UNHELD = _references(_Copy([], 0)) if sys.implementation.name == "cpython" else -1


class _Copies:
    """The copies that have been shown; the oldest first, since it is let go first."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: deque[_Copy] = deque()

    def unheld(self) -> _Copy | None:
        """Return the oldest copy if nobody holds it, or the next if somebody keeps the oldest."""
        kept = self._kept
        for at in range(min(2, len(kept))):
            if _references(kept[at]) == _UNHELD:
                return kept[at]
        return None

    def take(self) -> _Copy | None:
        """Remove a copy that nobody holds, to be extended; also one before it, which somebody keeps."""
        found = self.unheld()
        while found is not None and self._kept.popleft() is not found:
            pass
        return found

    def keep(self, copy: _Copy) -> None:
        """Keep the copy that is shown now."""
        if len(self._kept) == _KEPT:
            self._kept.popleft()
        self._kept.append(copy)


class GrowingList:
    """A list that grows; its last element may be shown while it is still open.

    >>> moons = GrowingList()
    >>> moons.append("Io")
    >>> moons.show(), moons.show("Euro")
    (['Io'], ['Io', 'Euro'])
    """

    __slots__ = ("_copies", "items")

    def __init__(self) -> None:
        self.items: list[Any] = []
        """The closed elements."""
        self._copies = _Copies()

    def append(self, item: Any) -> None:
        """Append a closed element."""
        self.items.append(item)

    def show(self, *part: Any) -> list[Any]:
        """Return a list of the closed elements, and of one that is open."""
        items, copy = self.items, self._copies.take()
        if copy is None or not _is_intact(copy, items):
            copy = _Copy([*items, *part], len(items))
        else:
            copy.shown[copy.count :] = *items[copy.count :], *part
            copy.count = len(items)
        self._copies.keep(copy)
        return copy.shown

    def release(self) -> None:
        """Let the open element of a copy that nobody holds go, so that the element's own copies can be extended."""
        copy = self._copies.unheld()
        if copy is not None:
            del copy.shown[copy.count :]


def _is_intact(copy: _Copy, items: list[Any]) -> bool:
    """Return whether a list looks as it was shown: a user may have sorted or cut what was not to be changed."""
    shown, count = copy.shown, copy.count
    if len(shown) - count not in (0, 1):
        return False
    return not count or (shown[0] is items[0] and shown[count - 1] is items[count - 1])


class GrowingDict:
    """A dict that grows; its last member may be shown while its value is still open.

    >>> radii = GrowingDict()
    >>> radii.put("Io", 1821)
    >>> radii.show(), radii.show(("Europa", 1))
    ({'Io': 1821}, {'Io': 1821, 'Europa': 1})
    """

    __slots__ = ("_copies", "_keys", "items")

    def __init__(self) -> None:
        self.items: dict[Any, Any] = {}
        """The closed members."""
        self._keys: list[Any] = []
        self._copies = _Copies()

    def put(self, key: Any, value: Any) -> None:
        """Add a closed member; a later one of the same key takes its place."""
        if key in self.items:
            self._copies = _Copies()
        else:
            self._keys.append(key)
        self.items[key] = value

    def show(self, part: tuple[Any, Any] | None = None) -> dict[Any, Any]:
        """Return a dict of the closed members, and of one that is open.

        Args:
            part: Key and value of the open member.
        """
        items = self.items
        if part is not None and part[0] in items:
            return {**items, part[0]: part[1]}
        copy = self._copies.take()
        if copy is None or len(copy.shown) - copy.count not in (0, 1):
            copy = _Copy(items.copy(), len(items))
        else:
            copy.shown.pop(copy.key, None)
            for key in self._keys[copy.count :]:
                copy.shown[key] = items[key]
            copy.count = len(items)
        copy.key = _NO_KEY
        if part is not None:
            copy.key, copy.shown[part[0]] = part[0], part[1]
        self._copies.keep(copy)
        return copy.shown

    def release(self) -> None:
        """Let the open member of a copy that nobody holds go, so that the value's own copies can be extended."""
        copy = self._copies.unheld()
        if copy is not None:
            copy.shown.pop(copy.key, None)
