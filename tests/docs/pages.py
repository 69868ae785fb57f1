"""The pages of the documentation: their blocks, what each block prints, and a page as the script it describes.

A ``python`` block runs unless it says ``no-run``; one that says ``script-only`` does not run in a notebook. A ``text``
block is what the Python block above it prints, unless it says ``diagram``. A page that uses ``await`` at the top level
says at its head how to run it; its script is made in exactly that way.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import io
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from streamkit.testing import RedisServer

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(
    r"^(?P<fence> *`{3,})(?P<language>\w*)(?P<info>.*)\n(?P<code>(?:.*\n)*?)(?P=fence) *$", re.MULTILINE
)

WHOLE = (
    "This page uses `await` at the top level. Its code runs as it is in a notebook. "
    "In a script, put it inside `async def main()` and call `asyncio.run(main())`."
)
"""The head of a page whose code belongs in one ``main``."""

SOME = (
    "Some blocks of this page use `await` at the top level. They run as they are in a notebook. "
    "In a script, put such a block inside `async def main()` and call `asyncio.run(main())`."
)
"""The head of a page on which each block with ``await`` belongs in a ``main`` of its own."""


def missing_for(page: Path) -> str | None:
    """Return what the programs of a page need and this machine does not have; None if it has all."""
    if page.name == "other-processes.md" and RedisServer.program() is None:
        return "STREAMKIT_REDIS: needs redis-server (apt-get install redis-server)"
    return None


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block, and where on its page it stands."""

    language: str
    info: tuple[str, ...]
    code: str
    line: int


@dataclass(slots=True)
class Block:
    """A Python block, and what its page says that it prints."""

    code: str
    line: int
    runs: bool
    output: str | None = None
    in_notebooks: bool = True


def fences(text: str) -> Iterator[Fence]:
    """Find every fenced block of a page."""
    for found in FENCED.finditer(text):
        line = text.count("\n", 0, found.start("code"))
        yield Fence(found["language"], tuple(found["info"].split()), textwrap.dedent(found["code"]), line)


def blocks(page: Path) -> list[Block]:
    """Find a page's Python blocks, each with the output that is shown below it."""
    found: list[Block] = []
    takes_output = False
    for fence in fences(page.read_text(encoding="utf-8")):
        if fence.language == "python":
            runs = "no-run" not in fence.info
            found.append(Block(fence.code, fence.line, runs, in_notebooks=runs and "script-only" not in fence.info))
            takes_output = runs
        elif fence.language == "text" and "diagram" not in fence.info:
            assert takes_output, f"{page.name}:{fence.line}: nothing above prints this text; is it a `text diagram`?"
            found[-1].output = fence.code
            takes_output = False
        else:
            takes_output = False
    return found


def head(page: Path) -> str:
    """Return what stands above a page's first fenced block, in one line."""
    return " ".join(page.read_text(encoding="utf-8").partition("```")[0].replace("\n> ", " ").split())


def tree_of(page: Path, block: Block) -> ast.Module:
    """Parse a block; the blank lines in front make a traceback show the page's own line."""
    source = "\n" * block.line + block.code
    code = compile(source, page, "exec", flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert isinstance(code, ast.Module)
    compile(code, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return code


def awaits(tree: ast.AST) -> bool:
    """True if a block awaits outside its functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            return True
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) and any(
            generator.is_async for generator in node.generators
        ):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and awaits(node):
            return True
    return False


def in_main(body: list[ast.stmt], page: Path) -> list[ast.stmt]:
    """Put statements inside ``async def main()`` and run it, as the head of the page says."""
    wrapped = ast.parse("async def main(): pass\n__run__(main())", page)
    main = wrapped.body[0]
    assert isinstance(main, ast.AsyncFunctionDef)
    main.body = body
    return wrapped.body


def script(page: Path) -> ast.Module:
    """Make the script that a page describes; it says when each of its blocks begins."""
    text = head(page)
    body: list[ast.stmt] = []
    for at, block in enumerate(blocks(page)):
        tree = tree_of(page, block)
        if not block.runs:
            continue
        waits = awaits(tree)
        assert not waits or WHOLE in text or SOME in text, (
            f"{page.name}:{block.line}: this awaits at the top level, and the page's head does not say how to run it"
        )
        body += ast.parse(f"__begin__({at})").body
        body += in_main(tree.body, page) if waits and SOME in text else tree.body
    if WHOLE in text:
        body = in_main(body, page)
    return ast.fix_missing_locations(ast.Module(body, type_ignores=[]))


def run(page: Path) -> dict[int, str]:
    """Run a page as a script.

    Returns:
        What each block that ran has printed, by its number on the page.
    """
    printed: dict[int, io.StringIO] = {}
    lines = Splitting()

    def begin(at: int) -> None:
        lines.to = printed[at] = io.StringIO()

    code = compile(script(page), page, "exec", dont_inherit=True)
    namespace = {"__name__": "__main__", "__begin__": begin, "__run__": asyncio.run}
    with contextlib.redirect_stdout(lines):
        exec(code, namespace)
    return {at: text.getvalue() for at, text in printed.items()}


class Splitting(io.TextIOBase):
    """A standard output that keeps what each block prints apart."""

    to: io.StringIO

    def write(self, text: str, /) -> int:
        """Keep the text as the current block's."""
        return self.to.write(text)


def wrong(page: Path, printed: dict[int, str], *, notebook: bool = False) -> list[str]:
    """List the blocks of a page that print something else than the page shows.

    Args:
        page: The page.
        printed: What each block has printed, by its number on the page.
        notebook: True if the blocks ran in a notebook; those that do not run there are left out.
    """
    found: list[str] = []
    for at, block in enumerate(blocks(page)):
        is_so, shown = tidy(printed.get(at, "")), tidy(block.output or "")
        ran = block.in_notebooks if notebook else block.runs
        if ran and is_so != shown:
            found.append(f"{page.name}:{block.line} prints\n{is_so or '(nothing)'}\nand shows\n{shown or '(nothing)'}")
    return found


def tidy(text: str) -> str:
    """Leave out blank lines around a text and blanks at the end of its lines."""
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()).rstrip("\n")
