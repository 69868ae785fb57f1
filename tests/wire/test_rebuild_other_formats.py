"""Provider by provider: what the software before this one lost of an answer stands in the provider's own object."""

from __future__ import annotations

import json
from typing import Any

import pytest

import streamkit as sk
from streamkit import wire
from streamkit.testing import chat_event, cohere_v1_lines, gemini_event, ollama_line
from tests.wire import formats, responses
from tests.wire.outcome import DONE, data
from tests.wire.rebuilt import installed, rebuilt

pytestmark = pytest.mark.sdk


def token(text: str) -> dict[str, Any]:
    return {"token": text, "logprob": -0.5, "bytes": None, "top_logprobs": []}


def test_openai_service_tier_annotations_cached_tokens_and_a_length_that_stays_one() -> None:
    cited = {
        "type": "url_citation",
        "url_citation": {"url": "https://x", "title": "X", "start_index": 0, "end_index": 1},
    }
    usage = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
    usage |= {"prompt_tokens_details": {"cached_tokens": 5}, "completion_tokens_details": {"reasoning_tokens": 3}}
    events = [
        chat_event({"content": "I", "annotations": [cited]}, service_tier="flex", system_fingerprint="fp_1"),
        chat_event({"content": "o"}, finish="length"),
        chat_event(None, usage=usage, service_tier="flex"),
        DONE,
    ]
    found = rebuilt("openai.chat", events)
    assert (found.service_tier, found.system_fingerprint, found.created) == ("flex", "fp_1", 1700000000)
    assert found.choices[0].finish_reason == "length"
    assert found.choices[0].message.annotations[0].url_citation.title == "X"
    assert found.usage.prompt_tokens_details.cached_tokens == 5
    assert found.usage.completion_tokens_details.reasoning_tokens == 3


def test_completions_keep_probabilities_and_every_choice() -> None:
    def event(index: int, text: str, reason: str | None = None) -> bytes:
        logprobs: dict[str, Any] = {
            "tokens": [text],
            "token_logprobs": [-0.5],
            "top_logprobs": [{}],
            "text_offset": [0],
        }
        choice = {"index": index, "text": text, "logprobs": logprobs, "finish_reason": reason}
        return data({"id": "c-1", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]})

    body = [event(0, "I"), event(1, "Tit"), event(0, "o", "stop"), event(1, "an", "length"), DONE]
    found = rebuilt("openai.completions", body, choices=2)
    assert [(each.text, each.finish_reason) for each in found.choices] == [("Io", "stop"), ("Titan", "length")]
    assert [each.logprobs.tokens for each in found.choices] == [["I", "o"], ["Tit", "an"]]


def test_the_responses_api_keeps_the_order_of_items_refusals_reasoning_and_cached_tokens() -> None:
    cited = {"type": "url_citation", "url": "https://x", "title": "X", "start_index": 0, "end_index": 1}
    text = {"type": "output_text", "text": "Io", "annotations": [cited], "logprobs": [token("Io")]}
    usage = {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13, "input_tokens_details": {"cached_tokens": 5}}
    events = [
        responses.CREATED,
        responses.ended(0, "reasoning", summary=[{"type": "summary_text", "text": "Hm"}], encrypted_content="e1"),
        responses.delta("Io", 1),
        responses.ended(1, "message", role="assistant", status="completed", content=[text]),
        responses.ended(2, "function_call", call_id="c1", name="ping", arguments="{}"),
        responses.delta("No.", 3, kind="refusal"),
        responses.over("incomplete", incomplete_details={"reason": "max_output_tokens"}, usage=usage, output=[]),
    ]
    found = rebuilt("openai.responses", responses.sent(*events))
    assert [item.type for item in found.output] == ["reasoning", "message", "function_call", "message"]
    assert (found.output[0].encrypted_content, found.output[1].content[0].annotations[0].title) == ("e1", "X")
    assert found.output[1].content[0].logprobs[0].token == "Io"
    assert found.output[3].content[0].refusal == "No."
    assert (found.status, found.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert found.usage.input_tokens_details.cached_tokens == 5


def test_azure_keeps_what_its_content_filter_says() -> None:
    mild = {"hate": {"filtered": False, "severity": "low"}}
    ask = data({"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0, "x": mild}]})
    texts = [chat_event({"content": "Io"}), chat_event({}, finish="stop")]
    events = [json.loads(each.removeprefix(b"data: ")) for each in texts]
    events[0]["choices"][0]["content_filter_results"] = mild
    events[1]["choices"][0]["content_filter_results"] = {}  # of no text at all
    found = rebuilt("azure.openai.chat", [ask, *map(data, events), DONE])
    assert (found.id, found.model) == ("chatcmpl-1", "scripted-1")
    assert found.prompt_filter_results[0]["x"] == mild
    assert found.choices[0].content_filter_results == mild


def test_anthropic_keeps_the_use_of_caches_and_of_the_servers_tools() -> None:
    used = {"cache_read_input_tokens": 4, "cache_creation_input_tokens": 6}
    end = formats.event(
        "message_delta",
        delta={"stop_reason": "max_tokens", "stop_sequence": None},
        usage={"output_tokens": 9, "server_tool_use": {"web_search_requests": 2}},
    )
    events = [formats.begin(input_tokens=7, output_tokens=1, **used), formats.start(0, text=""), formats.text(0, "Io")]
    found = rebuilt("anthropic.messages", [*events, formats.stop(0), end, formats.STOP])
    assert (found.stop_reason, found.usage.output_tokens, found.usage.input_tokens) == ("max_tokens", 9, 7)
    assert (found.usage.cache_read_input_tokens, found.usage.cache_creation_input_tokens) == (4, 6)
    assert found.usage.server_tool_use.web_search_requests == 2


@installed("mistralai")
def test_mistral_thinking_is_rebuilt_in_order_and_needs_no_finish_reason() -> None:
    def thought(text: str) -> dict[str, Any]:
        return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}

    used = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    events = [
        chat_event({"role": "assistant", "content": [thought("Hm, ")]}),
        chat_event({"content": [thought("moons.")]}),
        chat_event({"content": [{"type": "text", "text": "I"}]}),
        chat_event({"content": "o"}, finish="model_length", usage=used),
        DONE,
    ]
    message = rebuilt("mistral.chat", events).choices[0].message
    assert [part.type for part in message.content] == ["thinking", "text"]
    assert [part.text for part in message.content[0].thinking] == ["Hm, moons."]
    assert message.content[1].text == "Io"
    with pytest.raises(sk.TruncatedError) as caught:
        wire.reduce("mistral.chat", b"".join(events[:3]))
    assert caught.value.partial is not None and caught.value.partial.message_param["content"] == "I"


@installed("google.genai")
def test_google_keeps_the_id_ratings_grounding_every_part_every_candidate_and_usage_once() -> None:
    rating = {"safetyRatings": [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "NEGLIGIBLE"}]}
    ground = {"groundingMetadata": {"groundingChunks": [{"web": {"uri": "https://x", "title": "X"}}]}}

    def used(output: int) -> dict[str, Any]:
        return {"promptTokenCount": 9, "candidatesTokenCount": output, "cachedContentTokenCount": 5}

    events = [
        gemini_event({"text": "Hm", "thought": True}, usageMetadata=used(1)),
        gemini_event({"text": "I"}, {"text": "o"}, candidate=rating, usageMetadata=used(2)),
        gemini_event("Titan", index=1, finish="MAX_TOKENS"),
        gemini_event({"functionCall": {"name": "ping"}, "thoughtSignature": "c2lnbmVk"}),
        gemini_event("", finish="STOP", candidate=ground, usageMetadata=used(3)),
    ]
    found = rebuilt("gemini.generate_content", events, choices=2)
    first, second = found.candidates
    assert (found.response_id, found.model_version) == ("g-1", "scripted-1")
    assert [(part.text, part.thought) for part in first.content.parts][:2] == [("Hm", True), ("Io", None)]
    assert first.content.parts[2].thought_signature == b"signed"
    assert first.safety_ratings[0].probability == "NEGLIGIBLE"
    assert first.grounding_metadata.grounding_chunks[0].web.title == "X"
    assert (second.content.parts[0].text, second.finish_reason) == ("Titan", "MAX_TOKENS")
    usage = found.usage_metadata
    counts = (usage.prompt_token_count, usage.candidates_token_count, usage.cached_content_token_count)
    assert counts == (9, 3, 5)


@installed("groq")
def test_groq_keeps_usage_that_only_its_own_field_has() -> None:
    used = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5, "total_time": 0.1}
    events = [
        chat_event({"content": "Io", "reasoning": "Hm"}, x_groq={"id": "req_1"}),
        chat_event({}, finish="stop", x_groq={"id": "req_1", "usage": used}),
        DONE,
    ]
    found = rebuilt("groq.chat", events)
    assert (found.usage.completion_tokens, found.usage.total_time) == (2, 0.1)
    assert (found.choices[0].message.reasoning, found.x_groq.id) == ("Hm", "req_1")


def test_cohere_keeps_calls_plan_citations_probabilities_and_both_counts() -> None:
    source = {"start": 0, "end": 2, "text": "Io", "sources": [{"type": "document", "id": "d1", "document": {"a": "b"}}]}
    usage = {"billed_units": {"input_tokens": 1, "output_tokens": 2}, "tokens": {"input_tokens": 9, "output_tokens": 2}}
    probable = {"token_ids": [7], "text": "Io", "logprobs": [-0.5]}
    events = [
        formats.event("message-start", id="c-1", delta={"message": {"role": "assistant"}}),
        formats.part("tool-plan-delta", None, tool_plan="Look."),
        formats.begin_call(0, "t1"),
        formats.call(0, '{"moon": "Io"}'),
        formats.event("tool-call-end", index=0),
        formats.event("content-delta", index=0, delta={"message": {"content": {"text": "Io"}}}, logprobs=probable),
        formats.part("citation-start", 0, citations=source),
        formats.message_end("MAX_TOKENS", usage=usage),
        DONE,
    ]
    found = rebuilt("cohere.v2.chat", events)
    assert (found.id, found.finish_reason, found.message.tool_plan) == ("c-1", "MAX_TOKENS", "Look.")
    assert (found.message.tool_calls[0].id, found.message.tool_calls[0].function.arguments) == ("t1", '{"moon": "Io"}')
    assert (found.message.citations[0].text, found.message.citations[0].sources[0].id) == ("Io", "d1")
    assert (found.usage.billed_units.input_tokens, found.usage.tokens.input_tokens) == (1, 9)
    assert found.logprobs[0].text == "Io"


def test_the_older_cohere_keeps_documents_and_search_results_of_its_last_event() -> None:
    lines = cohere_v1_lines("I", "o")
    last = json.loads(lines[-1])
    more = {
        "documents": [{"id": "d1", "text": "t"}],
        "search_results": [{"document_ids": ["d1"], "connector": {"id": "w"}}],
    }
    last["response"] = {**last.get("response", {}), "text": "Io", "generation_id": "g", **more}
    found = rebuilt("cohere.v1.chat", [*lines[:-1], json.dumps(last).encode() + b"\n"])
    assert (found.documents[0]["id"], found.search_results[0].document_ids) == ("d1", ["d1"])


@installed("ollama")
def test_ollama_keeps_probabilities_calls_thinking_and_durations() -> None:
    calls: list[dict[str, Any]] = [{"function": {"name": "ping", "arguments": {}}}]
    probable = [{"token": text, "logprob": -0.5} for text in ("I", "o")]
    events = [
        ollama_line({"content": "I", "thinking": "Hm"}, logprobs=probable[:1]),
        ollama_line({"content": "o", "tool_calls": calls}, logprobs=probable[1:]),
        ollama_line(done=True, done_reason="length", total_duration=5, prompt_eval_count=1, eval_count=2),
    ]
    found = rebuilt("ollama.chat", events)
    assert (found.message.content, found.message.thinking, found.done_reason) == ("Io", "Hm", "length")
    assert (found.message.tool_calls[0].function.name, found.total_duration, found.eval_count) == ("ping", 5, 2)
    assert [each.token for each in found.logprobs] == ["I", "o"]


@installed("litellm")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*", "ignore::UserWarning:pydantic.*")
def test_litellm_keeps_the_finish_reason_the_refusal_and_cached_tokens_in_its_own_object() -> None:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 5},
    }
    events = [chat_event({"refusal": "No."}), chat_event({}, finish="length"), chat_event(None, usage=usage), DONE]
    found = rebuilt("litellm.chat", events)
    assert type(found).__name__ == "ModelResponse"
    assert (found.choices[0].finish_reason, found.usage.prompt_tokens_details.cached_tokens) == ("length", 5)
    assert found.choices[0].message.refusal == "No."
