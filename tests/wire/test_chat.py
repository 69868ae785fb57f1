"""Decoding of the chat wire's events, in the variants of the vendors that use it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from streamkit.chunk import Image, Usage
from streamkit.errors import MalformedError
from streamkit.response import Response
from streamkit.testing import chat_event
from tests.wire.outcome import DONE, data, outcome

IO = chat_event({"content": "Io"})
END = chat_event({}, finish="stop")
USAGE = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}


def answer(*deltas: dict[str, Any]) -> Response:
    result = outcome([*(chat_event(delta) for delta in deltas), END, DONE])
    assert result.error is None
    return result.response


def test_an_event_names_the_answer_and_keeps_its_bytes() -> None:
    chunk, *_ = outcome([IO]).chunks
    assert (chunk.content, chunk.model, chunk.id, chunk.provider) == ("Io", "scripted-1", "chatcmpl-1", "openai")
    assert chunk.payload == IO.removeprefix(b"data: ").rstrip()
    assert chunk.raw["choices"][0]["delta"] == {"content": "Io"}


def test_the_answer_keeps_the_id_that_it_began_with() -> None:
    response = outcome(
        [chat_event({"content": "I"}, id=""), IO, chat_event({}, finish="stop", id="other"), DONE]
    ).response
    assert response.id == "chatcmpl-1"


@pytest.mark.parametrize(
    ("delta", "thinking"),
    [
        ({"reasoning_content": "hm", "content": None}, "hm"),
        ({"reasoning": "hm"}, "hm"),
        ({"reasoning": "hm", "reasoning_content": "hm", "reasoning_details": [{"text": "hm"}]}, "hm"),
        ({"reasoning_content": None, "reasoning": "hm"}, "hm"),
        ({"reasoning_content": "", "reasoning": ""}, ""),
    ],
)
def test_thinking_is_taken_once_whatever_its_name(delta: dict[str, Any], thinking: str) -> None:
    assert answer(delta).thinking == thinking


def test_content_may_be_a_list_of_parts() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "h"}, {"type": "text", "text": "m"}]}
    reference = {"type": "reference", "reference_ids": [1]}
    response = answer({"content": [thinking, {"type": "thinking", "thinking": "!"}]}, {"content": "I"})
    assert (response.thinking, response.content) == ("hm!", "I")
    response = answer({"content": [{"type": "text", "text": "I"}, "o", reference, {"type": "new"}]})
    assert (response.content, response.citations) == ("Io", (reference,))


def test_a_refusal_is_no_content() -> None:
    response = answer({"content": None, "refusal": "I "}, {"refusal": "cannot"})
    assert (response.refusal, response.content) == ("I cannot", "")


def test_citations_repeated_on_every_event_are_emitted_once() -> None:
    events = [
        chat_event({"content": text}, citations=list(sources))
        for text, sources in [("I", "a"), ("o", "ab"), ("!", "ab")]
    ]
    result = outcome([*events, END, DONE])
    assert [chunk.citations for chunk in result.chunks[:3]] == [("a",), ("b",), ()]
    assert answer({"annotations": [{"url": "x"}]}).citations == ({"url": "x"},)


def test_images_come_as_bytes_or_as_an_address() -> None:
    urls = ["data:image/webp;base64,UE5H", "https://example.org/io.png"]
    images = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    chunk, *_ = outcome([chat_event({"images": images})]).chunks
    assert chunk.images == (Image(data=b"PNG", media_type="image/webp"), Image(url=urls[1]))


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5, 7, 11])
def test_audio_in_base64_may_be_cut_anywhere(cut: int) -> None:
    sound = bytes(range(40))
    text = base64.b64encode(sound).decode()
    deltas = [{"audio": {"data": text[at : at + cut]}} for at in range(0, len(text), cut)]
    result = outcome([*map(chat_event, deltas), DONE])
    assert (result.response.audio, result.response.finish_reasons, result.error) == (sound, None, None)


def test_audio_deltas_that_each_decode_alone_are_concatenated() -> None:
    deltas = [{"id": "x", "transcript": "I"}, {"data": "QQ=="}, {"data": "QkM=", "transcript": "o"}, {"expires_at": 1}]
    result = outcome([*(chat_event({"audio": audio}) for audio in deltas), DONE])
    assert (result.response.audio, result.response.audio_transcript) == (b"ABC", "Io")


@pytest.mark.parametrize("cut", range(1, 9))
def test_audio_deltas_may_be_regrouped_at_any_cut(cut: int) -> None:
    text = "QQ==QkM=REVGR0g="
    deltas = [chat_event({"audio": {"data": text[at : at + cut]}}) for at in range(0, len(text), cut)]
    assert outcome([*deltas, DONE]).response.audio == b"ABCDEFGH"


@pytest.mark.parametrize(("text", "sound"), [("QUJDRA", b"ABCD"), ("QUJDREU", b"ABCDE")])
def test_audio_without_its_last_padding_is_whole(text: str, sound: bytes) -> None:
    for deltas in ([text], list(text)):
        assert outcome([*(chat_event({"audio": {"data": each}}) for each in deltas), DONE]).response.audio == sound


@pytest.mark.parametrize("bad", ["!!!!", "QQ=A", "QQ===QQ=", "====", "Ä" * 4])
def test_audio_that_is_not_base64_is_malformed(bad: str) -> None:
    result = outcome([IO, chat_event({"audio": {"data": bad}}), DONE])
    assert isinstance(result.error, MalformedError)
    assert result.response.content == "Io"


def test_usage_is_set_and_never_added() -> None:
    figures = [{"prompt_tokens": 7, "completion_tokens": n, "total_tokens": 7 + n} for n in (1, 2, 2)]
    response = outcome([*(chat_event({"content": "x"}, usage=each) for each in figures), END, DONE]).response
    assert (response.input_tokens, response.output_tokens, response.usage) == (
        7,
        2,
        Usage(7, 2, None, None, None, 9, raw=figures[2]),
    )


def test_usage_may_follow_the_end_with_or_without_choices() -> None:
    moderation = chat_event(None, moderation={"flagged": False})
    for usage in (chat_event(None, usage=USAGE), chat_event({}, usage=USAGE)):
        result = outcome([IO, END, usage, moderation, DONE])
        assert (result.response.output_tokens, result.error, result.notes) == (2, None, [])


@pytest.mark.parametrize("nothing", [None, {}, {"prompt_tokens": None, "completion_tokens": None}, [], "no", 3])
def test_empty_usage_does_not_replace_earlier_figures(nothing: object) -> None:
    response = outcome([chat_event({}, finish="stop", usage=USAGE), chat_event(None, usage=nothing), DONE]).response
    assert response.usage is not None and response.usage.raw == USAGE


def test_usage_is_found_where_groq_puts_it() -> None:
    assert outcome([chat_event({}, finish="stop", x_groq={"usage": USAGE})]).response.input_tokens == 7


def test_the_details_of_usage_are_read() -> None:
    details = {"reasoning_tokens": 5, "audio_tokens": 6}
    usage = {**USAGE, "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": details}
    found = outcome([chat_event(None, usage=usage)]).chunks[0]
    assert (
        found.cached_tokens,
        found.usage and found.usage.reasoning_tokens,
        found.usage and found.usage.audio_tokens,
    ) == (4, 5, 6)


def test_an_event_without_choices_is_a_chunk_of_its_own() -> None:
    last = data({"id": "a", "usage": None})
    result = outcome([chat_event({"audio": {"transcript": "Io"}}), last, DONE])
    assert (len(result.chunks), result.chunks[1].content, result.error) == (2, "", None)
