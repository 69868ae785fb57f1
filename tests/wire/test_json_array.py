"""The elements of a JSON array become events as soon as they are whole, wherever a network cuts them."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.errors import LimitExceeded, MalformedError, ProviderError, TruncatedError
from streamkit.testing import gemini_array, gemini_event, gemini_events, rechunk
from streamkit.wire.gemini.decoder import GeminiDecoder, GeminiFramer
from streamkit.wire.quirks import DEFAULT
from tests.wire.outcome import Outcome, drive, outcome

API = "gemini.generate_content"
BOM = b"\xef\xbb\xbf"
IO = gemini_events("I", "o")

FRAMES: dict[str, tuple[bytes, list[bytes]]] = {
    "nothing": (b"[]", []),
    "one element": (b'[{"a":1}]', [b'{"a":1}']),
    "pretty": (b'[{\n  "a": 1\n}\n,\r\n{\n  "b": {}\n}\n]\n', [b'{\n  "a": 1\n}', b'{\n  "b": {}\n}']),
    "a mark and spaces first": (BOM + b'\n [{"a":1}]', [b'{"a":1}']),
    "brackets in strings": (b'[{"a":"]},{["},{"b":"[{"}]', [b'{"a":"]},{["}', b'{"b":"[{"}']),
    "quotes in strings": (
        rb'[{"a\"]":"\\"},{"b":"\\\"}"},{"\u0022}":1}]',
        [rb'{"a\"]":"\\"}', rb'{"b":"\\\"}"}', rb'{"\u0022}":1}'],
    ),
    "arrays within": (b'[{"a":[[1],[{}]]},[1]]', [b'{"a":[[1],[{}]]}', b"[1]"]),
    "not closed": (b'[{"a":1},{"b":2}', [b'{"a":1}', b'{"b":2}']),
    "half an element": (b'[{"a":1},{"b', [b'{"a":1}']),
    "other values between": (b'[1, "x", null, {"a":1}]', [b'{"a":1}']),
    "more behind the end": (b'[{"a":1}]\n[{"b":2}]}]', [b'{"a":1}']),
}


def frame(*fragments: bytes, cap: int = 2**20) -> list[bytes]:
    framer = GeminiFramer(cap=cap)
    events = [event for fragment in fragments for event in framer.feed(fragment)]
    last = framer.flush()
    return events if last is None else [*events, last]


@pytest.mark.parametrize(("body", "events"), FRAMES.values(), ids=FRAMES)
def test_elements_are_framed_wherever_the_body_is_cut(body: bytes, events: list[bytes]) -> None:
    assert frame(body) == events
    assert frame(*rechunk(body, size=1)) == events
    assert all(frame(body[:cut], b"", body[cut:]) == events for cut in range(len(body) + 1))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\[]{},\n\u2028🪐', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(st.lists(st.dictionaries(st.text(max_size=3), VALUES), max_size=4), st.booleans(), st.data())
def test_every_element_of_any_array_comes_whole(elements: list[object], ascii_only: bool, draw: st.DataObject) -> None:
    body = json.dumps(elements, ensure_ascii=ascii_only, indent=draw.draw(st.sampled_from([None, 2]))).encode()
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(body)), max_size=9)))
    fragments = [body[start:stop] for start, stop in pairwise([0, *cuts, len(body)])]
    assert [json.loads(event) for event in frame(*fragments)] == elements


def test_an_element_of_the_cap_passes_and_one_byte_more_does_not() -> None:
    fits = b'{"a":"' + b"x" * 42 + b'"}'
    body = b"[" + b",".join([fits, fits, fits + b" ", b'{"a": "' + b"x" * 42 + b'"}', fits]) + b"]"
    for size in (1, 7, 1000):
        assert frame(*rechunk(body, size=size), cap=50) == [fits] * 3


def test_an_endless_string_is_not_gathered() -> None:
    framer = GeminiFramer(cap=1000)
    framer.feed(b'[{"a":"')
    assert not any(framer.feed(b"x" * 100) for _ in range(100))
    assert (framer.oversized, framer.broken, framer.flush()) == (True, True, None)
    assert framer.feed(b'"}]') == []


@pytest.mark.parametrize("size", [1, 100, 100_000])
def test_an_oversized_element_is_an_error_after_what_came_before(size: int) -> None:
    decoder = GeminiDecoder(provider="test", quirks=DEFAULT, choices=1, api=None, cap=1000)
    body = b"".join(gemini_array(gemini_event("Io"), gemini_event("x" * 2000), *IO))
    result = drive(decoder, rechunk(body, size=size))
    assert isinstance(result.error, LimitExceeded)
    assert result.response.content == "Io"


def test_an_array_says_what_the_events_say() -> None:
    assert outcome(gemini_array(*IO), api=API).response == outcome(IO, api=API).response


def test_each_element_is_handed_out_when_it_is_whole() -> None:
    decoder = GeminiDecoder(provider="test", quirks=DEFAULT, choices=1, api=None, cap=1000)
    texts = ["".join(chunk.content for chunk in decoder.feed(fragment)) for fragment in gemini_array(*IO)]
    assert texts == ["", "I", "", "o", "", "", ""]


def test_an_array_cut_anywhere_before_its_reason_is_an_error_with_what_came() -> None:
    body = b"".join(gemini_array(*IO))
    end = body.rindex(b"\n}\n]") + 2  # the brace that closes the element with the reason
    for cut in range(end):
        result = outcome([body[:cut]], api=API)
        assert isinstance(result.error, TruncatedError), cut
        assert "Io".startswith(result.response.content)
    for cut in range(end, len(body)):
        assert outcome([body[:cut]], api=API).error is None, cut


@pytest.mark.parametrize("before", [[], [gemini_event("Io")]])
def test_an_element_may_be_an_error(before: list[bytes]) -> None:
    failure = b'data: {"error":{"code":503,"message":"late","status":"UNAVAILABLE"}}\r\n\r\n'
    result = outcome(gemini_array(*before, failure), api=API)
    assert isinstance(result.error, ProviderError)
    assert (result.error.message, result.error.status) == ("late", 503)
    assert result.response.content == ("Io" if before else "")


@pytest.mark.parametrize("body", [b"[1, 2]", b"[]", b"[", b"[nothing here"])
def test_an_array_without_an_event_is_an_error(body: bytes) -> None:
    assert isinstance(outcome([body], api=API).error, (TruncatedError, MalformedError))


@pytest.mark.parametrize("garbage", [b"\x00\x01", b'\x1f"\x8b', b",\x7f,"])
def test_binary_between_elements_is_malformed(garbage: bytes) -> None:
    first, *rest = gemini_array(*IO)[1:]
    for size in (1, 1000):
        result = outcome(rechunk(b"[" + first + garbage + b"".join(rest), size=size), api=API)
        assert isinstance(result.error, MalformedError)
        assert result.response.content == "I"


PARTS = st.sampled_from(
    [
        *('{"candidates":[{"content":{"parts":[{"text":"Io"}]}}]}', '{"candidates":[{"finishReason":"STOP"}]}'),
        *('{"error":{"code":429}}', "[", "]", "{", "}", ",", '"', "\\", '{"a":"\\', '"}', "x", "\x00", "{}", "\ufeff"),
        '{"a":"' + "x" * 95 + '"}',
    ]
)


@given(st.lists(PARTS, max_size=12), st.binary(max_size=3), st.lists(st.integers(0, 400), max_size=20))
def test_any_split_of_the_bytes_gives_the_same_chunks_and_the_same_end(
    parts: list[str], garbage: bytes, cuts: list[int]
) -> None:
    body = b"[" + "".join(parts).encode() + garbage
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    fragments = [body[start:stop] for start, stop in pairwise(edges)]
    assert frame(*fragments, cap=90) == frame(body, cap=90)
    assert capped(fragments).seen == capped([body]).seen


def capped(fragments: list[bytes]) -> Outcome:
    return drive(GeminiDecoder(provider="", quirks=DEFAULT, choices=1, api=None, cap=90), fragments)
