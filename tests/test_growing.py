"""Values that grow: what is shown is right and stays as it is, and what nobody holds is not copied again."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict
from pydantic_core import from_json, to_json

import streamkit as sk
from streamkit import growing
from streamkit import operators as ops
from streamkit.growing import GrowingDict, GrowingList, GrowingString
from streamkit.tool import PartialToolCalls

holders = st.lists(st.integers(0, 3), min_size=1, max_size=40)  # of each step, how many values before are let go


class Copies:
    """The elements that were copied, in all copies of lists and dicts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.elements = 0
        made = growing._Copy.__init__  # pyright: ignore[reportPrivateUsage]

        def counted(copy: Any, shown: Any, count: int) -> None:
            self.elements += len(shown)
            made(copy, shown, count)

        monkeypatch.setattr(growing._Copy, "__init__", counted)  # pyright: ignore[reportPrivateUsage]


@given(holders, st.booleans())
def test_a_list_that_is_held_does_not_change(steps: list[int], opened: bool) -> None:
    moons, held = GrowingList(), list[tuple[list[int], list[int]]]()
    for at, let_go in enumerate(steps):
        moons.append(at)
        moons.release()
        shown = moons.show(-at) if opened else moons.show()
        held.append((shown, [*range(at + 1), -at] if opened else [*range(at + 1)]))
        assert all(found == expected for found, expected in held)
        del held[: len(held) and let_go], shown


@given(holders, st.booleans())
def test_a_dict_that_is_held_does_not_change(steps: list[int], opened: bool) -> None:
    radii, held = GrowingDict(), list[tuple[dict[int, int], dict[int, int]]]()
    for at, let_go in enumerate(steps):
        radii.put(at, at)
        radii.release()
        shown = radii.show((at + 1, 0)) if opened else radii.show()
        expected = {each: each for each in range(at + 1)} | ({at + 1: 0} if opened else {})
        held.append((shown, expected))
        assert all(found == expected and list(found) == list(expected) for found, expected in held)
        del held[: len(held) and let_go], shown


@given(holders, st.sampled_from(["Io", "é", "木", "🪐"]))
def test_a_string_that_is_held_does_not_change(steps: list[int], fragment: str) -> None:
    text, held = GrowingString(), list[tuple[str, str]]()
    for at, let_go in enumerate(steps):
        text.add(fragment)
        held.append((text.whole(), fragment * (at + 1)))
        assert all(found == expected for found, expected in held)
        del held[: len(held) and let_go]


def test_a_string_whose_fragments_become_one_outside_is_still_whole() -> None:
    parts = ["Io"]
    text = GrowingString(parts)
    parts.append(", ")
    assert text.whole() == "Io, "
    parts.append("Euro")
    parts[:] = ["".join(parts)]
    parts.append("pa")
    assert text.whole() == "Io, Europa"


def extend(shown: list[int]) -> None:
    shown.append(7)


@pytest.mark.parametrize("change", [list[int].clear, list[int].reverse, extend])
def test_a_list_that_a_user_has_changed_is_not_shown_again(change: Callable[[list[int]], object]) -> None:
    moons = GrowingList()
    for at in range(20):
        moons.append(at)
        shown = moons.show()
        assert shown == [*range(at + 1)]
        change(shown)


def test_a_later_member_of_the_same_key_replaces_the_first() -> None:
    radii = GrowingDict()
    radii.put("Io", 1)
    first = radii.show(("Io", 2))
    radii.put("Io", 2)
    assert (first, radii.show(), radii.show(("Europa", 3))) == ({"Io": 2}, {"Io": 2}, {"Io": 2, "Europa": 3})


class Story(BaseModel):
    """An answer with a list, a map, and members that are no fields."""

    model_config = ConfigDict(extra="allow")

    words: list[int] = []
    parts: list[list[int]] = []
    map: dict[str, int] = {}


NUMBERS = ",".join("1" * 1000)
ANSWERS = {
    "a list": f'{{"words": [{NUMBERS}]}}',
    "a list in a list": f'{{"parts": [[1], [{NUMBERS}]]}}',
    "a map": '{"map": {' + ",".join(f'"{at}": 1' for at in range(1000)) + "}}",
    "other members": "{" + ",".join(f'"{at}": 1' for at in range(1000)) + "}",
}


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_long_answer_is_not_copied_for_each_element(answer: str, held: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    copies, shown, last = Copies(monkeypatch), list[int](), list[Any]()

    def take(story: Any) -> None:
        shown.append(1)
        last[:] = [story] if held else []

    rx.from_iterable(answer).pipe(ops.partial(Story)).subscribe(take)
    assert len(shown) >= 1000
    assert copies.elements < 20


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_the_arguments_of_a_long_call_are_not_copied_for_each_delta(
    answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies, calls, value = Copies(monkeypatch), PartialToolCalls(), None
    for character in answer:
        (call,) = calls.feed(sk.Chunk(tool_calls=(sk.ToolCallDelta(arguments=character),)))
        value = call.arguments
    assert value == from_json(answer)
    assert copies.elements < 20


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(json_values, st.lists(st.integers(1, 5), max_size=80), st.randoms())
def test_the_arguments_are_those_that_a_parser_of_the_whole_text_finds(
    value: Any, cuts: list[int], random: Any
) -> None:
    text, calls, found = to_json(value).decode(), PartialToolCalls(), list[sk.PartialToolCall]()
    at = 0
    for size in [*cuts, len(text)]:
        if at < len(text):
            found += calls.feed(sk.Chunk(tool_calls=(sk.ToolCallDelta(arguments=text[at : at + size]),)))
            at += size
            if random.random() < 0.7:
                assert found[-1].arguments == expected(found[-1].arguments_text)
    random.shuffle(found)
    assert [each.arguments for each in found] == [expected(each.arguments_text) for each in found]
    assert [pickle.loads(pickle.dumps(each)).arguments for each in found] == [each.arguments for each in found]


def expected(text: str) -> Any:
    try:
        return from_json(text, allow_partial="trailing-strings", allow_inf_nan=False)
    except ValueError:
        return None
