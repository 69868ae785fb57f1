"""No private name of a third party is used outside `streamkit/_compat/`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "streamkit"
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "_compat"]
DOTTED = re.compile(r"\w+(\.\w+)+")
READERS = {"attrgetter", "delattr", "getattr", "hasattr", "setattr"}
OURS = {
    ("_stream/_turn.py", "_join"): "a method of Stream, in a file of the same room",
    ("operators/_base/tool_output.py", "_emitted"): "what a Flow knows of its elements; a foreign one knows nothing",
    ("_stream/_attempt.py", "_join"): "a method of Stream, in a file of the same room",
    **{
        (f"_stream/{name}.py", "_shared"): "an attribute of Stream, in a file of the same room"
        for name in ("_conversation", "_reask", "_retry", "_trace")
    },
    ("_stream/_open_recording.py", "_retried"): "a method of Stream, in a file of the same room",
    ("_timeline/_page.py", "_timeline"): "the name of the room, as a text",
    ("relay/_end.py", "_request_info"): "what a Response knows of its request, whose times go with it",
    ("relay/_far.py", "_request_info"): "what a Response knows of its request, whose times are the producer's",
    ("relay/_far.py", "_rebuilder"): "what a Response has of its events",
    ("relay/_publish.py", "_call"): "the call of a Stream, which is stopped with a reason",
    ("relay/_publish.py", "_shared"): "the call of a Stream, which knows what its log keeps",
    ("relay/_publish.py", "_request_info"): "what a Response knows of its request, whose times go with it",
    ("mirascope/_call.py", "_response"): "the attribute that Mirascope gives to a parsed answer",
    ("mirascope/_response.py", "_response"): "the attribute that Mirascope gives to a parsed answer",
}


def is_private(name: str) -> bool:
    """Return whether a name has one underscore before it; names with two are Python's or the class's own."""
    return name.startswith("_") and not name.endswith("__") and name != "_"


def own_names(tree: ast.AST) -> set[str]:
    """Return what the classes and functions of a file define, and what they set on themselves."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_self(node.value):
            found.add(node.attr)
    return found


def is_self(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id in ("self", "cls")) or (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )


def foreign_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the private names that a file reads from other objects or imports from other packages, and their lines."""
    own = own_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not is_self(node.value):
            found = [node.attr]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in READERS:
            found = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found = [*(node.module or "").split("."), *(each.name for each in node.names)]
            found = ["_internal" if name == "internal" else name for name in found]
        elif isinstance(node, ast.Import):
            found = [part for each in node.names for part in each.name.split(".")]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and DOTTED.fullmatch(node.value):
            found = node.value.split(".")
        else:
            continue
        yield from ((node.lineno, name) for name in found if is_private(name) and name not in own)


def test_no_private_name_of_a_third_party_stands_elsewhere() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line} {name}"
        for path in FILES
        for line, name in foreign_names(ast.parse(path.read_text(encoding="utf-8")))
        if (path.relative_to(PACKAGE).as_posix(), name) not in OURS
        and name != "_typeshed"  # only type checkers import it
    ]
    assert not found, "give it a function in streamkit/_compat/private.py, and a canary:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "client._client",
        "getattr(client, '_client', None)",
        "hasattr(client, '_client')",
        "from reactivex.internal import default_error",
        "from asyncio.base_events import _run_until_complete_cb",
        "import anyio._backends",
        "importlib.import_module('anyio._backends._asyncio')",
        "attrgetter('_client')",
    ],
)
def test_a_private_name_is_found_however_it_is_read(code: str) -> None:
    assert list(foreign_names(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["self._x", "super()._x", "class A:\n  def _x(self): ...\n\na._x", "a.__dict__", "_x", "load('._x')"]
)
def test_names_of_our_own_are_not(code: str) -> None:
    assert not list(foreign_names(ast.parse(code)))
