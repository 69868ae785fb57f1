"""Mirascope's public names and what each is in `streamkit.mirascope`; the table of docs/ is made of this."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from types import GenericAlias, UnionType
from typing import Any, NamedTuple, cast

from streamkit.mirascope.core.base import Call

NAMES = Path(__file__).with_name("names.txt")
"""The names of version 1.25.7: of each module or class those that its users may write."""


class Group(NamedTuple):
    """The names of one module or class, sorted by what they are here."""

    owner: str
    same: list[str]
    aliases: list[str]
    absent: list[str]


def groups() -> Iterator[Group]:
    """Compare every module and class of Mirascope with what has its name here."""
    for line in NAMES.read_text(encoding="utf-8").splitlines():
        owner, _, names = line.partition(": ")
        group = Group(owner, [], [], [])
        found = _find(owner.replace("mirascope", "streamkit.mirascope", 1))
        for name in names.split():
            value = _value(found, name)
            target = _target(name, value)
            kind = group.absent if value is _MISSING else group.same if target is None else group.aliases
            kind.append(name if target is None else f"{name} ({target})")
        yield group


_MISSING = object()


def _find(path: str) -> Any:
    """Return a module, or a class in one; None if there is none."""
    parts = path.split(".")
    for end in range(len(parts), 1, -1):
        try:
            module = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        return reduce(lambda owner, name: getattr(owner, name, None), parts[end:], module)
    return None


def _value(owner: Any, name: str) -> Any:
    """Return what a module or class has under a name; fields of models and structs count."""
    fields: dict[str, Any] = (getattr(owner, "model_fields", None) or {}) if isinstance(owner, type) else {}
    return fields[name] if name in fields else cast("Any", getattr(owner, name, _MISSING))


def _target(name: str, value: Any) -> str | None:
    """Return the name of the object that a name stands for, if it is another one."""
    if isinstance(value, Call):
        return None if name == "call" else "call"
    if isinstance(value, UnionType):
        return None if name == "BaseDynamicConfig" else "BaseDynamicConfig"
    if not isinstance(value, (type, GenericAlias)):
        return None
    return None if value.__name__ == name else value.__name__


def table() -> list[str]:
    """Write the table: one row for each module and class."""
    lines = ["| in Mirascope | the same | an alias | absent |", "|---|---|---|---|"]
    for owner, *kinds in groups():
        cells = [", ".join(f"`{name}`" for name in kind) or "none" for kind in kinds]
        lines.append(f"| `{owner}` | {' | '.join(cells)} |")
    return lines
