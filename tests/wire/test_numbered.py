"""The short way through numbered events: it takes what the full parse would, and nothing else."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from streamkit.chunk import Chunk
from streamkit.wire import open_decoder
from streamkit.wire.openai_responses.numbers import NumberedTemplate
from tests.wire.short_way import PLAIN

API = "openai.responses"


class NoShortWay(NumberedTemplate):
    """A template that nothing fits."""

    __slots__ = ()

    def read(self, payload: bytes) -> Chunk | None:
        return None


class Counting(NumberedTemplate):
    """A template that counts what it reads."""

    __slots__ = ()
    count = 0

    def read(self, payload: bytes) -> Chunk | None:
        chunk = super().read(payload)
        Counting.count += chunk is not None
        return chunk


def decoded(payloads: list[bytes], template: type[NumberedTemplate]) -> tuple[object, ...]:
    """Decode with a template: all that can be seen of it, but for who made a chunk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamkit.wire.openai_responses.decoder.NumberedTemplate", template)
        decoder = open_decoder(API)
    chunks, moved = list[Chunk](), list[bool]()
    for payload in payloads:
        decoder.saw_content = False
        chunks += decoder.feed(b"data: " + payload + b"\n\n")
        moved.append(decoder.saw_content)
    shown = [(*astuple(chunk)[:PLAIN], *astuple(chunk)[PLAIN + 1 :]) for chunk in chunks]
    return shown, moved, str(decoder.error), decoder.notes


def assert_same(payloads: list[bytes]) -> int:
    """Decode with and without the short way, compare, and return how many events took it."""
    Counting.count = 0
    assert decoded(payloads, Counting) == decoded(payloads, NoShortWay)
    return Counting.count


def written(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()


NAMES = ("type", "delta", "item_id", "obfuscation", "output_index", "sequence_number")
KINDS = ("output_text", "reasoning_summary_text", "reasoning_text", "function_call_arguments", "refusal")
texts = st.text() | st.sampled_from(['"', "\\", '","item_id":"x"', '"sequence_number":7', "a\u2028b", "é", "🌋"])


def delta(order: tuple[str, ...], text: str, number: int, *, kind: str = KINDS[0], noise: str = "aB3") -> bytes:
    values = {
        "type": f"response.{kind}.delta",
        "delta": text,
        "item_id": "m",
        "obfuscation": noise,
        "output_index": 0,
        "sequence_number": number,
    }
    return written({name: values[name] for name in order})


@pytest.mark.parametrize("order", list(permutations(NAMES))[::7])
def test_events_are_read_the_short_way_wherever_their_number_and_padding_stand(order: tuple[str, ...]) -> None:
    payloads = [delta(order, f"word {number} ", number, noise="x" * (number % 5)) for number in range(8, 120)]
    took = assert_same(payloads)
    # Where the padding stands before the text, which nobody sends, only what repeats it is read so.
    assert took == len(payloads) - 2 or order.index("obfuscation") < order.index("delta")


@given(
    st.lists(st.tuples(texts, st.sampled_from(KINDS), st.text("abcXYZ019", max_size=4), st.integers(0, 3))),
    st.permutations(NAMES),
)
def test_the_short_way_is_not_seen_in_what_comes_out(events: list[tuple[str, str, str, int]], order: list[str]) -> None:
    number, payloads = 0, list[bytes]()
    for text, kind, noise, step in events:
        number += (1, 1, 0, 2)[step]  # mostly counting on; sometimes the same number again, sometimes one is left out
        payloads.append(delta(tuple(order), text, number, kind=kind, noise=noise))
    assert_same(payloads)


@given(st.lists(texts, max_size=8))
def test_a_custom_tools_text_is_never_read_the_short_way(fragments: list[str]) -> None:
    item = {"type": "custom_tool_call", "call_id": "c", "name": "write"}
    begin = written({"type": "response.output_item.added", "output_index": 0, "item": item, "sequence_number": 0})
    payloads = [delta(NAMES, text, at, kind="custom_tool_call_input") for at, text in enumerate(fragments, 1)]
    assert assert_same([begin, *payloads]) == 0


@pytest.mark.parametrize(
    "tail",
    [
        b'"sequence_number":1,"obfuscation":"a!"}',
        b'"sequence_number":1,"obfuscation":"a"',
        b'"sequence_number":1,"obfuscation":","more":"a"}',
        b'"sequence_number":01,"obfuscation":"a"}',
        b'"sequence_number":1,"obfuscation":"a","delta":"b"}',
    ],
)
def test_what_is_not_just_padding_is_parsed(tail: bytes) -> None:
    head = b'{"type":"response.output_text.delta","delta":"Io",'
    assert assert_same([head + b'"sequence_number":0,"obfuscation":"a"}', head + tail]) == 0


def test_numbers_that_are_read_the_short_way_count() -> None:
    payloads = [delta(NAMES, "a", at) for at in (0, 0, 1, 3)]
    assert assert_same(payloads) == 1  # and it notes that one is missing


def test_events_without_numbers_take_the_short_way_too() -> None:
    order = tuple(name for name in NAMES if name != "sequence_number")
    assert assert_same([delta(order, f"{at}", 0) for at in range(9)]) == 7


def test_an_interrupted_text_is_learned_anew() -> None:
    order = NAMES
    payloads = [delta(order, "a", at, kind=KINDS[at // 3 % 2]) for at in range(40)]
    assert assert_same(payloads) > 10
