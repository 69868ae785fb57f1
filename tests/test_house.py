"""The rules of the house: public names, sizes, pure rooms, the table of operators, the link, the locked network."""

from __future__ import annotations

import ast
import asyncio
import importlib
import re
import socket
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.before.words import connected, imports_of, name_of

ROOT = Path(__file__).parent.parent
OPERATORS = ROOT / "streamkit" / "operators"
FUNCTION_LINES, FILE_LINES, OPERATOR_FILE_LINES, SHORT_FILE_LINES = 40, 500, 120, 40

# Words of no field's: an identifier that holds one is renamed by its meaning (CONTRIBUTING.md has the field's words).
_DIALECT = """
asked bare crowd crowds joined judge judged judges met mine patience patient piece pieces place places said stray strays
tell telling tells told wanted
"""
DIALECT = frozenset(_DIALECT.split())
# Identifiers that hold one and stay, by room, each with its reason.
ALLOWED: dict[str, dict[str, str]] = {
    "_stream": {"asked": "the older public name of Stream.request"},
    "operators": {
        "until_judged": "a public name, which the design fixes",
        "_until_judged": "the file of that operator",
    },
    "testing": {
        "patience": "a public keyword of assert_closed",
        "test_readers_at_different_places_disturb_nobody": "LogContract is public: subclasses override its tests",
    },
    "wire": {"asked": "a field of the logged event choices_missing"},
    "benchmarks/waiting": {"until_judged": "the operator that is measured"},
    "examples/second_opinion": {"until_judged": "the operator that is shown"},
    "tests/operators": {"until_judged": "the operator that is tested"},
    "tests/before": {"asked": "a provider package written before the words were settled"},
    "tests/stream": {"asked": "the test that the older public name stays"},
    "tests/stranger": {"piece": "the loop of the pages, as users write it"},
}

# The rooms that the circle of files around Response may reach.
AROUND_RESPONSE = frozenset(["errors", "messages", "question", "response", "settings", "tool", "usage"])

TREES = ("streamkit", "streamkit_pytest", "tests", "examples", "benchmarks")

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def public_names(module: ModuleType) -> list[str]:
    return list(module.__all__)


@pytest.mark.parametrize("name", ["streamkit", "streamkit.events", "streamkit.operators"])
def test_all_is_sorted_and_every_name_in_it_is_there(name: str) -> None:
    module = importlib.import_module(name)
    assert public_names(module) == sorted(set(public_names(module)))
    assert [public for public in public_names(module) if not hasattr(module, public)] == []


def test_every_module_says_in_one_line_what_it_is() -> None:
    silent = [path.relative_to(ROOT) for path in python_files("streamkit") if not first_line(path)]
    assert not silent, f"no first line in the docstring of {', '.join(map(str, silent))}"


def first_line(path: Path) -> str:
    return (ast.get_docstring(parse(path), clean=False) or "").partition("\n")[0].strip()


def test_no_function_is_longer_than_its_budget() -> None:
    """Docstrings are not counted: what a function promises may be long, what it does may not."""
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {lines} lines"
        for path in python_files(*TREES)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (lines := code_lines(node)) > FUNCTION_LINES
    ]
    assert not long, f"more than {FUNCTION_LINES} lines without the docstring; split it:\n" + "\n".join(long)


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    documented = (node for node in ast.walk(function) if isinstance(node, Documented))
    return line_count(function) - sum(line_count(node.body[0]) for node in documented if ast.get_docstring(node))


def line_count(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_longer_than_its_budget() -> None:
    long = [
        f"{path.relative_to(ROOT)} has {lines} lines, its budget is {budget}"
        for path in python_files(*TREES)
        for budget in [OPERATOR_FILE_LINES if path.parent == OPERATORS else FILE_LINES]
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > budget
    ]
    assert not long, "over budget; one idea a file:\n" + "\n".join(long)


def test_a_short_file_says_in_its_first_line_why_it_stands_alone() -> None:
    """A package's own file and an operator's have their reason: a package needs one, and an operator is one file."""
    unexplained = [
        f"{path.relative_to(ROOT)}: {first_line(path)}"
        for path in python_files("streamkit")
        if path.parent != OPERATORS and not path.stem.startswith("__")
        if len(path.read_text(encoding="utf-8").splitlines()) < SHORT_FILE_LINES
        if not re.search(r"\b(because|since|so that)\b", first_line(path))
    ]
    reason = f"under {SHORT_FILE_LINES} lines; say why it stands alone (because …, since …), or join it to another:"
    assert not unexplained, "\n".join([reason, *unexplained])


def test_no_identifier_holds_a_word_of_a_private_dialect() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {', '.join(names)}"
        for path in python_files(*TREES)
        if (names := sorted(dialect(path)))
    ]
    assert not found, "rename by the meaning, in the field's words:\n" + "\n".join(found)


def room(path: Path) -> str:
    """Return the name of a room of streamkit, or the folder or file of another tree: `log`, `tests/log`."""
    top, inner, *_ = path.relative_to(ROOT).with_suffix("").parts
    return inner if top == "streamkit" else f"{top}/{inner}"


def dialect(path: Path) -> set[str]:
    """Find a file's identifiers, and parts of its name, that hold a word of the dialect."""
    with path.open("rb") as source:
        names = {token.string for token in tokenize.tokenize(source.readline) if token.type == tokenize.NAME}
    names |= set(path.relative_to(ROOT).with_suffix("").parts)
    return {name for name in names - ALLOWED.get(room(path), {}).keys() if not DIALECT.isdisjoint(words(name))}


def words(identifier: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", identifier)]


def test_every_identifier_that_is_allowed_is_there() -> None:
    texts = dict.fromkeys(ALLOWED, "")
    for path in python_files(*TREES):
        if room(path) in texts:
            texts[room(path)] += path.read_text(encoding="utf-8")
    assert [name for at, names in ALLOWED.items() for name in names if not re.search(rf"\b{name}\b", texts[at])] == []


def test_the_words_of_an_identifier_are_found_in_each_way_of_writing_it() -> None:
    assert words("_read_HTTPBody2 _NOT_TOLD toldTwice".replace(" ", "_")) == [
        *("read", "http", "body2", "not", "told", "told", "twice")
    ]


def test_operators_are_the_same_as_files_as_names_and_in_the_docs() -> None:
    files = sorted(path.stem.removeprefix("_") for path in OPERATORS.glob("*.py") if path.stem != "__init__")
    table = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    names = public_names(importlib.import_module("streamkit.operators"))
    assert files == names, "streamkit/operators holds one file an operator, and exports each"
    assert sorted(re.findall(r"^\| `(\w+)", table, re.MULTILINE)) == names, "docs/operators.md has one row an operator"


def test_the_link_at_the_top_leads_to_the_operators() -> None:
    """On a checkout without symbolic links git writes the link's target into a plain file."""
    link = ROOT / "operators"
    target = str(link.readlink()) if link.is_symlink() else link.read_text(encoding="utf-8").strip()
    assert target == "streamkit/operators"


def test_the_contract_of_purity_covers_every_room_of_the_lowest_floors() -> None:
    layers, pure, _ = contracts()
    low = layers["layers"][layers["layers"].index("runtime") + 1 :]
    rooms = [f"streamkit.{name}" for name in low if not name.startswith("(")]
    assert sorted([*rooms, "streamkit.wire"]) == sorted(pure["source_modules"]), "list each room in both contracts"


def test_a_room_that_exists_is_not_optional_in_the_contract_of_layers() -> None:
    optional = [name for layer in contracts()[0]["layers"] for name in re.findall(r"\((\w+)\)", layer)]
    built = [name for name in optional if any((ROOT / "streamkit").glob(f"{name}*"))]
    assert not built, f"take {built} out of its parentheses in pyproject.toml"


def contracts() -> list[dict[str, list[str]]]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return config["tool"]["importlinter"]["contracts"]


def test_no_circle_of_files_but_the_one_around_response() -> None:
    """Imports for type checking count. Errors name the Response of ``partial``, so these files know each other."""
    files = {name_of(path): path for path in python_files("streamkit")}
    imports = {name: sorted(imports_of(name, path, parse(path), files)) for name, path in files.items()}
    circles = [sorted(circle) for circle in connected(imports) if len(circle) > 1]
    others = [circle for circle in circles if "streamkit.errors" not in circle]
    assert not others, f"break the circle: {others}"
    grown = [name for circle in circles for name in circle if name.split(".")[1] not in AROUND_RESPONSE]
    assert not grown, f"not a part of the circle around Response: {grown}"


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org"])
def test_no_test_reaches_beyond_this_machine(host: str) -> None:
    with pytest.raises(RuntimeError, match="network lock"):
        socket.create_connection((host, 9), timeout=1)


async def test_no_async_test_reaches_beyond_this_machine() -> None:
    with pytest.raises(RuntimeError, match="network lock"):
        await asyncio.open_connection("example.org", 9)


PROGRAM = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=1)"


def test_no_program_that_a_test_starts_reaches_beyond_this_machine() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert "network lock" in done.stderr


async def test_loopback_is_open(unused_server: asyncio.Server) -> None:
    port = unused_server.sockets[0].getsockname()[1]
    _, writer = await asyncio.open_connection("localhost", port)
    writer.close()
    await writer.wait_closed()


@pytest.fixture
async def unused_server() -> AsyncIterator[asyncio.Server]:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        yield server


@pytest.mark.sdk
@pytest.mark.parametrize("sdk", ["anthropic", "openai"])
async def test_the_aiohttp_extra_suits_the_installed_sdk(sdk: str) -> None:
    client = importlib.import_module(sdk).DefaultAioHttpClient()
    await client.aclose()
