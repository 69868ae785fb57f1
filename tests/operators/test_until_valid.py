"""``until_valid``: the first object that is whole and valid; then the call is stopped."""

from __future__ import annotations

import time
from typing import Any, assert_type

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError, model_validator
from reactivex import Observable, Subject  # noqa: TID251 - a hot source that a test can push into

import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_event, chat_events, regroup


class Moon(BaseModel):
    name: str
    radius: int


IO = Moon(name="Io", radius=1821)


def collect(kind: Any, *fragments: Any) -> list[Any]:
    found: list[Any] = []
    rx.from_iterable(fragments).pipe(ops.until_valid(kind)).subscribe(
        found.append, found.append, lambda: found.append("end")
    )
    return found


@pytest.mark.parametrize("tail", ["} and {more", "}}", '}\n```\n{"name": "Titan", "radius": 1}'])
async def test_the_call_is_stopped_with_the_last_character_of_the_object(tail: str) -> None:
    script = Script([*chat_events('Here: {"name": "Io",', ' "radius": 1821', tail)[:4], None])
    stream = script.stream()
    assert await stream.pipe(ops.until_valid(Moon)) == IO
    assert (stream.state, stream.response.stopped_by, script.closed) == ("stopped", "until_valid(Moon)", 1)


TRIES = [
    'It is {"name": "Io"}, no: {"name": "Io", "radius": "big"}, I mean {"name": "Io", "radius": 1821}, yes.',
    'It is {"name": "Io", radius: 1}? {"name": "Io", "radius" {"name": "Io", "radius": 1821} yes.',
    '{"name": "a", "name": "b"} {"name": NaN} {"name": "\\x"} {"name": "Io", "radius": 1821}',
    '{"of": {"name": "Io", "radius": 1}} {"name": "Io", "radius": 1821}',
]


@pytest.mark.parametrize("text", TRIES)
@given(st.integers(0, 2**32))
def test_what_is_broken_or_not_valid_is_passed_over(text: str, seed: int) -> None:
    assert collect(Moon, text) == [IO, "end"]
    assert collect(Moon, *regroup([text], seed=seed)) == [IO, "end"]


def test_nothing_valid_is_an_error_that_says_why_the_last_was_not() -> None:
    (error,) = collect(Moon, '{"name": "Io"} or {"radius": 3} or {oops')
    assert isinstance(error, sk.MalformedError)
    assert str(error) == "until_valid(Moon): name: Field required"
    assert isinstance(error.__cause__, ValidationError)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("I cannot.", "nothing in it is the JSON that is wanted"),
        ('{"name": "Io", "rad', "it ended before it was whole"),
        ('{"name" "Io"}', "nothing in it is the JSON that is wanted"),
    ],
)
def test_no_object_at_all_is_an_error(text: str, message: str) -> None:
    (error,) = collect(Moon, text)
    assert (type(error), str(error)) == (sk.MalformedError, f"until_valid(Moon): {message}.")


def test_nesting_too_deep_is_not_passed_over() -> None:
    assert [type(each) for each in collect(list[Any], "[" * 200)] == [sk.LimitExceeded]


def test_a_number_at_the_top_is_whole_at_what_follows_it_or_at_the_end() -> None:
    assert collect(int, "4", "2", " moons") == [42, "end"]
    assert collect(int, "4", "2") == [42, "end"]
    (error,) = collect(bool, "4", "2")
    assert isinstance(error, sk.MalformedError)


@pytest.mark.parametrize("reason", ["length", "content_filter"])
@pytest.mark.parametrize("operator", [ops.until_valid(int), ops.partial(int)])
def test_a_number_at_the_end_of_an_answer_that_was_cut_is_not_whole(operator: Any, reason: str) -> None:
    stream = Script([chat_event({"content": "18"}), chat_event({}, finish=reason), chat_events()[-1]]).stream()
    with pytest.raises(sk.MalformedError, match="it ended before it was whole"):
        stream.pipe(operator).run()
    assert not sk.race([stream.again()], accept=int).run()


def test_the_users_own_exception_passes_unchanged_and_the_source_is_left() -> None:
    wrong = RuntimeError("mine")

    class Own(Moon):
        @model_validator(mode="after")
        def refuse(self) -> Own:
            raise wrong

    source, seen = Subject[str](), list[Any]()
    source.pipe(ops.until_valid(Own)).subscribe(seen.append, seen.append)
    source.on_next('{"name": "Io", "radius": 1821}')
    assert (seen, source.observers) == ([wrong], [])


def call(*arguments: str, index: int = 0, complete: bool = False) -> list[sk.Chunk]:
    deltas = [sk.ToolCallDelta(index=index, id=f"call_{index}", name="moon")]
    deltas += [sk.ToolCallDelta(index=index, arguments=each) for each in arguments]
    deltas += [sk.ToolCallDelta(index=index, complete=True)] if complete else []
    return [sk.Chunk(tool_calls=(delta,)) for delta in deltas]


def texts(*fragments: str) -> list[sk.Chunk]:
    return [sk.Chunk(content=fragment) for fragment in fragments]


ARGUMENTS = ('{"name": "Io"', ', "radius": 1821}')


@pytest.mark.parametrize(
    "chunks",
    [
        texts(*ARGUMENTS),
        [*texts("I call {moon} with {"), *call(*ARGUMENTS)],
        [*call(*ARGUMENTS[:1]), *texts(" so "), *call('{"name": "x"', index=1), *call(*ARGUMENTS[1:])],
        [*texts(ARGUMENTS[0]), *call('{"name": "x", "radius": 1}'), *texts(ARGUMENTS[1])],
        [sk.Chunk(index=1, content='{"name": "x", "radius": 1}'), *texts(*ARGUMENTS)],
        [*call(*ARGUMENTS, index=3)],
    ],
)
def test_of_chunks_the_text_is_read_or_the_first_tool_call_if_it_comes_before_any_json(chunks: list[sk.Chunk]) -> None:
    assert collect(Moon, *chunks) == [IO, "end"]
    for seed in range(20):
        assert collect(Moon, *regroup(chunks, seed=seed)) == [IO, "end"]


class Nothing(BaseModel):
    limit: int = 3


def test_a_call_without_arguments_is_an_empty_object_unless_it_was_cut() -> None:
    assert collect(Nothing, *call(complete=True)) == [Nothing(), "end"]
    assert collect(Nothing, *call(), sk.Chunk(finish_reasons=["tool_calls"])) == [Nothing(), "end"]
    assert [type(each) for each in collect(Nothing, *call(), sk.Chunk(finish_reasons=["length"]))] == [
        sk.MalformedError
    ]


def test_long_prose_and_many_tries_cost_their_length() -> None:
    fragments = ["moon ", "{moon} ", '{"name": "Io"} ', "[1] ", '{"name": "Io", oops '] * 10_000
    start = time.process_time()
    assert collect(Moon, *fragments, '{"name": "Io", "radius": 1821}') == [IO, "end"]
    assert time.process_time() - start < 15


def test_the_checker_knows_what_comes_out() -> None:
    stream = Script(chat_events()).stream()
    assert_type(stream.pipe(ops.until_valid(Moon)), sk.Flow[Moon])
    assert_type(stream.pipe(ops.text(), ops.until_valid(dict[str, int])), sk.Flow[dict[str, int]])
    assert_type(rx.of("[]").pipe(ops.until_valid(list[int])), Observable[list[int]])
