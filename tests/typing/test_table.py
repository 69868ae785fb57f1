"""The types that a user sees, at every public door: each snippet as mypy and pyright in strict mode reveal it.

A line that ends in ``# type: T`` is an expression whose type both checkers reveal as ``T``; ``# type: T | mypy: U``
names what mypy says where the two differ. All snippets are one run of each checker.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import streamkit as sk
from tests.packages import missing

SNIPPETS = Path(__file__).parent / "snippets"

_ROOT = str(Path(sk.__file__).parent.parent)

_EXPECTED = re.compile(r"^(\s*)(.+?)  # type: (.+?)(?: \| mypy: (.+))?$")

_OPTIONS = {"mypy": ["--strict", "--no-error-summary", "."], "pyright": ["--pythonpath", sys.executable]}

_REVEALED = {
    "mypy": re.compile(r'^(\S+?):(\d+): note: Revealed type is "(.+)"$', re.MULTILINE),
    "pyright": re.compile(r'^\s*(\S+?):(\d+):\d+ - information: Type of ".+" is "(.+)"$', re.MULTILINE),
}


def expected(checker: str, text: str) -> dict[int, str]:
    """Return the types that a checker has to reveal, by line."""
    found: dict[int, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if row := _EXPECTED.match(line):
            found[number] = row[4] if checker == "mypy" and row[4] else row[3]
    return found


def as_program(text: str) -> str:
    """Return a snippet whose expressions are wrapped in ``reveal_type``."""
    return "\n".join(_EXPECTED.sub(r"\1reveal_type(\2)", line) for line in text.splitlines()) + "\n"


def plain(found: str) -> str:
    """Return a revealed type without modules, quotes, and the order of a union."""
    found = re.sub(r"\b[a-z_][\w]*(?:\.[A-Za-z_]\w*)*\.(?=[A-Za-z_])", "", found.replace("builtins.", ""))
    found = re.sub(r"Literal\[([^\]]*)\]", lambda each: each[1].replace(", ", " | "), found)
    return " | ".join(sorted(_members(found)))


def _members(union: str) -> list[str]:
    """Split a union at its top, and sort the unions inside."""
    parts: list[str] = []
    depth = start = 0
    for at, char in enumerate(union):
        depth += (char in "[(") - (char in "])")
        if depth == 0 and union[at : at + 3] == " | ":
            parts.append(union[start:at])
            start = at + 3
    parts.append(union[start:])
    return [_sorted_inside(part) for part in parts]


def _sorted_inside(part: str) -> str:
    name, bracket, inside = part.partition("[")
    if not bracket or not inside.endswith("]"):
        return part
    arguments: list[str] = []
    depth = start = 0
    for at, char in enumerate(inside[:-1]):
        depth += (char in "[(") - (char in "])")
        if depth == 0 and char == ",":
            arguments.append(inside[start:at])
            start = at + 1
    arguments.append(inside[start:-1])
    return f"{name}[{', '.join(' | '.join(sorted(_members(each.strip()))) for each in arguments)}]"


@pytest.mark.checkers
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_both_checkers_reveal_the_types_of_the_table(checker: str, tmp_path: Path) -> None:
    if reason := missing(checker):
        pytest.skip(reason)
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SNIPPETS.glob("*.txt"))}
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(as_program(text), encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(
        f"[mypy]\nmypy_path = {_ROOT}\ncache_dir = {_ROOT}/.mypy_cache\nfollow_imports = silent\n"
    )
    (tmp_path / "pyrightconfig.json").write_text(
        f'{{"extraPaths": ["{_ROOT}"], "typeCheckingMode": "strict", "include": ["*.py"]}}'
    )
    ran = subprocess.run(
        [sys.executable, "-m", checker, *_OPTIONS[checker]], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    errors = [line for line in ran.stdout.splitlines() if "error:" in line or " - error" in line]
    revealed = {(Path(file).stem, int(line)): found for file, line, found in _REVEALED[checker].findall(ran.stdout)}
    wrong = [
        f"{name}.txt:{line}: {plain(revealed.get((name, line), 'nothing'))}, and not {plain(right)}"
        for name, text in texts.items()
        for line, right in expected(checker, text).items()
        if plain(revealed.get((name, line), "nothing")) != plain(right)
    ]
    assert not errors + wrong, "\n".join(errors + wrong) + ran.stderr
    assert sum(len(expected(checker, text)) for text in texts.values()) > 90


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("streamkit.chunk.Chunk[Any, builtins.str]", "Chunk[Any, str]"),
        ("Union_ | None", "None | Union_"),
        ("a.Flow[a.Partial[m.Book] | m.Book, m.Book]", "Flow[Book | Partial[Book], Book]"),
    ],
)
def test_types_are_compared_without_modules_and_order(one: str, other: str) -> None:
    assert plain(one) == plain(other)
