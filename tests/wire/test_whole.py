"""Answers in one body: every format's content, its proof of the end, and bodies that are cut, damaged or errors."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

import streamkit as sk
from streamkit import codec, wire
from streamkit.chunk import Chunk
from streamkit.errors import BadRequest, LimitExceeded, MalformedError, Overloaded, ProviderError, RateLimited
from streamkit.testing import rechunk, whole_body
from tests.wire.outcome import drive
from tests.wire.wires import WIRES

SOUND = bytes(range(30))
TEXT = base64.b64encode(SOUND).decode()
MOON, NAMED = {"moon": "Io"}, {"id": "c1", "name": "look_up"}
CALL = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"moon": "Io"}'}}


def chat(message: dict[str, Any], reason: str | None = "stop", **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": None, **message}, "finish_reason": reason}
    return {"id": "c-1", "object": "chat.completion", "model": "m", "choices": [choice], **fields}


def gemini(*parts: dict[str, Any], reason: str | None = "STOP") -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": reason}]}


def open_whole(api: str, **given: Any) -> Any:
    return wire.open_decoder(api, whole=True, **given)


REASONS = ("finish_reason", "finishReason", "stop_reason", "stopReason", "status", "done")


def without_reason(body: bytes) -> dict[str, Any]:
    """Leave out whatever could prove the end, at any depth."""
    return json.loads(body, object_hook=lambda fields: {name: fields[name] for name in fields if name not in REASONS})


every_api = pytest.mark.parametrize("api", WIRES)


@every_api
def test_a_body_is_decoded_however_it_is_split(api: str) -> None:
    body = whole_body(WIRES[api].events, api=api)
    result = drive(open_whole(api), [body])
    assert (result.response.content, result.error, len(result.chunks)) == ("Io", None, 1)
    for size in (1, 7, 50):
        assert drive(open_whole(api), rechunk(body, size=size)).seen == result.seen


@every_api
def test_a_body_without_a_finish_reason_is_cut(api: str) -> None:
    answer = without_reason(whole_body(WIRES[api].events, api=api))
    with pytest.raises(sk.TruncatedError, match="The answer is cut: the body ended without a") as caught:
        wire.whole(api, answer)
    assert caught.value.partial is not None and caught.value.partial.content == "Io"


@every_api
def test_a_body_that_is_cut_anywhere_is_an_error_with_the_beginning(api: str) -> None:
    body = whole_body(WIRES[api].events, api=api)
    model = wire.whole(api, body).model
    for at in range(len(body)):
        result = drive(open_whole(api), [body[:at]])
        assert isinstance(result.error, sk.TruncatedError), body[:at]
        assert "Io".startswith(result.response.content) and result.response.finish_reasons is None
        assert result.response.model in (None, model)


@pytest.mark.parametrize(
    ("api", "answer"),
    [
        ("openai.chat", chat({"tool_calls": [CALL]}, "tool_calls")),
        ("anthropic.messages", {"content": [{"type": "tool_use", **NAMED, "input": MOON}], "stop_reason": "tool_use"}),
        ("gemini.generate_content", gemini({"functionCall": {**NAMED, "args": MOON}})),
        ("ollama.chat", {"message": {"tool_calls": [{"function": {**NAMED, "arguments": MOON}}]}, "done": True}),
        (
            "bedrock.converse",
            {"output": {"message": {"content": [{"toolUse": {**NAMED, "input": MOON}}]}}, "stopReason": "tool_use"},
        ),
        ("cohere.v2.chat", {"message": {"tool_plan": "I look.", "tool_calls": [CALL]}, "finish_reason": "TOOL_CALL"}),
        (
            "openai.responses",
            {"output": [{"type": "function_call", **NAMED, "arguments": json.dumps(MOON)}], "status": "completed"},
        ),
    ],
)
def test_a_call_is_complete_in_a_whole_body_and_in_no_part_of_it(api: str, answer: dict[str, Any]) -> None:
    (call,) = wire.whole(api, answer).tool_calls
    assert (call.name, call.arguments, call.complete) == ("look_up", {"moon": "Io"}, True)
    body = json.dumps(answer).encode()
    for at in range(len(body)):
        assert not any(call.complete for call in drive(open_whole(api), [body[:at]]).response.tool_calls), body[:at]


def test_audio_images_citations_and_refusals_of_chat() -> None:
    audio = {"id": "a", "data": TEXT, "transcript": "Io", "expires_at": 1}
    found = wire.whole("openai.chat", chat({"audio": audio}))
    assert (found.audio, found.audio_transcript, found.audio_id) == (SOUND, "Io", "a")
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{TEXT}"}}
    found = wire.whole("openai.chat", chat({"images": [image], "annotations": [{"type": "url"}]}))
    assert (found.images[0].data, found.citations) == (SOUND, ({"type": "url"},))
    assert wire.whole("openai.chat", chat({"refusal": "No."})).refusal == "No."


def test_media_of_the_other_formats() -> None:
    sound = {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": TEXT}}
    picture = {"inlineData": {"mimeType": "image/png", "data": TEXT}}
    found = wire.whole("gemini.generate_content", gemini(sound, picture))
    assert (found.audio, found.images[0].data) == (SOUND, SOUND)
    picture = {"image": {"format": "png", "source": {"bytes": SOUND}}}
    found = wire.whole("bedrock.converse", {"output": {"message": {"content": [picture]}}, "stopReason": "end_turn"})
    assert found.images[0].data == SOUND
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}}
    assert wire.whole("gemini.generate_content", blocked).refusal == "SAFETY"


def test_each_choice_is_one_chunk() -> None:
    choices = [{"index": at, "message": {"content": text}, "finish_reason": "stop"} for at, text in enumerate("ab")]
    result = drive(open_whole("openai.chat", choices=2), [json.dumps({"choices": choices}).encode()])
    assert [(chunk.index, chunk.content) for chunk in result.chunks] == [(0, "a"), (1, "b")]
    assert {id(chunk.payload) for chunk in result.chunks} == {id(result.chunks[0].payload)}
    cut = [{**each, "finish_reason": None} if each["index"] else each for each in choices]
    assert isinstance(
        drive(open_whole("openai.chat"), [json.dumps({"choices": cut}).encode()]).error, sk.TruncatedError
    )


def test_the_quirks_of_a_vendor_hold_for_its_bodies() -> None:
    found = wire.whole("openai.chat", chat({"content": "Io"}, None), "snowflake")
    assert (found.state, found.finish_reasons) == ("complete", None)
    decoder = open_whole("openai.chat", sentinel_ends="all")
    assert drive(decoder, [json.dumps(chat({"content": "Io"}, None)).encode()]).error is None


@pytest.mark.parametrize(
    ("api", "answer", "cls"),
    [
        ("openai.chat", {"error": {"message": "slow", "code": 429}}, RateLimited),
        ("openai.responses", {"status": "failed", "error": {"code": "server_error"}}, ProviderError),
        ("openai.responses", {"error": {"type": "invalid_request_error", "message": "no", "code": 400}}, BadRequest),
        ("anthropic.messages", {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}, Overloaded),
        ("gemini.generate_content", {"error": {"code": 429, "message": "slow"}}, RateLimited),
        ("gemini.generate_content", [{"error": {"code": 429, "message": "slow"}}], RateLimited),
        ("cohere.v2.chat", {"finish_reason": "ERROR"}, ProviderError),
        ("cohere.v1.chat", {"finish_reason": "ERROR"}, ProviderError),
        ("ollama.chat", {"error": "The model runner has stopped."}, ProviderError),
    ],
)  # fmt: skip
def test_an_error_in_a_body_with_status_200_is_that_of_a_stream(
    api: str, answer: Any, cls: type[sk.StreamError]
) -> None:
    with pytest.raises(cls):
        wire.whole(api, json.dumps(answer))


@pytest.mark.parametrize(
    ("body", "cls", "match"),
    [
        (b" \n", sk.TruncatedError, "the body is empty"),
        (b"<html>502 Bad Gateway</html>", MalformedError, "begins with '<html>502"),
        (b'data: {"choices": []}\n\n', MalformedError, "is an event stream"),
        (b'{"choices": [}', MalformedError, "is not JSON"),
        (b"7", MalformedError, "not an object"),
        (b'{"choices": ' + b"[" * 500, MalformedError, "not JSON"),
        (b'{"choices": [{"message": {"audio": {"data": "????"}}}]}', MalformedError, "not base64"),
    ],
)
def test_a_body_that_is_no_answer(body: bytes, cls: type[sk.StreamError], match: str) -> None:
    with pytest.raises(cls, match=match):
        wire.whole("openai.chat", body)


def test_what_stands_around_the_json_is_ignored() -> None:
    body = json.dumps(chat({"content": "Io"})).encode()
    assert wire.whole("openai.chat", b"\xef\xbb\xbf\n\n  " + body + b"\n").content == "Io"
    result = drive(open_whole("openai.chat"), [body + b"\n{}"])
    assert (result.response.content, result.error, result.notes) == ("Io", None, ["after_sentinel_dropped"])
    result = drive(open_whole("openai.chat"), [body.replace(b"Io", b"I\xffo")])
    assert (result.response.content, result.notes) == ("I\ufffdo", ["utf8_replaced"])


def test_a_number_or_a_name_that_is_cut_is_left_out() -> None:
    used = {"prompt_tokens": 7, "completion_tokens": 123}
    answer = {"usage": used, **chat({"content": "12 moons"}), "model": "gpt-x-mini"}
    body = json.dumps(answer).encode()
    found = drive(open_whole("openai.chat"), [body[: body.index(b"3}")]]).response
    assert found.usage is not None and (found.input_tokens, found.usage.raw) == (7, {"prompt_tokens": 7})
    assert drive(open_whole("openai.chat"), [body[: body.index(b"-mini")]]).response.model is None
    assert drive(open_whole("openai.chat"), [body[: body.index(b" moons")]]).response.content == "12"


def test_a_body_larger_than_the_cap_is_dropped() -> None:
    decoder = open_whole("openai.chat", cap=20)
    assert decoder.feed(b"x" * 21) == [] and isinstance(decoder.error, LimitExceeded)
    assert decoder.finish() == [] and not decoder.finish_seen


def test_nothing_of_a_body_is_content_before_its_end() -> None:
    body = json.dumps(chat({"content": "Io"})).encode()
    for data, content in ((body, True), (body[:-5], False)):
        decoder = open_whole("openai.chat")
        decoder.feed(data)
        assert not decoder.saw_content
        decoder.finish()
        assert decoder.saw_content is content


TITAN = {"outputText": "Io", "completionReason": "FINISH"}
FAMILIES: list[tuple[dict[str, Any], str, tuple[int | None, int | None] | None]] = [
    ({"type": "message", "content": [{"type": "text", "text": "Io"}], "stop_reason": "end_turn"}, "end_turn", None),
    ({"output": {"message": {"content": [{"text": "Io"}]}}, "stopReason": "end_turn"}, "end_turn", None),
    (chat({"content": "Io"}), "stop", None),
    ({"generation": "Io", "prompt_token_count": 7, "generation_token_count": 2, "stop_reason": "stop"}, "stop", (7, 2)),
    ({"inputTextTokenCount": 7, "results": [{"tokenCount": 2, **TITAN}]}, "FINISH", (7, 2)),
    ({"outputs": [{"text": "Io", "stop_reason": "stop"}]}, "stop", None),
]


@pytest.mark.parametrize(("answer", "reason", "tokens"), FAMILIES)
def test_every_family_of_bedrocks_models(answer: dict[str, Any], reason: str, tokens: tuple[int, int] | None) -> None:
    found = wire.whole("bedrock.invoke", answer)
    assert (found.content, found.finish_reasons, found.state) == ("Io", [reason], "complete")
    assert found.usage is None if tokens is None else (found.input_tokens, found.output_tokens) == tokens
    assert found.message_param["content"]


def test_a_family_that_nobody_knows_ends_unproven() -> None:
    assert wire.whole("bedrock.invoke", {"words": "Io"}).state == "unknown"


@pytest.mark.sdk
def test_the_sdks_object_is_the_one_without_streaming() -> None:
    body = json.dumps(chat({"content": "Io"})).encode()
    response = wire.whole("openai.chat", body)
    assert type(response.response).__name__ == "ChatCompletion" and response.response.choices[0].message.content == "Io"
    (chunk,) = drive(open_whole("openai.chat"), [body]).chunks
    kept = codec.decode(codec.encode(chunk))
    assert isinstance(kept, Chunk) and kept == chunk and kept.raw == json.loads(body)
    assert type(kept.chunk) is type(chunk.chunk) is type(response.response)


def test_a_body_of_an_unexpected_form_still_makes_a_next_turn() -> None:
    answers: tuple[dict[str, Any], ...] = (
        {},
        {"content": None, "message": None, "output": 5, "candidates": [{}], "choices": [{}]},
    )
    for api in WIRES:
        for answer in answers:
            with pytest.raises(sk.StreamError) as caught:
                wire.whole(api, answer)
            assert caught.value.partial is not None
            assert caught.value.partial.message_param["role"] in ("assistant", "model")
