"""The search for JSON: the value is found at the first index at which it may begin, after any prose."""

from __future__ import annotations

import random
import time
from enum import Enum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from streamkit.partial_json.locate import ANYTHING, Locator, Opening, opening
from tests.partial_json.texts import containers, cut, written


class Moon(BaseModel):
    name: str


class Kind(Enum):
    ICE = "ice"


ESCAPED = r'{"\u0441\u043f\u0443\u0442\u043d\u0438\u043a\u0438 \"": 1'


def opening_of(kind: Any) -> Opening:
    return opening(TypeAdapter(kind).json_schema())


def find(kind: Any, *fragments: str) -> str | None:
    """Return the text from where the value begins, of all that was fed."""
    locator = Locator(kind if isinstance(kind, Opening) else opening_of(kind))
    for at, fragment in enumerate(fragments):
        found = locator.feed(fragment)
        if found is not None:
            return found + "".join(fragments[at + 1 :])
    return None


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        (Moon, 'Here it is: ```json\n{"name": "Io"}\n```', '{"name": "Io"}\n```'),
        (Moon, 'Use {name} or {} or { "x" } or [1] or {"y"; then {\n "name" : 1', '{\n "name" : 1'),
        (Moon, 'the {" of a quote, a {"very' + " long" * 99 + '": name, then {"name":', '{"name":'),
        (dict[str, int], "so: " + ESCAPED, ESCAPED),
        (list[Moon], 'footnote [1], a box [ ], a [link](url), then [\n{"name":', '[\n{"name":'),
        (list[Moon], "none: []", "[]"),
        (list[int], "[note], then [1", "[1"),
        (list[list[str]], '["a"] [[1]] [["a"', '[["a"'),
        (list[bool | None], "[nothing] [true", "[true"),
        (dict[str, int], "none: {}", "{}"),
        (Moon | list[Moon], '[1] [{"name":', '[{"name":'),
        (tuple[int, str], '["a", 1], [1, "a"]', '[1, "a"]'),
        (ANYTHING, 'so: {"a" or [x] or {"a":', '{"a":'),
        (int, " \n42 moons", "42 moons"),
        (int, "```\n-7\n```", "-7\n```"),
        (int, "there are 42", None),
        (str, '\ufeff"Io"', '"Io"'),
        (bool, "trying, false", None),
        (bool, "false!", "false!"),
        (Literal["ice", 1, None], "null", "null"),
        (Kind, 'It is "ice"', None),
        (Kind, '```json\n"ice"', '"ice"'),
        (Moon | int, '3 moons: {"name":', '3 moons: {"name":'),
        (Moon | None, 'nothing, no: {"name":', '{"name":'),
    ],
)
def test_prose_that_holds_brackets_is_passed_over(kind: Any, text: str, found: str | None) -> None:
    assert find(kind, text) == found
    assert find(kind, *text) == found


@given(containers, st.text('a1 {}[]":,\\`\n', max_size=12), st.integers(0, 2**32))
def test_the_index_does_not_depend_on_the_cut(value: Any, prose: str, seed: int) -> None:
    rng = random.Random(seed)
    text = prose + written(value, rng)
    assert find(ANYTHING, *cut(text, rng)) == find(ANYTHING, text)
    assert find(ANYTHING, written(value, rng)) is not None


@pytest.mark.parametrize("unit", ["{", "[", '{"', '{"a', "[ ", '{"a":', "[[[[1", "{ \n", '{"\\"', "word "])
def test_prose_of_nothing_but_brackets_costs_its_length(unit: str) -> None:
    def cost(count: int) -> float:
        locator = Locator(opening_of(list[list[list[Moon]]] | Moon))
        start = time.process_time()
        for _ in range(count):
            if locator.feed(unit) is not None:
                locator = Locator(opening_of(Moon))
        return time.process_time() - start

    some = min(cost(1_000) for _ in range(3))
    assert min(cost(4_000) for _ in range(2)) < 10 * max(some, 0.005)  # not 16 times
