"""What is written as JSON comes back as it was, and what is not ours is refused."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamkit import codec, errors
from streamkit.chunk import Chunk, Image, Origin, ToolCallDelta, Usage
from streamkit.errors import StreamError
from streamkit.fold import Fold
from streamkit.messages import ImagePart
from streamkit.tool import MCPResult, ToolCall, ToolProgress, ToolResult, ToolUpdate

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda inner: st.lists(inner, max_size=2))
COUNT = st.none() | st.integers(0)
USAGES = st.builds(
    Usage, COUNT, COUNT, COUNT, source=st.sampled_from(["provider", "estimated"]), raw=st.dictionaries(TEXT, JSON)
)
CALLS = st.builds(ToolCallDelta, st.integers(0, 2), TEXT, TEXT, JSON.map(json.dumps), st.booleans())
CHUNKS = st.builds(
    Chunk,
    **dict.fromkeys(["content", "thinking", "refusal", "audio_transcript", "tool_plan", "provider"], TEXT),
    **dict.fromkeys(["model", "id", "signature", "api"], st.none() | TEXT),
    audio=st.binary(max_size=5),
    payload=st.none() | st.binary(max_size=5),
    index=st.integers(0, 2),
    block=COUNT,
    tool_calls=st.lists(CALLS, max_size=2).map(tuple),
    images=st.lists(st.builds(Image, st.binary(max_size=3), TEXT, TEXT), max_size=1).map(tuple),
    citations=st.lists(JSON, max_size=2).map(tuple),
    finish_reasons=st.none() | st.lists(TEXT, min_size=1, max_size=1),
    usage=st.none() | USAGES,
)
CLASSES = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, StreamError)]
DETAILS: dict[str, Any] = {"retryable": True, "provider": "p", "request_id": "r", "status": 500, "code": "c"}


class Homemade(StreamError):
    """An error of somebody who extends streamkit."""


@given(CHUNKS)
def test_a_chunk_comes_back(chunk: Chunk) -> None:
    for again in (codec.decode(codec.encode(chunk)), pickle.loads(pickle.dumps(chunk))):
        assert again == chunk
        assert getattr(again, "api", "") == chunk.api


CALL = ToolCall("call_1", "orbit", 1, {"moon": "Io"}, '{"moon": "Io"}', complete=True)
PIXEL = ImagePart(b"GIF89a")
ORIGINS = [
    Origin(),
    Origin(2, ("call_1", "call_2"), "openai/gpt-5-mini"),
    *(Origin(1, (), None, "call_1", ToolResult(CALL, output, None, 0.5)) for output in ("1.8 days", [1, None], None)),
    Origin(tool_call_id="call_1", result=ToolResult(CALL, MCPResult("a pixel", {"size": 1}, (PIXEL,), ({"a": 1},)))),
    *(Origin(0, (), None, "call_1", ToolUpdate(CALL, "output", output=each)) for each in ("ice, ", {"metres": 3})),
    Origin(0, (), None, "call_1", ToolUpdate(CALL, "progress", progress=ToolProgress(1, 2, "digging"))),
    Origin(0, (), None, "call_1", ToolUpdate(CALL, "chunk", chunk=Chunk(content="Io").with_origin(Origin(1)))),
    Origin(0, (), None, "call_1", ToolUpdate(CALL, "started")),
]


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_origin_comes_back(origin: Origin) -> None:
    chunk = Chunk(content="text", index=-1).with_origin(origin)
    for again in (codec.decode(codec.encode(chunk)), pickle.loads(pickle.dumps(chunk))):
        assert isinstance(again, Chunk)
        assert (again, again.origin) == (chunk, origin)


@pytest.mark.parametrize(
    "result",
    [
        ToolResult(CALL, b"\xff\x00"),
        ToolResult(CALL, error=errors.StoppedError("It was stopped."), state="cancelled"),
        ToolResult(CALL, error=errors.ToolArgumentsError("No moon.", name="orbit"), state="not_run"),
        ToolResult(CALL, error=LookupError("no moon")),
    ],
)
def test_a_result_of_a_tool_keeps_its_text_and_its_state(result: ToolResult) -> None:
    chunk = Chunk(content=result.text, index=-1).with_origin(Origin(tool_call_id="call_1", result=result))
    again = codec.decode(codec.encode(chunk))
    assert isinstance(again, Chunk) and again.origin is not None
    assert again.content == result.text and again.origin.result.state == result.state
    if isinstance(result.error, StreamError) or result.error is None:
        assert (type(again.origin.result.error), again.origin.result.text) == (type(result.error), result.text)
    else:
        assert result.text in again.origin.result.text


@given(st.lists(CHUNKS, max_size=3), st.sampled_from(["complete", "failed"]))
def test_a_response_comes_back(chunks: list[Chunk], state: Any) -> None:
    fold = Fold()
    fold.add(chunks)
    response = fold.response(state, stopped_by="until", request_id="r")
    assert codec.decode(codec.encode(response)) == response
    assert pickle.loads(pickle.dumps(response)) == response


@pytest.mark.parametrize("cls", [*CLASSES, Homemade])
def test_an_error_comes_back_with_what_had_arrived(cls: type[StreamError]) -> None:
    fold = Fold()
    fold.add([Chunk(content="Io", audio=bytes(range(256)))])
    error = cls("It broke.", partial=fold.response("failed"), retry_after=1.5, **DETAILS)
    again = codec.decode(codec.encode(error))
    assert isinstance(again, cls)
    assert (again.message, again.details, again.partial) == (error.message, error.details, error.partial)


def test_an_error_without_details_comes_back_without() -> None:
    again = codec.decode(codec.encode(StreamError("It broke.")))
    assert isinstance(again, StreamError)
    assert (again.partial, again.details) == (None, StreamError("").details)


def test_json_names_the_kind_and_leaves_out_what_is_at_its_default() -> None:
    assert json.loads(codec.encode(Chunk(content="Io", audio=b"\xfb\xff"))) == {
        "type": "chunk",
        "content": "Io",
        "audio": "+/8=",
    }
    assert json.loads(codec.encode(Fold().response()))["type"] == "response"


def test_numbers_beyond_64_bits_come_back() -> None:
    chunk = Chunk(tool_calls=(ToolCallDelta(0, "a", "f", f'{{"n": {10**40}}}'),), usage=Usage(10**40))
    fold = Fold()
    fold.add([chunk])
    assert codec.decode(codec.encode(chunk)) == chunk
    assert codec.decode(codec.encode(fold.response())) == fold.response()


@pytest.mark.parametrize("name", ["os:system", "builtins:SystemExit", "no.such.module:Error", "antigravity:x", ":", ""])
def test_an_error_that_is_none_of_ours_comes_back_as_the_base(name: str) -> None:
    again = codec.decode(json.dumps({"type": "error", "error": name, "message": "m"}))
    assert type(again) is StreamError
    assert str(again) == "m"


@pytest.mark.parametrize(
    "data",
    [
        *("", "[]", "null", "{broken", "{}", '{"type": []}', '{"type": "other"}'),
        *('{"type": "chunk", "content": 5}', '{"type": "chunk", "audio": "?"}', '{"type": "response", "content": 5}'),
        *('{"type": "error"}', '{"type": "error", "error": 5, "message": "m"}', '{"type": "error", "error": "a:b"}'),
        '{"type": "error", "error": "a:b", "message": "m", "partial": {"content": 5}}',
    ],
)
def test_what_is_not_ours_is_a_value_error(data: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        codec.decode(data)


def test_only_chunks_responses_and_errors_are_written() -> None:
    with pytest.raises(TypeError, match="not dict"):
        codec.encode({"content": "Io"})  # pyright: ignore[reportArgumentType]
