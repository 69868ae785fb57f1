"""The pictures of the README and of the page on timelines are what their scripts draw."""

from __future__ import annotations

from tests.docs import timeline_picture
from tests.docs.picture import PICTURE, draw


def test_the_picture_is_what_the_operators_do() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(), "draw it anew: python -m tests.docs.picture"


def test_the_picture_of_a_timeline_is_what_calls_do() -> None:
    drawn = timeline_picture.draw()
    assert timeline_picture.PICTURE.read_text(encoding="utf-8") == drawn, "python -m tests.docs.timeline_picture"
