"""A chunk is one event, normalized: small, unchanging, and no work for the garbage collector."""

from __future__ import annotations

import gc
import inspect
from typing import Any

import msgspec
import pytest

from streamkit.chunk import Chunk, Image, ToolCallDelta, Usage, common_reasons
from streamkit.origin import Origin
from streamkit.testing import chat_event
from streamkit.tool import ToolCall, ToolResult
from streamkit.wire import decoder

EVENT = chat_event({"content": "Io"}, usage={"prompt_tokens": 7, "completion_tokens": 1})


def decoded(event: bytes = EVENT) -> Chunk[Any]:
    (chunk,) = decoder("openai.chat").feed(event)
    return chunk


def test_every_field_has_a_default_and_may_be_named() -> None:
    parameters = inspect.signature(Chunk).parameters.values()
    assert all(each.default is not each.empty for each in parameters)
    assert Chunk() == Chunk(**{each.name: each.default for each in parameters})


def test_a_chunk_prints_as_its_text_and_shows_what_it_says() -> None:
    assert str(Chunk(content="Io", thinking="hm")) == "Io"
    assert repr(Chunk(content="Io", index=1)) == "Chunk(content='Io', index=1)"


def test_a_chunk_does_not_change() -> None:
    with pytest.raises(AttributeError):
        Chunk(content="Io").content = "Europa"  # pyright: ignore[reportAttributeAccessIssue]


def test_chunks_are_equal_by_what_they_say() -> None:
    assert Chunk(content="Io", plain=True) == Chunk(content="Io")
    assert hash(Chunk(content="Io", plain=True)) == hash(Chunk(content="Io"))
    assert Chunk(content="Io") != Chunk(content="Io", index=1)
    assert Chunk(usage=Usage(1)) != Chunk(usage=Usage(2))
    assert Chunk(content="Io") != "Io"


def test_the_garbage_collector_does_not_track_chunks() -> None:
    """In flight there are thousands; a pause to look through them is the longest delay in a stream."""
    full = Chunk(tool_calls=(ToolCallDelta(),), images=(Image(),), usage=Usage(), finish_reasons=["stop"])
    for each in (decoded(), Chunk(), full, full.tool_calls[0], full.images[0]):
        assert not gc.is_tracked(each)


def test_a_chunk_is_small() -> None:
    assert Chunk().__sizeof__() <= 8 * (len(Chunk.__struct_fields__) + 3)


def test_the_tokens_are_those_of_its_usage() -> None:
    chunk = Chunk(usage=Usage(1, 2, 3))
    assert (chunk.input_tokens, chunk.output_tokens, chunk.cached_tokens, chunk.common_usage) == (1, 2, 3, chunk.usage)
    assert (Chunk().input_tokens, Chunk().output_tokens, Chunk().cached_tokens, Chunk().usage) == (None,) * 4


def test_raw_is_the_event_as_it_came() -> None:
    assert decoded().raw == msgspec.json.decode(EVENT.removeprefix(b"data: "))
    assert Chunk(content="Io").raw == {}


@pytest.mark.parametrize(
    ("payload", "raw"), [(b'{"a": "\xff"}', {"a": "\ufffd"}), (b'{"a": 1e999}', {"a": float("inf")})]
)
def test_raw_reads_what_a_decoder_forgives(payload: bytes, raw: dict[str, Any]) -> None:
    assert Chunk(payload=payload).raw == raw


@pytest.mark.sdk
def test_chunk_is_the_sdks_own_object() -> None:
    from openai.types.chat import ChatCompletionChunk

    chunk = decoded().chunk
    assert isinstance(chunk, ChatCompletionChunk)
    assert (chunk.choices[0].delta.content, chunk.model, chunk.id) == ("Io", "scripted-1", "chatcmpl-1")
    assert chunk.usage is not None and chunk.usage.prompt_tokens == 7


@pytest.mark.sdk
def test_chunk_is_built_even_of_an_event_that_the_sdk_does_not_expect() -> None:
    event = b'data: {"id": 5, "choices": null, "new": {"a": [1]}}\n\n'
    chunk = decoded(event).chunk
    assert (chunk.id, chunk.choices, chunk.new) == (5, None, {"a": [1]})


def test_chunk_without_an_sdk_is_raw() -> None:
    assert Chunk(payload=b'{"a": 1}').chunk == {"a": 1}


@pytest.mark.parametrize(
    ("reasons", "common"),
    [
        (None, None),
        ([], []),
        (["end_turn"], ["stop"]),
        (["max_tokens", "tool_use"], ["length", "tool_calls"]),
        (["content_filter", "never heard of"], ["content_filter", "stop"]),
    ],
)
def test_finish_reasons_have_four_common_words(reasons: list[str] | None, common: list[str] | None) -> None:
    assert common_reasons(reasons) == common
    assert Chunk(finish_reasons=reasons).common_finish_reasons == common


def test_chunks_are_equal_or_not_and_never_both() -> None:
    one, same, other = Chunk(content="x"), Chunk(content="x"), Chunk(content="y")
    assert (one == same, one != same) == (True, False)
    assert (one == other, one != other) == (False, True)
    assert one != "x"


def test_the_dump_of_a_tools_result_has_any_error_as_a_text() -> None:
    call = ToolCall(id="call_1", name="orbit", index=0, arguments={}, arguments_text="{}", complete=True)
    failed = ToolResult(call, error=LookupError("no such moon"), state="failed")
    chunk = Chunk(content="no such moon").with_origin(Origin(result=failed))
    assert chunk.model_dump()["origin"]["result"]["error"] == "LookupError('no such moon')"
