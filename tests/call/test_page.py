"""The page for those who come from Mirascope: each row of what that could do, once, with the line that does it here."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "from-mirascope.md").read_text(encoding="utf-8")
_GROUPS = ((1, 17), (20, 25), (30, 37), (40, 53), (60, 74), (80, 91), (100, 111), (120, 130))
ROWS = [f"S{number:03}" for first, last in _GROUPS for number in range(first, last + 1)]
NOT_HELD = ["S128", "S129"]
BLOCKS = "\n".join(re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def test_every_row_stands_on_the_page_once_and_in_order() -> None:
    assert re.findall(r"^\| (S\d+) \|", PAGE, re.MULTILINE) == ROWS


def test_every_row_that_is_held_has_its_line_in_a_block_that_runs() -> None:
    comments = [found for comment in re.findall(r"  # (S\d.*)$", BLOCKS, re.MULTILINE) for found in comment.split(", ")]
    assert sorted(comments) == [row for row in ROWS if row not in NOT_HELD]


def test_the_page_lists_what_is_not_supported() -> None:
    assert re.findall(r"^\| (S\d+) \|.*\*\*not supported\*\*", PAGE, re.MULTILINE) == NOT_HELD


def test_every_defect_has_tests_that_bear_its_number() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "call").glob("test_defects*.py"))
    named = set(re.findall(r"^(?:async )?def test_(d\d\d)_", tests, re.MULTILINE))
    assert named == {f"d{number:02}" for number in range(1, 18)}
