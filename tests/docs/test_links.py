"""Every link between the pages leads to a file, and to a heading that stands there; every page is in the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import FENCED, PAGES, ROOT

CHECKED = [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)|(?:src|srcset|href)=\"(?!https?:)([^\"]+)\"")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in HEADING.findall(prose(page)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        at = 0
        while (name := slug if not at else f"{slug}-{at}") in found:
            at += 1
        found.add(name)
    return found


@pytest.mark.parametrize("page", CHECKED, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_the_page_leads_somewhere(page: Path) -> None:
    lost: list[str] = []
    for found in LINK.finditer(prose(page)):
        link = found[1] or found[2]
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_the_index_lists_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in PAGES if path.parent != ROOT]
    assert [page for page in pages if page != "index.md" and f"]({page}" not in index] == []


def test_a_heading_has_the_anchor_that_github_makes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One `sk.call`, [two](x.md)\n\n## Two\n\n## Two\n\n```python\n# no heading\n```\n")
    assert anchors(page) == {"one-skcall-two", "two", "two-1"}
