"""The marble diagram of each operator is what the operator does, as text in its docstring and as a picture."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from streamkit import operators as ops
from tests.docs.marble_pictures import FOLDER, draw, played
from tests.docs.marble_table import ROWS
from tests.docs.marble_text import line_of, read_line
from tests.tables import TABLES, between


def test_every_operator_has_a_diagram_that_runs() -> None:
    assert sorted(ROWS) == sorted(ops.__all__)


@pytest.mark.parametrize("name", ROWS)
def test_the_diagram_in_the_docstring_is_what_the_operator_does(name: str) -> None:
    found = played(name)
    assert [str(line) for line in found.lines] == list(found.diagram.results)
    assert all(each.text for line in found.lines for each in line.elements), "an element that nobody sees"


@pytest.mark.parametrize("name", ROWS)
def test_the_picture_is_what_the_operator_does(name: str) -> None:
    picture = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert picture == draw(name), "run `make tables`"
    assert "<script" not in picture
    assert ElementTree.fromstring(picture).tag.endswith("svg")  # our own file


def test_there_is_a_picture_of_nothing_else() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(ROWS)


def test_the_page_shows_every_picture() -> None:
    page, make = TABLES["marbles"]
    found = between("marbles", page.read_text(encoding="utf-8"))
    assert found[0].splitlines() == make(), "run `make tables`"
    assert re.findall(r"\(marbles/(\w+)\.svg\)", found[0]) == list(ops.__all__)


def test_elements_of_one_moment_stand_side_by_side() -> None:
    line = line_of([(2, "Io "), (2, "and"), (12, "Europa")], 12, "|")
    assert str(line) == "--Io -and---Europa|"
    assert [each.time for each in line.elements] == [2, 2, 12]


def test_a_line_is_read_with_the_columns_of_its_elements() -> None:
    line = read_line("  --sk-1--b--#   a note")
    assert [(each.column, each.text) for each in line.elements] == [(4, "sk-1"), (10, "b")]
    assert (line.begin, line.end, line.sign, line.note) == (2, 13, "#", "a note")
    assert str(line) == "  --sk-1--b--#   a note"
