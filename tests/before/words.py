"""Print the figures about words, lines and arrows of the source: ``python -m tests.before.words``.

It reads ``streamkit/**/*.py`` and the floors in ``pyproject.toml``, and imports nothing of streamkit, so it runs
unchanged on any state of the tree.

- A word of an identifier: every name in the source (each time it stands there, keywords and texts left out), cut at
  ``_`` and at capitals.
- A summary hangs on "it": the first paragraph of a docstring has the word it, its or itself.
- A documented argument: a line ``name: text`` in an ``Args`` section of a docstring.
- An arrow: one file imports another, or a room another; imports inside functions and under TYPE_CHECKING count. A
  room is what stands right under ``streamkit/``.
- An arrow up: its room stands on no lower floor than its importer, as the contract of layers in ``pyproject.toml``
  draws them; rooms beside each other (``|``) may not import each other.
- A circle: files (or rooms) that import each other, directly or through others (strongly connected).
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "streamkit"
DIALECT = ("told", "tell", "piece", "place", "wanted", "asked", "met", "said", "crowd", "bare", "patience", "mine")
QUESTION = re.compile(r"(what|how|who|whom|whose|which|where|when|whether|why)\b", re.IGNORECASE)
IT = re.compile(r"\b(it|its|itself)\b", re.IGNORECASE)
Graph = Mapping[str, Iterable[str]]


def main() -> None:
    """Print every figure as one row."""
    files = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in files.items()}
    words = Counter(word for path in files.values() for word in words_of(path.read_text(encoding="utf-8")))
    row("told or tell in identifiers", words["told"] + words["tell"])
    row("  told alone", words["told"])
    row("  other words of the dialect", ", ".join(f"{word} {words[word]}" for word in DIALECT[2:]))
    summaries = [summary for tree in trees.values() for summary in summaries_of(tree)]
    hanging = [each for each in summaries if IT.search(each)]
    row("docstring summaries on it/its", f"{len(hanging)} of {len(summaries)}, {len(hanging) / len(summaries):.1%}")
    arguments = [text for tree in trees.values() for text in arguments_of(tree)]
    row("arguments that begin with a question word", f"{sum(map(asks, arguments))} of {len(arguments)}")
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in files.values()]
    row("lines of source, files", f"{sum(lines)}, {len(lines)}")
    print_arrows(files, trees)


def print_arrows(files: Mapping[str, Path], trees: Mapping[str, ast.Module]) -> None:
    """Print the figures about rooms and what they import."""
    imports = {name: sorted(imports_of(name, files[name], tree, files)) for name, tree in trees.items()}
    circles = [circle for circle in connected(imports) if len(circle) > 1]
    row("files of a circle", sum(map(len, circles)))
    for circle in circles:
        print("    " + ", ".join(sorted(circle)))
    rooms: dict[str, set[str]] = {room_of(name): set() for name in files}
    for name, others in imports.items():
        rooms[room_of(name)].update(map(room_of, others))
    arrows = [
        (one, other) for one, others in rooms.items() for other in others if one != other and "" not in (one, other)
    ]
    row("rooms, arrows between them", f"{len(rooms) - 1}, {len(arrows)}")
    rings = [ring for ring in connected(rooms) if len(ring) > 1]
    row("rooms of a circle", "; ".join(", ".join(sorted(ring)) for ring in rings) or 0)
    floors = floors_of(ROOT / "pyproject.toml")
    up = sorted((one, other) for one, others in imports.items() for other in others if goes_up(one, other, floors))
    pairs = sorted({(room_of(one), room_of(other)) for one, other in up})
    row("arrows up, rooms", f"{len(pairs)}: " + ", ".join(f"{one} to {other}" for one, other in pairs))
    row("arrows up, files", len(up))
    for one, other in up:
        print(f"    {one} imports {other}")


def row(name: str, figure: object) -> None:
    print(f"{name:45} {figure}")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(name: str) -> str:
    return [*name.split("."), ""][1]


def words_of(source: str) -> Iterator[str]:
    """Give the words of every identifier."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
            yield from (word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", token.string))


def docstrings_of(tree: ast.Module) -> Iterator[str]:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds))
    return (text for text in found if text)


def summaries_of(tree: ast.Module) -> Iterator[str]:
    return (text.partition("\n\n")[0] for text in docstrings_of(tree))


def arguments_of(tree: ast.Module) -> Iterator[str]:
    """Give what docstrings say of each argument."""
    for text in docstrings_of(tree):
        section = re.search(r"^Args:\n((?:[ ]{4}.*\n?|\n)*)", text, re.MULTILINE)
        if section is not None:
            yield from re.findall(r"^ {4}\*{0,2}\w+(?: \([^)]*\))?: (.*)", section[1], re.MULTILINE)


def asks(text: str) -> bool:
    return QUESTION.match(text) is not None


def imports_of(name: str, path: Path, tree: ast.Module, files: Mapping[str, Path]) -> set[str]:
    """Return the files that a file imports, wherever in it."""
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            wholes = {f"{base}.{alias.name}" for alias in node.names}
            found |= {whole if whole in files else base for whole in wholes}
    return found.intersection(files) - {name}


def floors_of(config: Path) -> dict[str, tuple[int, int]]:
    """Return each room's floor, the top one 0, and the number of rooms that share it."""
    contracts = tomllib.loads(config.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    rooms = [[each.strip(" ()") for each in re.split(r"[|:]", layer)] for layer in layers]
    return {room: (floor, len(each)) for floor, each in enumerate(rooms) for room in each}


def goes_up(one: str, other: str, floors: Mapping[str, tuple[int, int]]) -> bool:
    here, there = (floors.get(room_of(name).removeprefix("streamkit.")) for name in (one, other))
    return here is not None and there is not None and room_of(one) != room_of(other) and there[0] <= here[0]


def connected(graph: Graph) -> list[list[str]]:
    """Find the strongly connected components, by Tarjan."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            components.append(stack[at:])
            del stack[at:]

    for node in graph:
        if node not in index:
            visit(node)
    return components


if __name__ == "__main__":
    main()
