"""Every Python block of README.md and docs/ runs, top to bottom, each page in a namespace of its own."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^(?P<fence> *`{3,})python(?P<info>.*)\n(?P<code>(?:.*\n)*?)(?P=fence) *$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced Python block, and where on its page it stands."""

    code: str
    line: int
    runs: bool


def blocks(page: Path) -> Iterator[Block]:
    """Find a page's Python blocks; one that says `no-run` is only compiled."""
    text = page.read_text(encoding="utf-8")
    for found in FENCED.finditer(text):
        line = text.count("\n", 0, found.start("code"))
        yield Block(textwrap.dedent(found["code"]), line, runs="no-run" not in found["info"].split())


def run(page: Path) -> int:
    """Run a page's blocks in one namespace, as a notebook would: `await` works at the top level.

    Returns:
        How many blocks ran.
    """
    namespace: dict[str, object] = {"__name__": "__main__"}
    ran = 0
    with asyncio.Runner() as runner:
        for block in blocks(page):
            # The blank lines in front make a traceback show the page's own line.
            source = "\n" * block.line + block.code
            code = compile(source, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            result = eval(code, namespace) if block.runs else None
            if inspect.iscoroutine(result):
                runner.run(result)
            ran += block.runs
    return ran


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_python_block_of_the_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # what a block writes is no part of the checkout
    run(page)


NAMED = re.compile(r"`((?:streamkit|tests|docs|examples|benchmarks)/[\w./-]*\w/?)`")


@pytest.mark.parametrize("name", ["docs/architecture.md", "docs/decisions.md", "CONTRIBUTING.md"])
def test_the_pages_for_developers_name_files_that_exist(name: str) -> None:
    named = set(NAMED.findall((ROOT / name).read_text(encoding="utf-8"))) - {"tests/log/"}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_architecture_names_what_is_in_the_code() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "streamkit").rglob("*.py"))
    known = set(re.findall(r"(?:class|def) (\w+)", code)) | set(re.findall(r"^([A-Z]+)\b[^=\n]*=", code, re.MULTILINE))
    named = {part for name in re.findall(r"`([A-Z]\w+(?:\.\w+)?)`", page) for part in name.split(".")}
    assert named - known == set()


def test_the_architecture_shows_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    paths = [
        path for path in (ROOT / "streamkit").iterdir() if path.name not in ("__init__.py", "__pycache__", "py.typed")
    ]
    rooms = [path.name if path.suffix else f"{path.name}/" for path in paths]
    assert [room for room in sorted(rooms) if room not in page] == []


def test_the_readme_shows_code_that_runs() -> None:
    assert any(block.runs for block in blocks(ROOT / "README.md"))


def test_blocks_share_a_namespace_and_await_at_the_top(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nimport asyncio\n```\n- item\n  ```python\n  await asyncio.sleep(0)\n  ```\n")
    assert run(page) == 2


def test_a_block_that_says_no_run_is_compiled_and_not_run(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python no-run\nraise SystemExit\n```\n```console\n$ not python\n```\n")
    assert run(page) == 0
    page.write_text("```python no-run\n1 +\n```\n")
    with pytest.raises(SyntaxError):
        run(page)


def test_a_block_that_fails_names_its_page_and_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n```python\n1 / 0\n```\n")
    with pytest.raises(ZeroDivisionError) as failure:
        run(page)
    entry = failure.traceback[-1]
    assert (entry.path, entry.lineno + 1) == (page, 4)
