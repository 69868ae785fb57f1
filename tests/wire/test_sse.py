"""Bytes become events by the WHATWG rules, wherever a network cuts them."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.errors import LimitExceeded, MalformedError, ProviderError, TruncatedError
from streamkit.testing import rechunk
from streamkit.wire import open_decoder
from streamkit.wire.framing.sse import EventFramer, NonDataJson
from streamkit.wire.openai_chat.decoder import ChatDecoder
from streamkit.wire.quirks import DEFAULT
from tests.wire.outcome import DONE, Outcome, data, drive, outcome

BOM = b"\xef\xbb\xbf"
END = data({"choices": [{"delta": {"content": "Io"}, "finish_reason": "stop"}]}) + DONE

FRAMES: dict[str, tuple[bytes, list[bytes]]] = {
    "one event": (b"data: a\n\n", [b"a"]),
    "two events": (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
    "CRLF": (b"data: a\r\n\r\ndata: b\r\n\r\n", [b"a", b"b"]),
    "CR": (b"data: a\r\rdata: b\r\r", [b"a", b"b"]),
    "mixed line ends": (b"data: a\r\n\ndata: b\n\r\ndata: c\r\r\n", [b"a", b"b", b"c"]),
    "blank lines between": (b"\n\n\ndata: a\n\n\n\n\ndata: b\n\n", [b"a", b"b"]),
    "a mark at the start": (BOM + b"data: a\n\n", [b"a"]),
    "a mark elsewhere": (b"data: a\n\ndata: " + BOM + b"b\n\n", [b"a", BOM + b"b"]),
    "two marks": (BOM + BOM + b"data: a\n\ndata: b\n\n", [b"b"]),
    "nothing but a mark": (BOM, []),
    "a comment": (b": hello\n\ndata: a\n\n", [b"a"]),
    "a comment within": (b"data: a\n: hello\ndata: b\n\n", [b"a\nb"]),
    "a comment that looks like data": (b":data: a\n\n", []),
    "several lines": (b"data: a\ndata: b\ndata: c\n\n", [b"a\nb\nc"]),
    "several lines with CRLF": (b"data: a\r\ndata: b\r\n\r\n", [b"a\nb"]),
    "several lines with spaces": (b"data:  a \ndata: b\n\n", [b" a \nb"]),
    "no space": (b"data:a\n\n", [b"a"]),
    "two spaces": (b"data:  a\n\n", [b" a"]),
    "a colon within": (b"data: a: b\n\n", [b"a: b"]),
    "no colon": (b"data\ndata\n\n", [b"\n"]),
    "empty": (b"data:\n\ndata: \n\ndata\n\ndata: a\n\n", [b"a"]),
    "other fields": (b"event: x\nid: 1\nretry: 5\ndata: a\n\nevent: y\n\n", [b"a"]),
    "another case": (b"Data: a\n\ndata: b\n\n", [b"b"]),
    "a space before the colon": (b"data : a\n\ndata: b\n\n", [b"b"]),
    "LS, PS and NEL within": ("data: a\u2028b\u2029c\x85d\n\n".encode(), ["a\u2028b\u2029c\x85d".encode()]),
    "form feeds and tabs within": (b"data: a\x0b\x0c\x1c\td\n\n", [b"a\x0b\x0c\x1c\td"]),
    "a character of four bytes": ("data: \U0001fa90\n\n".encode(), ["\U0001fa90".encode()]),
    "not closed": (b"data: a\n\ndata: b\n", [b"a", b"b"]),
    "not even ended": (b"data: a\n\ndata: b", [b"a", b"b"]),
    "JSON outside data": (b'{"error": 1}\n\n', [b' {"error": 1}']),
    "JSON on several lines": (b'{\n "error": 1\n}\n\n', [b' {\n "error": 1\n}']),
    "an array": (b'[{"error": 1}]\n\n', [b' [{"error": 1}]']),
    "JSON beside data": (b'{"error": 1}\ndata: a\n\n', [b"a"]),
}


def frame(*fragments: bytes, cap: int = 2**20) -> list[bytes]:
    framer = EventFramer(cap=cap)
    events = [event for fragment in fragments for event in framer.feed(fragment)]
    last = framer.flush()
    return events if last is None else [*events, last]


@pytest.mark.parametrize(("body", "events"), FRAMES.values(), ids=FRAMES)
def test_events_are_framed_by_the_rules_wherever_the_body_is_cut(body: bytes, events: list[bytes]) -> None:
    assert frame(body) == events
    assert frame(*rechunk(body, size=1)) == events
    assert all(frame(body[:cut], b"", body[cut:]) == events for cut in range(len(body) + 1))


def dispatched(body: bytes) -> list[bytes]:
    """Read lines one by one, as the rules say; a last event that nothing closes counts too."""
    found, lines = list[bytes](), list[bytes]()
    for line in [*body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"), b""]:
        if line.startswith(b"data:"):
            lines.append(line[5:].removeprefix(b" "))
        elif not line:
            found += [b"\n".join(lines)]
            lines.clear()
    return [event for event in found if event]


LINES = [b"data: a", b"data: b", b"data: ", b"data:c", b"event: x", b"event: ", b": d", b"id: 1", b"", b"data: data: e"]


@given(
    st.lists(st.sampled_from(["data: a\n\n", "event: x\ndata: b\n\n", ""]), max_size=4),
    st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from([b"\n", b"\n", b"\n", b"\r\n", b"\r"])), max_size=9),
    st.integers(0, 60),
)
def test_reads_of_whole_events_are_framed_as_line_by_line(
    whole: list[str], lines: list[tuple[bytes, bytes]], cut: int
) -> None:
    head, rest = "".join(whole).encode(), b"".join(line + end for line, end in lines)
    for body in (head + rest, rest + head):
        assert frame(body) == frame(body[:cut], body[cut:]) == dispatched(body)
    assert frame(head, rest, head) == dispatched(head + rest + head)


def test_json_outside_data_is_marked_and_data_is_not() -> None:
    assert [isinstance(event, NonDataJson) for event in frame(b"{}\n\ndata: {}\n\n[]\n\n")] == [True, False, True]


def test_lines_that_are_no_field_are_kept_up_to_a_bound() -> None:
    framer = EventFramer()
    framer.feed(b"<html>\n" + b"x" * 100_000 + b"\n\n")
    assert framer.unframed.startswith(b"<html>\nx")
    assert len(framer.unframed) == 64 * 1024


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("mark", [b"", BOM])
def test_an_event_of_the_cap_passes_and_one_byte_more_does_not(size: int, mark: bytes) -> None:
    fits = data("x" * 44)[:-2]
    for end in (b"\n\n", b"\r\n\r\n", b"\r\r"):
        assert frame(*rechunk(mark + fits + end + fits + end, size=size), cap=50) == [b"x" * 44] * 2
        assert frame(*rechunk(mark + fits + end + fits + b"x" + end + fits + end, size=size), cap=50) == [b"x" * 44]


def test_an_endless_line_is_not_gathered() -> None:
    framer = EventFramer(cap=1000)
    assert not any(framer.feed(b"x" * 100) for _ in range(100))
    assert framer.oversized
    assert framer.flush() is None


@pytest.mark.parametrize("size", [1, 100, 100_000])
def test_an_oversized_event_is_an_error_after_what_came_before(size: int) -> None:
    decoder = ChatDecoder(provider="test", quirks=DEFAULT, choices=1, api=None, cap=1000)
    body = data({"choices": [{"delta": {"content": "Io"}}]}) + data("x" * 2000) + END
    result = drive(decoder, rechunk(body, size=size))
    assert isinstance(result.error, LimitExceeded)
    assert result.response.content == "Io"


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": {"message": "late", "code": 500}}\n\n',
        b'{"error": {"message": "late", "code": 500}}',
        b'{\n  "error": {\n    "code": 500,\n    "message": "late"\n  }\n}\n',
        b'[{"error": {"message": "late", "code": 500}}\n]\n',
        b'event: error\ndata: {"error": {"message": "late", "code": 500}}\n\n',
    ],
)
def test_an_error_object_is_an_error_in_data_or_outside(body: bytes) -> None:
    event = data({"choices": [{"delta": {"content": "Io"}}]})
    for size in (1, 1000):
        result = outcome(rechunk(event + body, size=size))
        assert isinstance(result.error, ProviderError)
        assert (result.error.message, result.error.status) == ("late", 500)
        assert result.response.content == "Io"


@pytest.mark.parametrize("body", [b'{"note": 1}\n\n', b"[1, 2]\n\n", b"[]\n\n", b"{broken\n\n", b"Hello?\n\n"])
def test_other_text_outside_data_is_passed_over(body: bytes) -> None:
    assert outcome([body + END]).response.content == "Io"


def test_a_last_event_that_nothing_closes_is_read_if_its_json_is_whole() -> None:
    body = END.removesuffix(DONE).rstrip()
    assert outcome([body]).error is None
    assert isinstance(outcome([body[:-1]]).error, TruncatedError)


def test_a_sentinel_that_nothing_closes_is_one() -> None:
    assert outcome([END.rstrip()]).notes == []
    assert outcome([END.rstrip()[:-1]]).notes == ["sentinel_missing"]


@pytest.mark.parametrize("garbage", [b"\x00\x01\x02\n\n", b"\x1f\x8b\x08\n\n", b"\xff\xfe\n\n", b"caf\xe9: 1\n\n"])
def test_a_line_of_binary_outside_data_is_malformed(garbage: bytes) -> None:
    event = data({"choices": [{"delta": {"content": "Io"}}]})
    for size in (1, 1000):
        result = outcome(rechunk(event + garbage + END, size=size))
        assert isinstance(result.error, MalformedError)
        assert result.response.content == "Io"


@pytest.mark.parametrize(
    ("body", "begins"), [(b"<html>\n<p>502 Bad Gateway", "<html> <p>502"), (b'{"id": "x"}', '{"id"')]
)
def test_a_body_that_is_no_stream_is_malformed_and_says_how_it_begins(body: bytes, begins: str) -> None:
    error = outcome([body]).error
    assert isinstance(error, MalformedError)
    assert begins in error.message


def test_a_body_without_a_byte_is_cut() -> None:
    assert isinstance(outcome([]).error, TruncatedError)
    assert isinstance(outcome([b": ping\n\n"]).error, TruncatedError)


ODD_LINES = st.sampled_from(
    [
        *("data: ", "data:", "data", ": comment", "event: x", "id: 1", "\ufeff", "stray", "{", "}", '{"error": "x"}'),
        *("data: [DONE]", "data: null", "data: {", 'data: {"error": {"code": 429}}', "data: \u2028", "da\x00ta: x"),
        *(
            data({"choices": [{"delta": delta}]}).decode().rstrip()
            for delta in ({}, {"content": "Io"}, {"content": "𝄞"})
        ),
        *(json.dumps({"choices": [{"finish_reason": "stop"}]}).join(("data: ", "")),),
    ]
)
BODIES = st.lists(
    st.tuples(ODD_LINES, st.sampled_from(["\n", "\n\n", "\r", "\r\n", "\r\n\r\n", "\r\r", ""])), max_size=12
)


@given(BODIES, st.binary(max_size=3), st.lists(st.integers(0, 400), max_size=20))
def test_any_split_of_the_bytes_gives_the_same_chunks_and_the_same_end(
    lines: list[tuple[str, str]], garbage: bytes, cuts: list[int]
) -> None:
    body = "".join(line + end for line, end in lines).encode() + garbage
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    fragments = [body[start:stop] for start, stop in pairwise(edges)]
    assert frame(*fragments, cap=90) == frame(body, cap=90)
    assert capped(fragments).seen == capped([body]).seen


def capped(fragments: list[bytes]) -> Outcome:
    return drive(ChatDecoder(provider="", quirks=DEFAULT, choices=1, api=None, cap=90), fragments)


def test_feeding_after_the_end_changes_nothing() -> None:
    decoder = open_decoder("openai.chat")
    decoder.feed(END)
    assert decoder.finish() == []
    assert (decoder.finish_seen, decoder.done, decoder.error) == (True, True, None)
    assert decoder.feed(END) == []
