"""Lines of JSON become events wherever a network cuts them, and what is no line of JSON is passed over or refused."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.errors import LimitExceeded, MalformedError, ProviderError, TruncatedError
from streamkit.testing import ollama_line, ollama_lines, rechunk
from streamkit.wire import open_decoder
from streamkit.wire.framing.ndjson import LineFramer
from streamkit.wire.ollama.decoder import OllamaChatDecoder
from streamkit.wire.quirks import DEFAULT
from tests.wire.outcome import Outcome, drive, outcome

BOM = b"\xef\xbb\xbf"
API = "ollama.chat"

FRAMES: dict[str, tuple[bytes, list[bytes]]] = {
    "one line": (b'{"a":1}\n', [b'{"a":1}']),
    "two lines": (b'{"a":1}\n{"b":2}\n', [b'{"a":1}', b'{"b":2}']),
    "blank lines": (b'\n\n{"a":1}\n\n \n{"b":2}\n', [b'{"a":1}', b'{"b":2}']),
    "a mark at the start": (BOM + b'{"a":1}\n', [b'{"a":1}']),
    "nothing but a mark": (BOM, []),
    "spaces around": (b' {"a":1} \n', [b'{"a":1}']),
    "LS, PS and NEL within": ('{"a":"\u2028\u2029\x85"}\n'.encode(), ['{"a":"\u2028\u2029\x85"}'.encode()]),
    "a character of four bytes": ('{"a":"\U0001fa90"}\n'.encode(), ['{"a":"\U0001fa90"}'.encode()]),
    "not closed": (b'{"a":1}\n{"b":2}', [b'{"a":1}', b'{"b":2}']),
    "half a line": (b'{"a":1}\n{"b', [b'{"a":1}', b'{"b']),
    "as an event stream": (b'event: x\ndata: {"a":1}\n\n: hello\n\ndata: [DONE]\n\n', [b'{"a":1}', b"[DONE]"]),
    "other text": (b'hello\n{"a":1}\nbye: 1\n', [b'{"a":1}']),
}


def frame(*fragments: bytes, cap: int = 2**20) -> list[bytes]:
    framer = LineFramer(cap=cap)
    events = [event for fragment in fragments for event in framer.feed(fragment)]
    last = framer.flush()
    return events if last is None else [*events, last]


@pytest.mark.parametrize(("body", "events"), FRAMES.values(), ids=FRAMES)
def test_lines_are_framed_wherever_the_body_is_cut(body: bytes, events: list[bytes]) -> None:
    assert frame(body) == events
    assert frame(*rechunk(body, size=1)) == events
    assert all(frame(body[:cut], b"", body[cut:]) == events for cut in range(len(body) + 1))


def test_a_line_may_end_as_windows_ends_it() -> None:
    lines = [line.replace(b"\n", b"\r\n") for line in ollama_lines("Euro", "pa")]
    for size in (1, 7, 1000):
        assert outcome(rechunk(b"".join(lines), size=size), api=API).response.content == "Europa"


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("mark", [b"", BOM])
def test_a_line_of_the_cap_passes_and_one_byte_more_does_not(size: int, mark: bytes) -> None:
    fits = b'{"a":"' + b"x" * 42 + b'"}'
    for end in (b"\n", b"\r\n"):
        found = frame(*rechunk(mark + fits + end + fits + end, size=size), cap=50)
        assert [line.rstrip() for line in found] == [fits] * 2
        found = frame(*rechunk(mark + fits + end + fits + b" " + end + fits + end, size=size), cap=50)
        assert [line.rstrip() for line in found] == [fits]


def test_an_endless_line_is_not_gathered() -> None:
    framer = LineFramer(cap=1000)
    assert not any(framer.feed(b"{" + b"x" * 100) for _ in range(100))
    assert framer.oversized
    assert framer.flush() is None


@pytest.mark.parametrize("size", [1, 100, 100_000])
def test_an_oversized_line_is_an_error_after_what_came_before(size: int) -> None:
    decoder = OllamaChatDecoder(provider="test", quirks=DEFAULT, choices=1, api=None, cap=1000)
    body = ollama_line({"content": "Io"}) + ollama_line({"content": "x" * 2000}) + ollama_line(done=True)
    result = drive(decoder, rechunk(body, size=size))
    assert isinstance(result.error, LimitExceeded)
    assert result.response.content == "Io"


def test_lines_that_are_none_are_kept_up_to_a_bound() -> None:
    framer = LineFramer()
    framer.feed(b"<html>\n" + b"x" * 100_000 + b"\n")
    assert framer.unframed.startswith(b"<html>x")
    assert len(framer.unframed) == 64 * 1024


@pytest.mark.parametrize("garbage", [b"\x00\x01\x02\n", b"\x1f\x8b\x08\n", b"\xff\xfe\n", b"caf\xe9: 1\n"])
def test_a_line_of_binary_is_malformed(garbage: bytes) -> None:
    body = ollama_line({"content": "Io"}) + garbage + ollama_line(done=True)
    for size in (1, 1000):
        result = outcome(rechunk(body, size=size), api=API)
        assert isinstance(result.error, MalformedError)
        assert result.response.content == "Io"


@pytest.mark.parametrize("line", [b"{broken\n", b'{"a":1\n', b'{"a":' * 200 + b"1" + b"}" * 200 + b"\n", b"{}{}\n"])
def test_a_line_that_is_no_json_is_malformed(line: bytes) -> None:
    result = outcome([ollama_line({"content": "Io"}), line], api=API)
    assert isinstance(result.error, MalformedError)
    assert result.response.content == "Io"


@pytest.mark.parametrize(
    "line", [b'{"error":"late"}\n', b'{"error":{"message":"late"}}', b'data: {"error":"late"}\n\n']
)
def test_a_line_with_an_error_is_one(line: bytes) -> None:
    result = outcome([ollama_line({"content": "Io"}), line], api=API)
    assert isinstance(result.error, ProviderError)
    assert (result.error.message, result.response.content) == ("late", "Io")


@pytest.mark.parametrize("body", [b"<html>\n<p>502 Bad Gateway", b"Internal Server Error\n"])
def test_a_body_that_is_no_stream_says_how_it_begins(body: bytes) -> None:
    error = outcome([body], api=API).error
    assert isinstance(error, MalformedError)
    assert body[:6].decode() in error.message


@pytest.mark.parametrize("body", [b"", b"\n\n", b": ping\n\n"])
def test_a_body_without_a_line_is_cut(body: bytes) -> None:
    assert isinstance(outcome([body], api=API).error, TruncatedError)


LINES = st.sampled_from(
    [
        *(json.dumps({"message": {"content": text}}) for text in ("", "Io", "𝄞")),
        *(
            '{"done":true}',
            '{"done":true,"done_reason":"stop"}',
            '{"error":"x"}',
            "{",
            "}",
            "[DONE]",
            "\ufeff",
            "stray",
        ),
        *("data: {}", "data: [DONE]", ": comment", "event: x", '{"a\x00":1}', "x" * 95, " ", "\x01"),
    ]
)
BODIES = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\n\n", "\r\n", "\r", ""])), max_size=12)


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
    return drive(OllamaChatDecoder(provider="", quirks=DEFAULT, choices=1, api=None, cap=90), fragments)


def test_feeding_after_the_end_changes_nothing() -> None:
    decoder = open_decoder(API)
    decoder.feed(ollama_line(done=True))
    assert decoder.finish() == []
    assert (decoder.finish_seen, decoder.done, decoder.error) == (True, True, None)
    assert decoder.feed(ollama_line(done=True)) == []
