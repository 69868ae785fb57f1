"""`thinking_tags=`: a server's `<think>` in the text is thinking, on recordings, on every wire and by every door."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import reactivex as rx

import streamkit as sk
from streamkit import operators as ops
from streamkit import wire
from streamkit.errors import StreamError
from streamkit.testing import FaultServer, Script, chat_event, chat_events, plan, rechunk, responses_events
from streamkit.wire.quirks import QUIRKS

TAGGED = re.compile(r"\s*<(think|thinking)>(.*?)</\1>(.*)", re.DOTALL)
SENT = chat_events("<th", "ink>Ice?\n</think", ">\n\nEuropa <think>")


def recordings(folder: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    for line in (folder / "manifest.jsonl").read_bytes().splitlines():
        found = msgspec.json.decode(line)
        yield found, (folder / found["file"]).read_bytes()


def decoded(line: dict[str, Any], parts: list[bytes], tags: Any) -> tuple[sk.Response, list[sk.Chunk], str]:
    decoder = wire.decoder(line["api"], line["provider"], thinking_tags=tags)
    chunks = [chunk for part in parts for chunk in decoder.feed(part)]
    try:
        chunks += decoder.finish()
    except StreamError as error:
        return decoder.response, chunks, str(error)
    return decoder.response, chunks, ""


def test_the_thinking_of_recordings_is_the_text_inside_the_tags(wire_dir: Path) -> None:
    seen: list[str] = []
    for line, body in recordings(wire_dir):
        match = TAGGED.fullmatch(line["expect"].get("text") or "")
        if match is None:
            continue
        seen.append(line["provider"])
        for parts in ([body], rechunk(body, seed=7)):
            response, chunks, _ = decoded(line, parts, ["think", "thinking"])
            assert response.thinking == match[2]
            assert response.content == match[3].lstrip("\r\n")
            assert response.state == "complete"
        plain, events, _ = decoded(line, [body], None)
        assert plain.content == line["expect"]["text"]
        assert [chunk.raw for chunk in events if chunk.payload] == _each_once(chunks)
    assert sorted(set(seen)) == ["bedrock", "groq"]


def _each_once(chunks: list[sk.Chunk]) -> list[dict[str, Any]]:
    found: list[sk.Chunk] = []
    for chunk in chunks:
        if chunk.payload and not (found and found[-1].payload is chunk.payload):
            found.append(chunk)
    return [chunk.raw for chunk in found]


def test_a_recording_whose_prompt_has_opened_the_tag_is_split_by_the_operator(wire_dir: Path) -> None:
    (line, body) = next(each for each in recordings(wire_dir) if "grammar_parallel_tool_calls" in each[0]["file"])
    inside, _, outside = line["expect"]["text"].partition("</think>")
    _, chunks, _ = decoded(line, [body], None)
    found = sk.flow(rx.of(*chunks)).pipe(ops.route_tags("think", opened=True), ops.to_response()).run()
    assert (found.thinking, found.content) == (inside, outside.lstrip("\n"))
    assert found.tool_calls == wire.reduce(line["api"], body, line["provider"]).tool_calls != ()


@pytest.mark.parametrize("folder", ["wire_dir", "wire_more_dir"])
def test_every_other_recording_is_what_it_was(folder: str, request: pytest.FixtureRequest) -> None:
    for line, body in recordings(request.getfixturevalue(folder)):
        if "<think" in (line["expect"].get("text") or ""):
            continue
        plain, tagged = (decoded(line, [body], tags) for tags in (None, ["think", "thinking"]))
        assert tagged == plain, line["file"]


def test_no_vendor_has_tags_of_its_own_yet_and_a_row_may_have() -> None:
    assert not any(row.thinking_tags for row in QUIRKS.values())


async def test_it_is_an_option_of_calls() -> None:
    with FaultServer(plan("none", SENT)) as server:
        given: dict[str, Any] = {"base_url": server.base_url, "thinking_tags": "think"}
        response = await sk.stream("vllm/m", "?", **given)
        assert (response.thinking, response.content) == ("Ice?\n", "Europa <think>")

        @sk.call("vllm/m", **given)
        def ask() -> str:
            return "?"

        assert (await ask()).thinking == "Ice?\n"
        assert "thinking_tags" not in server.requests[0].json()


def test_a_changed_chunk_keeps_its_event_and_the_log_has_all() -> None:
    stream = Script(SENT).stream(thinking_tags=["think"])
    response = stream.run()
    assert "".join(chunk.thinking for chunk, _ in stream) == "Ice?\n" == response.thinking
    sent = "".join(choice["delta"].get("content") or "" for chunk, _ in stream for choice in chunk.raw["choices"])
    assert sent == "<think>Ice?\n</think>\n\nEuropa <think>"
    assert response.message_param["content"] == "Europa <think>"
    assert response.common_message_param.content == "Europa <think>"


async def test_a_cut_answer_keeps_what_was_held() -> None:
    for events in ([chat_event({"content": "<think>Ice</th"})], [chat_event({"content": "<thin"})]):
        with pytest.raises(sk.TruncatedError) as caught:
            await Script(events).stream(thinking_tags="think")
        assert caught.value.partial is not None
        found = caught.value.partial
        assert (found.thinking, found.content) in [("Ice</th", ""), ("", "<thin")]


def test_a_body_without_streaming_is_split_too() -> None:
    body = b'{"choices":[{"message":{"content":"<think>Ice?</think>Io END"},"finish_reason":"stop"}]}'
    response = Script([body]).stream(stream=False, thinking_tags="think").run()
    assert (response.thinking, response.content, response.state) == ("Ice?", "Io END", "complete")


def test_stop_strings_are_not_looked_for_inside() -> None:
    script = Script(responses_events("<think>END</think>", "Io END more"))
    response = script.stream(api="openai.responses", stop="END", thinking_tags="think").run()
    assert (response.thinking, response.content, response.stop_sequence) == ("END", "Io ", "END")
