"""The fold of any first chunks of a stream is a valid Response, and asking for it changes nothing."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit.chunk import Chunk, Image, ToolCallDelta, Usage
from streamkit.fold import Fold
from streamkit.response import Choice, Response

TEXT = st.sampled_from(["", "a", "bc", "Ü🪐"])
DELTAS = st.builds(ToolCallDelta, st.integers(0, 2), st.sampled_from([None, "x"]), st.just("f"), TEXT, st.booleans())
CHUNKS = st.lists(
    st.builds(
        Chunk,
        index=st.integers(0, 2),
        model=st.sampled_from([None, "m1", "m2"]),
        id=st.sampled_from([None, "i1", "i2"]),
        provider=st.sampled_from(["", "p"]),
        **dict.fromkeys(["content", "thinking", "refusal", "audio_transcript", "tool_plan"], TEXT),
        signature=st.sampled_from([None, "s1", "s2"]),
        audio=st.binary(max_size=3),
        tool_calls=st.lists(DELTAS, max_size=2).map(tuple),
        images=st.lists(st.builds(Image, st.binary(max_size=2)), max_size=1).map(tuple),
        citations=st.lists(st.sampled_from(["c1", "c2"]), max_size=1).map(tuple),
        finish_reasons=st.sampled_from([None, None, None, ["stop"], ["length"]]),
        usage=st.sampled_from([None, None, Usage(1, 2), Usage(1, 3)]),
    ),
    max_size=8,
)


def fold(*chunks: Chunk) -> Fold:
    found = Fold()
    found.add(chunks)
    return found


def naive_fold(chunks: list[Chunk]) -> dict[str, Any]:
    """What the chunks of one choice say together, as simply as can be."""
    texts = ["content", "thinking", "refusal", "audio_transcript", "tool_plan"]
    reasons = [chunk.finish_reasons for chunk in chunks if chunk.finish_reasons]
    return {
        **{name: "".join(getattr(chunk, name) for chunk in chunks) for name in texts},
        "signature": "".join(chunk.signature or "" for chunk in chunks) or None,
        "audio": b"".join(chunk.audio for chunk in chunks),
        "images": [image.data for chunk in chunks for image in chunk.images],
        "citations": [each for chunk in chunks for each in chunk.citations],
        "finish_reasons": reasons[-1] if reasons else None,
    }


def fields_of(choice: Choice) -> dict[str, Any]:
    names = naive_fold([])
    shown = {name: getattr(choice, name) for name in names}
    return {**shown, "images": [image.data for image in choice.images], "citations": list(choice.citations)}


@given(CHUNKS)
def test_every_prefix_folds_to_what_its_chunks_say(chunks: list[Chunk]) -> None:
    running = Fold()
    for count, chunk in enumerate(chunks, start=1):
        running.add([chunk])
        response = running.response()
        assert response == fold(*chunks[:count]).response()
        indexes = sorted({0, *(each.index for each in chunks[:count])})
        assert [choice.index for choice in response.choices] == indexes
        for choice in response.choices:
            assert fields_of(choice) == naive_fold([each for each in chunks[:count] if each.index == choice.index])
        assert fields_of(response) == fields_of(response.choices[0])


@given(CHUNKS, st.sets(st.integers(0, 8), max_size=4))
def test_it_does_not_matter_in_what_batches_chunks_are_added(chunks: list[Chunk], cuts: set[int]) -> None:
    batched = Fold()
    for start, stop in pairwise([0, *sorted(cuts), len(chunks)]):
        batched.add(chunks[start:stop])
    assert batched.response() == fold(*chunks).response()


def test_nothing_folds_to_an_empty_response() -> None:
    response = Fold().response()
    assert response == Response(choices=(Choice(),))
    assert (response.content, response.finish_reasons, response.usage, response.state) == ("", None, None, "streaming")


def test_texts_may_be_split_anywhere() -> None:
    text = "木星 🪐"
    whole = fold(Chunk(content=text, thinking=text)).response()
    assert fold(*(Chunk(content=each, thinking=each) for each in text)).response() == whole


def test_the_first_name_and_the_last_usage_count() -> None:
    chunks = [
        Chunk(model="", id=None),
        Chunk(model="m1", id="i1", usage=Usage(1, 2)),
        Chunk(model="m2", usage=Usage(1, 3)),
    ]
    response = fold(*chunks, Chunk(id="i2")).response()
    assert (response.model, response.id, response.usage) == ("m1", "i1", Usage(1, 3))
    assert (response.input_tokens, response.output_tokens, response.common_usage) == (1, 3, response.usage)


def test_a_chunk_of_text_only_is_folded_as_text() -> None:
    """A decoder calls those plain that need no further look."""
    assert (
        fold(Chunk(content="Eu", model="m"), Chunk(content="ropa", model="m", plain=True)).response().content
        == "Europa"
    )


def test_the_answer_is_finished_when_every_choice_has_its_reason() -> None:
    halves = [Chunk(content="a"), Chunk(content="b", index=1), Chunk(finish_reasons=["stop"], index=1)]
    assert not Fold().finished
    assert not fold(*halves).finished
    assert fold(*halves, Chunk(finish_reasons=["stop"])).finished


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_usage_of_an_answer_without_its_end_is_partial(state: Literal["stopped", "failed"]) -> None:
    usage = Usage(1, 2, raw={"a": 1})
    found = fold(Chunk(usage=usage))
    assert found.response(state).usage == replace(usage, source="partial")
    assert (found.response("complete").usage, found.response().usage) == (usage, usage)


@pytest.mark.parametrize("source", ["estimated", "none"])
def test_an_estimate_stays_one_whatever_the_end(source: Literal["estimated", "none"]) -> None:
    usage = Usage(1, 2, source=source, low=1, high=4)
    assert fold(Chunk(usage=usage)).response("failed").usage == usage
    assert Fold().response("failed").usage is None


def test_the_end_is_passed_to_the_fold() -> None:
    response = Fold().response("stopped", stopped_by="until", request_id="r")
    assert (response.state, response.stopped_by, response.request_id) == ("stopped", "until", "r")


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Let threads take turns a thousand times more often than usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 1000)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless_threads")
def test_other_threads_may_ask_while_chunks_arrive() -> None:
    texts = [str(at) for at in range(20_000)]
    running, wrong = Fold(), list[str]()

    def ask() -> None:
        while running.count < len(texts):
            content = running.response().content
            if not "".join(texts).startswith(content) or not running.content.startswith(content):
                wrong.append(content)

    asking = threading.Thread(target=ask)
    asking.start()
    for text in texts:
        running.add([Chunk(content=text)])
    asking.join()
    assert not wrong
    assert running.content == "".join(texts)
