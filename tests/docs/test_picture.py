"""The picture of the README is what its script draws."""

from __future__ import annotations

from tests.docs.picture import PICTURE, draw


def test_the_picture_is_what_the_operators_do() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(), "draw it anew: python -m tests.docs.picture"
