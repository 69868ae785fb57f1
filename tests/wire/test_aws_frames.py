"""AWS's frames: read wherever they are cut, believed only with both checksums, bounded."""

from __future__ import annotations

import struct
from itertools import pairwise
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.testing import aws_frame, bedrock_error, bedrock_events, invoke_events, rechunk
from streamkit.wire.framing.aws_event_stream import ChunkFramer, ErrorFrame, FrameFramer

BODY = b"".join([*bedrock_events("Eu", "ro", "pa"), bedrock_error("throttlingException", "slow down")])


def frame(headers: bytes, payload: bytes = b"{}") -> bytes:
    head = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    begun = head + struct.pack(">I", crc32(head)) + headers + payload
    return begun + struct.pack(">I", crc32(begun))


def header(name: bytes, kind: int, value: bytes) -> bytes:
    return bytes([len(name)]) + name + bytes([kind]) + value


def text(name: bytes, value: bytes) -> bytes:
    return header(name, 7, struct.pack(">H", len(value)) + value)


def test_an_event_is_written_as_an_object_of_its_name() -> None:
    assert FrameFramer().feed(aws_frame("messageStop", {"stopReason": "end_turn"})) == [
        b'{"messageStop":{"stopReason":"end_turn"}}'
    ]
    assert FrameFramer().feed(aws_frame("odd", b"")) == [b'{"odd":{}}']


def test_an_exception_frame_becomes_an_error_frame() -> None:
    (event,) = FrameFramer().feed(bedrock_error("throttlingException", "slow"))
    assert isinstance(event, ErrorFrame) and event == b'{"throttlingException":{"message":"slow"}}'


def test_an_error_frame_has_its_message_in_the_headers() -> None:
    headers = text(b":message-type", b"error") + text(b":error-code", b"InternalFailure")
    (event,) = FrameFramer().feed(frame(headers + text(b":error-message", b'a "bad" day'), b""))
    assert isinstance(event, ErrorFrame) and event == b'{"InternalFailure":{"message": "a \\"bad\\" day"}}'


def test_headers_of_every_type_are_passed_over() -> None:
    sizes = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
    odd = b"".join(header(b"h", kind, bytes(size)) for kind, size in sizes.items()) + header(b"b", 6, b"\0\x02xy")
    assert FrameFramer().feed(frame(odd + text(b":event-type", b"one"))) == [b'{"one":{}}']


def test_a_name_that_is_no_word_cannot_break_out_of_its_json() -> None:
    assert FrameFramer().feed(frame(text(b":event-type", b'a":1,"b'))) == [b'{"a\\":1,\\"b":{}}']


@given(st.lists(st.integers(0, len(BODY)), max_size=20))
def test_any_split_of_the_bytes_gives_the_same_events(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(BODY)]
    framer = FrameFramer()
    events = [event for start, stop in pairwise(edges) for event in framer.feed(BODY[start:stop])]
    assert events == FrameFramer().feed(BODY)
    assert framer.flush() is None and not framer.broken


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255), st.integers(1, 200))
def test_one_changed_byte_is_found_and_nothing_behind_it_is_believed(at: int, change: int, size: int) -> None:
    damaged = bytearray(BODY)
    damaged[at] ^= change
    framer = FrameFramer()
    events = [event for fragment in rechunk(bytes(damaged), size=size) for event in framer.feed(fragment)]
    sound = FrameFramer().feed(BODY)
    assert events == sound[: len(events)] and len(events) < len(sound)
    framer.flush()
    assert framer.broken or framer.unframed


def test_damage_is_named() -> None:
    whole = aws_frame("messageStop", {"stopReason": "end_turn"})
    for at, what in ((3, "head"), (30, "checksum of a frame is"), (-1, "checksum of a frame is")):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        framer = FrameFramer()
        assert framer.feed(bytes(damaged)) == [] and framer.binary and what in framer.damage


@pytest.mark.parametrize(("total", "headers"), [(15, 0), (20, 5), (16, 4096)])
def test_lengths_that_do_not_fit_are_damage(total: int, headers: int) -> None:
    head = struct.pack(">II", total, headers)
    framer = FrameFramer()
    framer.feed(head + struct.pack(">I", crc32(head)) + bytes(64))
    assert framer.binary and "lengths" in framer.damage


@pytest.mark.parametrize("headers", [b"\x05ab", header(b"x", 99, b""), text(b"x", b"y")[:-1], b"\x01\xff\x07\0\x01x"])
def test_headers_that_cannot_be_read_are_damage(headers: bytes) -> None:
    framer = FrameFramer()
    assert framer.feed(frame(headers)) == [] and framer.binary and "cannot be read" in framer.damage


def test_a_frame_above_the_cap_is_refused_by_its_head() -> None:
    framer = FrameFramer(cap=100)
    assert framer.feed(aws_frame("small", {})) != []
    assert framer.feed(aws_frame("large", {"text": "x" * 100})[:12]) == [] and framer.oversized
    assert framer.feed(aws_frame("small", {})) == []


@pytest.mark.parametrize("size", [1, 7, 199, 5000])
def test_a_body_that_is_no_stream_says_how_it_begins(size: int) -> None:
    page = b"<html>" + b"x" * 10_000
    framer = FrameFramer()
    for fragment in rechunk(page, size=size):
        assert framer.feed(fragment) == []
    assert framer.binary and framer.unframed == page[:4096]
    framer = FrameFramer()
    for fragment in rechunk(page[:50], size=size):
        framer.feed(fragment)
    framer.flush()
    assert framer.unframed == page[:50]


def test_a_frame_that_is_cut_says_nothing() -> None:
    framer = FrameFramer()
    assert framer.feed(BODY[:-1]) == FrameFramer().feed(BODY)[:-1]
    assert framer.flush() is None and not framer.broken and not framer.unframed


def test_a_models_own_event_is_taken_out_of_its_chunk() -> None:
    body = b"".join(invoke_events(b'{"type":"ping"}'))
    assert ChunkFramer().feed(body) == [b'{"type":"ping"}']
    assert ChunkFramer().feed(aws_frame("other", {"a": 1})) == [b'{"other":{"a":1}}']


@pytest.mark.parametrize("payload", [b"{}", b'{"bytes":"!"}', b'{"bytes":3}', b"no"])
def test_a_chunk_without_base64_is_damage(payload: bytes) -> None:
    framer = ChunkFramer()
    assert framer.feed(aws_frame("chunk", payload)) == [] and framer.binary and "cannot be read" in framer.damage


def test_a_large_frame_in_small_reads_costs_no_more_than_its_size() -> None:
    body = aws_frame("contentBlockDelta", {"delta": {"text": "x" * 2_000_000}})
    framer = FrameFramer()
    found = [event for fragment in rechunk(body, size=64) for event in framer.feed(fragment)]
    assert len(found) == 1 and len(found[0]) > 2_000_000
