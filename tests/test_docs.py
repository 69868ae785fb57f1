"""Every Python block of README.md and docs/ runs as a script and prints what its page shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, SOME, WHOLE, blocks, fences, missing_for, run, wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_of_the_page_runs_and_prints_what_is_shown(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (reason := missing_for(page)) is not None:
        pytest.skip(reason)
    monkeypatch.chdir(tmp_path)  # what a block writes is no part of the checkout
    found = wrong(page, run(page))
    assert not found, "\n\n".join(found)


REFERENCE = {"architecture.md", "decisions.md", "from-mirascope-names.md", "glossary.md", "index.md", "performance.md"}
BY_TASK = [page for page in PAGES if page.name not in REFERENCE | {"command-line.md", "README.md"}]


@pytest.mark.parametrize("page", BY_TASK, ids=lambda page: page.name)
def test_a_page_opens_with_a_complete_program_and_shows_what_it_prints(page: Path) -> None:
    first, second, *_ = fences(page.read_text(encoding="utf-8"))
    assert (first.language, "no-run" in first.info, second.language) == ("python", False, "text")
    assert "import streamkit as sk" in first.code or "from streamkit" in first.code


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


def made(tmp_path: Path, text: str) -> Path:
    """Write a page."""
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def test_the_code_of_a_page_runs_in_one_main_if_its_head_says_so(tmp_path: Path) -> None:
    code = "```python\nimport asyncio\n```\n- item\n  ```python\n  await asyncio.sleep(0)\n  print(1)\n  ```\n"
    page = made(tmp_path, f"# Title\n\n> {WHOLE}\n\n{code}```text\n1\n```\n")
    assert wrong(page, run(page)) == []
    with pytest.raises(AssertionError, match="does not say how to run it"):
        run(made(tmp_path, f"# Title\n\n{code}"))


def test_a_block_with_await_runs_in_a_main_of_its_own_if_the_head_says_so(tmp_path: Path) -> None:
    first = "```python\nimport asyncio\nasyncio.run(asyncio.sleep(0))\n```\n"
    page = made(tmp_path, f"{SOME}\n\n{first}```python\nawait asyncio.sleep(0)\nx = 1\n```\n")
    assert run(page) == {0: "", 1: ""}
    with pytest.raises(NameError):
        run(made(tmp_path, f"{page.read_text()}```python\nx\n```\n"))


def test_a_block_that_prints_has_to_show_it(tmp_path: Path) -> None:
    page = made(tmp_path, "```python\nprint(1)\n```\n\n```python\nprint(2)\n```\nIt prints:\n```text\n3\n```\n")
    assert len(wrong(page, run(page))) == 2
    with pytest.raises(AssertionError, match="nothing above prints this text"):
        blocks(made(tmp_path, "```text\n3\n```\n"))


def test_a_block_that_says_no_run_is_compiled_and_not_run(tmp_path: Path) -> None:
    page = made(tmp_path, "```python no-run\nraise SystemExit\n```\n```console\n$ not python\n```\n")
    assert run(page) == {}
    with pytest.raises(SyntaxError):
        run(made(tmp_path, "```python no-run\n1 +\n```\n"))


def test_a_block_that_fails_names_its_page_and_line(tmp_path: Path) -> None:
    page = made(tmp_path, "# Title\n\n```python\n1 / 0\n```\n")
    with pytest.raises(ZeroDivisionError) as failure:
        run(page)
    entry = failure.traceback[-1]
    assert (entry.path, entry.lineno + 1) == (page, 4)
