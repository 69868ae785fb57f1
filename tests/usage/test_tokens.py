"""Estimates of tokens: the same however a text is cut, within bounds that hold on recorded answers."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.chunk import Chunk, Image, ToolCallDelta, Usage
from streamkit.fold import Fold
from streamkit.response import Response
from streamkit.usage.tokens import HEAVIEST, estimate, prefix_for_tokens, weigh
from streamkit.wire import decoder

TEXT = st.text("aZ 9.,é木ж한ก🪐👍🏽\n")
# What is generated and shown by no text, or what is no recording.
_THOUGHT = {"reasoning_tokens", "redacted_thinking", "signature", "thinking"}
_HIDDEN = {"audio", "citations", "image", "images", "refusal", "server_tools"} | _THOUGHT


@given(TEXT, TEXT)
def test_a_text_weighs_what_its_parts_weigh(first: str, second: str) -> None:
    both = zip(weigh(first), weigh(second), strict=True)
    assert tuple(weigh(first + second)) == tuple(one + other for one, other in both)


@given(TEXT)
def test_the_likely_number_is_within_the_bounds(text: str) -> None:
    found = estimate(text)
    assert found.low <= found.tokens <= found.high
    assert (found.tokens == 0) == (not text)


@given(TEXT, st.integers(1, 2000))
def test_a_weight_is_reached_with_the_first_character_that_brings_it(text: str, hundredths: int) -> None:
    end = prefix_for_tokens(text, hundredths)
    if end is None:
        assert weigh(text).likely < hundredths
    else:
        assert weigh(text[: end - 1]).likely < hundredths <= weigh(text[:end]).likely


def test_no_character_is_heavier_than_the_heaviest() -> None:
    assert max(weigh(chr(code)).likely for code in range(0x110000)) == HEAVIEST


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # As the vocabularies of 65,000, 100,000 and 200,000 tokens cut them, the fewest and the most.
        ("Europa is one of the four largest moons of Jupiter, and it may hold an ocean of water.", (20, 22)),
        ("Der Mond Europa hat unter seiner Eisdecke vermutlich einen Ozean aus flüssigem Wasser.", (20, 28)),
        ("木星の衛星エウロパの氷の下には海があると考えられている。", (25, 30)),
        ("Под льдом Европы, спутника Юпитера, может быть океан, где есть жизнь.", (20, 40)),
        ("def fold(chunks: list[str]) -> str:\n    return ''.join(chunks)\n", (18, 20)),
        ('{"moons": ["Io", "Europa"], "count": 95, "checked": true}', (21, 22)),
        ("🪐🚀👍", (6, 9)),
    ],
)
def test_real_texts_are_within_the_bounds(text: str, tokens: tuple[int, int]) -> None:
    found = estimate(text)
    assert found.low <= tokens[0] and tokens[1] <= found.high


@pytest.mark.parametrize("text", ["I", "Io", "Europa", " ", "\n\n", "a\n"])
def test_visible_text_is_at_least_one_token(text: str) -> None:
    assert estimate(text).low == 1
    usage = folded(Chunk(content=text)).usage or Usage()
    assert (usage.source, usage.low) == ("estimated", 1)


def test_texts_that_share_no_token_have_at_least_one_each() -> None:
    call = ToolCallDelta(0, "c", "look_up", "{}")
    chunks = [Chunk(content="I"), Chunk(content="o"), Chunk(thinking="Hm"), Chunk(tool_calls=(call,))]
    usage = folded(*chunks, Chunk(content="Io", index=1)).usage or Usage()
    assert usage.low == 4 and (usage.output_tokens or 0) >= 4


@pytest.mark.parametrize("chunk", [Chunk(model="m"), Chunk(audio=b"hum"), Chunk(images=(Image(b"moon"),))])
def test_what_shows_no_text_has_no_lower_bound(chunk: Chunk) -> None:
    assert folded(chunk).usage is None


def test_a_text_that_goes_on_after_the_stop_is_one_text() -> None:
    fold = Fold()
    fold.add([Chunk(content="I")])
    fold.add_after_stop([Chunk(content="o")], 1, ended=False)
    assert (fold.response("stopped", requested_model="m").usage or Usage()).low == 1


def folded(*chunks: Chunk) -> Response:
    """Fold what came of a call before it was stopped."""
    fold = Fold()
    fold.add(chunks)
    return fold.response("stopped", requested_model="m")


def test_a_long_text_costs_its_length() -> None:
    start = time.process_time()
    estimate("Europa und 木星. " * 100_000)
    assert time.process_time() - start < 2


def rows(wire_dir: Path) -> list[dict[str, Any]]:
    with (wire_dir / "manifest.jsonl").open() as file:
        return [json.loads(line) for line in file]


def is_text_alone(row: dict[str, Any]) -> bool:
    expected = row["expect"]
    shown = expected.get("output_tokens") and expected.get("text") and not expected.get("tools")
    return bool(shown) and _HIDDEN.isdisjoint(row["features"]) and "derived" not in row["provenance"]


def stopped(wire_dir: Path, row: dict[str, Any]) -> Response:
    """Fold all chunks of a recording but those that tell of usage, as if it had been stopped before them."""
    reading, fold = decoder(row["api"], vendor=row["provider"]), Fold()
    chunks = [chunk for chunk in reading.feed((wire_dir / row["file"]).read_bytes()) if chunk.content]
    fold.add(
        [chunk if chunk.usage is None else type(chunk)(content=chunk.content, index=chunk.index) for chunk in chunks]
    )
    return fold.response("stopped", requested_model="m")


def test_the_bounds_hold_for_nineteen_of_twenty_recorded_answers_of_text(wire_dir: Path) -> None:
    missed: list[str] = []
    text_alone = [row for row in rows(wire_dir) if is_text_alone(row)]
    for row in text_alone:
        usage = stopped(wire_dir, row).usage
        assert usage is not None and usage.low is not None and usage.high is not None, row["file"]
        if not usage.low <= row["expect"]["output_tokens"] <= usage.high:
            missed.append(f"{row['file']}: {usage.low} to {usage.high}, reported {row['expect']['output_tokens']}")
    assert len(text_alone) >= 40
    assert len(missed) / len(text_alone) <= 0.05, missed
