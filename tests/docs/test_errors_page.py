"""The page on errors has a row for every error: its place in the tree, a cause, a remedy, and if a retry may help."""

from __future__ import annotations

import inspect
import re

import streamkit as sk
from streamkit import errors
from tests.docs.pages import ROOT

ROW = re.compile(
    r"^\| (?P<level>(?:· )*)`(?P<name>\w+)` \| (?P<cause>.+?) \| (?P<remedy>.+?) \| (?P<retry>yes|no) \|$", re.MULTILINE
)
SENTENCE = re.compile(r"\[?[A-Z].*\.$")
ROWS = [found.groupdict() for found in ROW.finditer((ROOT / "docs" / "errors.md").read_text(encoding="utf-8"))]
PUBLIC = {name: getattr(sk, name) for name in sk.__all__}
CLASSES = {
    name: kind
    for name, kind in {**vars(errors), **PUBLIC}.items()
    if inspect.isclass(kind) and issubclass(kind, errors.StreamError) and not name.startswith("_")
} | {"NothingEmitted": sk.NothingEmitted}  # an error of reactivex, too, which streamkit.errors does not import


def test_every_error_has_a_row() -> None:
    assert sorted(row["name"] for row in ROWS) == sorted(CLASSES)
    assert sorted(CLASSES.keys() & PUBLIC.keys()) == sorted(CLASSES), "every error is public"


def test_a_row_is_indented_below_the_class_that_its_error_derives_from() -> None:
    parents: list[str] = []
    for row in ROWS:
        depth = row["level"].count("·")
        parents[depth:] = [row["name"]]
        above = errors.StreamError.__base__ if not depth else CLASSES[parents[depth - 1]]
        assert above in CLASSES[row["name"]].__bases__, row["name"]


def test_a_row_says_whether_a_retry_may_help() -> None:
    assert {row["name"]: row["retry"] == "yes" for row in ROWS} == {
        name: kind.default_retryable for name, kind in CLASSES.items()
    }


def test_cause_and_remedy_are_sentences() -> None:
    assert [
        row["name"] for row in ROWS for text in (row["cause"], row["remedy"]) if not re.match(r"\[?[A-Z].*\.$", text)
    ] == []
