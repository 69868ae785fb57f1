"""A decoder never raises, whatever bytes come: it reads what it can, and sets an error for the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamkit import codec
from streamkit.errors import MalformedError
from streamkit.testing import chat_event
from streamkit.wire.lenient_json import as_dict, as_list, parse
from tests.wire.outcome import DONE, data, outcome

END = chat_event({}, finish="stop")


def content(text: str | bytes) -> bytes:
    """Write an event whose content is this between the quotes, as it stands."""
    raw = text if isinstance(text, bytes) else text.encode()
    return b'data: {"choices":[{"index":0,"delta":{"content":"' + raw + b'"}}]}\n\n'


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (b"I\xff\xfeo", "I\ufffd\ufffdo"),
        (b"\xf0\x9f\xaa", "\ufffd"),
        (b"\xed\xa0\xbd", "\ufffd\ufffd\ufffd"),
        (r"\ud83d", "\ufffd"),
        (r"\ude00 \uD83D", "\ufffd \ufffd"),
        (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\\ud83d\ude00", "\\ud83d\ufffd"),
        (r"\\\ud83d\n", "\\\ufffd\n"),
        ("a\tb\x01", "a\tb\x01"),
    ],
)
def test_what_is_no_text_is_replaced(text: str | bytes, read: str) -> None:
    result = outcome([content("x"), content(text), content("y"), END, DONE])
    assert (result.response.content, result.error) == (f"x{read}y", None)


def test_replaced_bytes_are_noted_once() -> None:
    assert outcome([content(b"\xff"), content(b"\xff"), END, DONE]).notes == ["utf8_replaced"]
    assert outcome([content("\ufffd"), content(r"\ufffd"), content("\t"), END, DONE]).notes == []


def test_a_character_may_be_cut_by_the_network_without_being_replaced() -> None:
    body = content("木星 🪐") + END + DONE
    assert outcome(body[at : at + 1] for at in range(len(body))).notes == []


def test_text_that_is_read_forgivingly_may_be_followed_by_more() -> None:
    """A control character within a string is no JSON, but some servers write it."""
    result = outcome([content("a\tb"), content("c\td"), content("e"), END, DONE])
    assert (result.response.content, result.error) == ("a\tbc\tde", None)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 400, "-1e400"])
def test_numbers_that_are_none_do_no_harm(number: str) -> None:
    event = f'{{"choices":[{{"index":{number},"delta":{{"content":"Io"}}}}],"usage":{{"prompt_tokens":{number}}}}}'
    result = outcome([data(event), END, DONE])
    assert not isinstance(result.error, MalformedError)
    assert "Io" in [choice.content for choice in result.response.choices]


@pytest.mark.parametrize(
    "event", ["null", "3", '"text"', "[1, 2]", "{broken", "{} {}", "[" * 5000, '{"a":' * 200 + "1" + "}" * 200]
)
def test_an_event_that_is_no_object_is_malformed(event: str) -> None:
    result = outcome([content("Io"), data(event), END, DONE])
    assert isinstance(result.error, MalformedError)
    assert result.response.content == "Io"


def test_braces_within_a_text_are_not_depth() -> None:
    assert outcome([content("{[" * 1000), END, DONE]).response.content == "{[" * 1000
    assert parse(b"[" * 100 + b"]" * 100)[0]


def test_nothing_is_read_behind_an_error() -> None:
    result = outcome([content("Io"), data("{broken"), content("!"), END, DONE])
    assert (result.response.content, len(result.chunks)) == ("Io", 1)
    assert result.seen == outcome([content("Io") + data("{broken") + content("!") + END + DONE]).seen


EVENT = {
    "id": "a",
    "model": "m",
    "usage": {"prompt_tokens": 7, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 1}},
    "x_groq": {"usage": {"prompt_tokens": 7}},
    "citations": ["x"],
    "error": {"message": "m", "code": 400, "type": "t", "status": 400},
}
DELTA = {
    "content": [{"type": "text", "text": "a"}, {"type": "thinking", "thinking": [{"type": "text", "text": "a"}]}],
    "reasoning_content": "a",
    "reasoning": "a",
    "refusal": "a",
    "tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}],
    "function_call": {"name": "f", "arguments": "{}"},
    "audio": {"data": "QQ==", "transcript": "a"},
    "annotations": [{"url": "x"}],
    "images": [{"image_url": {"url": "data:image/png;base64,QQ=="}}],
}
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["", "QQ=", "\ud83d", "stop", "a"])
ODD = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=1), inner, max_size=2)
)


def odd(value: object) -> st.SearchStrategy[Any]:
    """Give the value with something else at some places, and without some of its names."""
    kept: st.SearchStrategy[Any] = st.just(value)
    if names := as_dict(value):
        kept = st.fixed_dictionaries({}, optional={name: odd(inner) for name, inner in names.items()})
    elif items := as_list(value):
        kept = st.tuples(*map(odd, items)).map(list)
    return st.integers(0, 5).flatmap(lambda n: kept if n else ODD)


CHOICES = [{"index": at, "finish_reason": "stop", "delta": DELTA} for at in range(2)]


@given(st.lists(odd({**EVENT, "choices": CHOICES}), max_size=3))
@example([{"choices": [{"index": True, "delta": {"content": "x"}}], "model": 5, "id": ["x"]}])
@example([{"usage": {"prompt_tokens": float("inf")}}, {"error": {"code": float("nan")}}])
@example([{"choices": [{"delta": {"tool_calls": [{"id": 5, "index": [], "function": {"name": {}, "arguments": 1}}]}}]}])
def test_odd_types_in_any_field_never_raise_and_are_never_passed_on(events: list[Any]) -> None:
    result = outcome([*(data(json.dumps(event)) for event in events), DONE])
    for value in (result.response, *result.chunks):
        assert as_json(codec.decode(codec.encode(value))) == as_json(value)


def as_json(value: codec.Value) -> object:
    """What JSON keeps of a value: it knows no NaN, and no tuples."""
    return json.loads(codec.encode(value))


@given(
    st.lists(st.binary(max_size=40) | st.sampled_from([b"data: ", b"\n\n", b"\r", b"{", b'"', b"[DONE]"]), max_size=20)
)
def test_no_bytes_make_it_raise(fragments: list[bytes]) -> None:
    result = outcome(fragments)
    assert result.error is not None
    assert result.response.content == ""
