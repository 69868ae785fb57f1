"""What an answer has beyond its content: server tools, probabilities, the tier, the stop, safety, sources, the bill."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from typing import Any

import pytest

import streamkit as sk
from streamkit import codec, wire
from streamkit.fold import Fold
from streamkit.settings import Caps
from streamkit.testing import Script, aws_frame, chat_event, gemini_event
from streamkit.text.joining import coalesced
from streamkit.usage.prices import price
from tests.wire import converse, formats, responses
from tests.wire.formats import DONE, event

ToolFields = tuple[str, str | None, str | None, Any, Any, str]


def fields(tool: sk.ServerTool) -> ToolFields:
    return tool.kind, tool.name, tool.id, tool.input, tool.output, tool.state


def over(*items: responses.Event) -> list[bytes]:
    return responses.sent(responses.CREATED, *items, responses.over())


def anthropic(*events: bytes) -> list[bytes]:
    return [formats.begin(), *events, formats.STOP]


def use(index: int, name: str, text: str, kind: str = "server_tool_use") -> list[bytes]:
    block: dict[str, Any] = {"type": kind, "id": f"s{index}", "name": name, "input": {}}
    delta = {"type": "input_json_delta", "partial_json": text}
    return [
        event("content_block_start", index=index, content_block=block),
        *(
            event("content_block_delta", index=index, delta={**delta, "partial_json": part})
            for part in (text[:3], text[3:])
        ),
        formats.stop(index),
    ]


def result(index: int, of: int, name: str, content: Any) -> list[bytes]:
    block = {"type": f"{name}_tool_result", "tool_use_id": f"s{of}", "content": content}
    return [event("content_block_start", index=index, content_block=block), formats.stop(index)]


def ended(reason: str = "end_turn", **delta: Any) -> bytes:
    return event("message_delta", delta={"stop_reason": reason, **delta})


FOUND = [{"type": "web_search_result", "url": "https://io", "title": "Io"}]
RAN = {"type": "code_execution_result", "stdout": "42\n", "return_code": 0}
NOVA = {"toolUseId": "n", "name": "nova_code_interpreter", "type": "server_tool_use"}
OUTPUT = [{"json": {"stdOut": "42"}}]
GROQ: dict[str, Any] = {
    "index": 0,
    "type": "search",
    "arguments": '{"query": "Io"}',
    "output": "Found.",
    "search_results": {"results": []},
}
SEARCHED = {"groundingMetadata": {"webSearchQueries": ["Io"], "groundingChunks": [{"web": {"uri": "https://io"}}]}}
SHELL = {"call_id": "c", "environment": {"type": "container_auto"}}
RAN_SHELL = [{"stdout": "a.txt", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}]
CODE = {"executableCode": {"language": "PYTHON", "code": "6 * 7"}}
OUTCOME = {"outcome": "OUTCOME_OK", "output": "42"}

CASES: dict[str, tuple[str, list[bytes], ToolFields]] = {
    "openai's search": (
        "openai.responses",
        over(responses.ended(0, "web_search_call", status="completed", action={"type": "search", "query": "Io"})),
        ("web_search", None, "item_0", {"type": "search", "query": "Io"}, None, "completed"),
    ),
    "openai's files": (
        "openai.responses",
        over(responses.ended(0, "file_search_call", status="completed", queries=["Io"], results=[{"file_id": "f"}])),
        ("file_search", None, "item_0", {"queries": ["Io"]}, [{"file_id": "f"}], "completed"),
    ),
    "openai's code": (
        "openai.responses",
        over(
            responses.begun(0, "code_interpreter_call", code="", container_id="x", outputs=None),
            ("code_interpreter_call_code.delta", {"output_index": 0, "delta": "6 *"}),
            ("code_interpreter_call_code.delta", {"output_index": 0, "delta": " 7"}),
            responses.ended(0, "code_interpreter_call", code="6 * 7", container_id="x", outputs=[{"logs": "42"}]),
        ),
        ("code_execution", None, "item_0", {"code": "6 * 7", "container_id": "x"}, [{"logs": "42"}], "completed"),
    ),
    "openai's shell": (
        "openai.responses",
        over(
            responses.ended(0, "shell_call", action={"commands": ["ls"]}, status="completed", **SHELL),
            responses.ended(1, "shell_call_output", call_id="c", output=RAN_SHELL, status="completed"),
        ),
        ("code_execution", "shell", "c", {"commands": ["ls"]}, RAN_SHELL, "completed"),
    ),
    "openai's image": (
        "openai.responses",
        over(responses.ended(0, "image_generation_call", result="iVBO", size="1x1", revised_prompt="Io")),
        (
            "image_generation",
            None,
            "item_0",
            {"revised_prompt": "Io"},
            {"size": "1x1", "revised_prompt": "Io"},
            "completed",
        ),
    ),
    "openai's MCP": (
        "openai.responses",
        over(
            responses.begun(0, "mcp_call", name="look", server_label="m", arguments=""),
            ("mcp_call_arguments.delta", {"output_index": 0, "delta": '{"a":'}),
            responses.ended(0, "mcp_call", name="look", server_label="m", arguments='{"a":1}', output="far"),
        ),
        ("mcp", "look", "item_0", {"a": 1}, "far", "completed"),
    ),
    "openai's MCP that fails": (
        "openai.responses",
        over(responses.ended(0, "mcp_call", name="look", arguments="{}", error={"message": "no"}, status="failed")),
        ("mcp", "look", "item_0", {}, {"message": "no"}, "failed"),
    ),
    "xai's search": (
        "xai.responses",
        over(responses.ended(0, "custom_tool_call", name="x_keyword_search", input='{"query":"Io"}', call_id="c")),
        ("web_search", "x_keyword_search", "item_0", {"query": "Io"}, None, "completed"),
    ),
    "anthropic's search": (
        "anthropic.messages",
        anthropic(*use(0, "web_search", '{"query": "Io"}'), *result(1, 0, "web_search", FOUND), ended()),
        ("web_search", "web_search", "s0", {"query": "Io"}, FOUND, "completed"),
    ),
    "anthropic's code": (
        "anthropic.messages",
        anthropic(*use(0, "code_execution", '{"code": "6 * 7"}'), *result(1, 0, "code_execution", RAN), ended()),
        ("code_execution", "code_execution", "s0", {"code": "6 * 7"}, RAN, "completed"),
    ),
    "anthropic's page that fails": (
        "anthropic.messages",
        anthropic(
            *use(0, "web_fetch", '{"url": "x"}'), *result(1, 0, "web_fetch", {"type": "web_fetch_tool_error"}), ended()
        ),
        ("web_fetch", "web_fetch", "s0", {"url": "x"}, {"type": "web_fetch_tool_error"}, "failed"),
    ),
    "anthropic's MCP": (
        "anthropic.messages",
        anthropic(
            *use(0, "look", "{}", "mcp_tool_use"), *result(1, 0, "mcp", [{"type": "text", "text": "far"}]), ended()
        ),
        ("mcp", "look", "s0", {}, [{"type": "text", "text": "far"}], "completed"),
    ),
    "gemini's code": (
        "gemini.generate_content",
        [gemini_event(CODE), gemini_event({"codeExecutionResult": OUTCOME}), gemini_event("42", finish="STOP")],
        ("code_execution", None, None, CODE["executableCode"], OUTCOME, "completed"),
    ),
    "gemini's search": (
        "gemini.generate_content",
        [gemini_event("Io", finish="STOP", candidate=SEARCHED)],
        ("web_search", None, None, {"queries": ["Io"]}, [{"uri": "https://io"}], "completed"),
    ),
    "groq's search": (
        "groq.chat",
        [chat_event({"reasoning": "Hm", "executed_tools": [GROQ]}), chat_event({"content": "Io"}, finish="stop"), DONE],
        (
            "web_search",
            "search",
            None,
            {"query": "Io"},
            {"output": "Found.", "search_results": {"results": []}},
            "completed",
        ),
    ),
    "nova's code": (
        "bedrock.converse",
        [
            converse.BEGIN,
            converse.start(0, toolUse=NOVA),
            converse.arguments(0, '{"snippet": "6 * 7"}'),
            converse.stop(0),
            converse.start(
                1, toolResult={"toolUseId": "n", "status": "success", "type": "nova_code_interpreter_result"}
            ),
            converse.delta(1, toolResult=OUTPUT),
            converse.stop(1),
            converse.end(),
            converse.META,
        ],
        ("code_execution", "nova_code_interpreter", "n", {"snippet": "6 * 7"}, OUTPUT, "completed"),
    ),
}
"""By provider and tool: the wire, the events, and the tool as it must be."""


def folded(api: str, events: Sequence[bytes], *, cut: bool = False) -> sk.Response:
    decoder = wire.open_decoder(api)
    fold = Fold()
    fold.add([chunk for each in events for chunk in decoder.feed(each)])
    return fold.response("failed" if cut else "complete")


@pytest.mark.parametrize("name", CASES)
def test_a_tool_that_the_provider_has_run(name: str) -> None:
    api, events, tool = CASES[name]
    response = wire.reduce(api, b"".join(events))
    assert [fields(each) for each in response.server_tools] == [tool]
    assert response.tool_calls == () or "MCP" in name


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_same_for_every_split_of_the_bytes_and_after_every_journey(name: str) -> None:
    api, events, _ = CASES[name]
    response, body = wire.reduce(api, b"".join(events)), b"".join(events)
    for size in (1, 7, 100):
        decoder = wire.decoder(api)
        for at in range(0, len(body), size):
            decoder.feed(body[at : at + size])
        decoder.finish()
        assert decoder.response.server_tools == response.server_tools
    for other in (pickle.loads(pickle.dumps(response)), codec.decode(codec.encode(response))):
        assert isinstance(other, sk.Response) and other.server_tools == response.server_tools
    dumped = sk.Response.model_validate(response.model_dump())
    assert dumped.server_tools == response.server_tools


@pytest.mark.parametrize("name", CASES)
def test_a_cut_answer_never_says_that_a_tool_has_completed_before_its_result(name: str) -> None:
    api, events, tool = CASES[name]
    for count in range(len(events)):
        for cut in (True, False):
            for each in folded(api, events[:count], cut=cut).server_tools:
                if each.state in ("completed", "failed"):
                    assert fields(each) == tool
                else:
                    assert each.state == ("unknown" if cut else "running") and each.output is None


def test_the_input_of_a_tool_grows_as_text_until_it_is_whole() -> None:
    api, events, _ = CASES["openai's code"]
    inputs = [folded(api, events[:count]).server_tools for count in range(1, len(events))]
    assert [tools[0].input for tools in inputs if tools] == [
        *(None, "6 *", "6 * 7"),
        {"code": "6 * 7", "container_id": "x"},
    ]


def test_a_chunk_reads_its_deltas_from_its_event() -> None:
    api, events, _ = CASES["anthropic's search"]
    chunks = wire.decoder(api).feed(b"".join(events))
    deltas = [delta for chunk in chunks for delta in chunk.server_tools]
    assert deltas[0] == sk.ServerToolDelta("web_search", "web_search", "s0", 0, state="running")
    assert "".join(delta.input for delta in deltas) == '{"query": "Io"}'
    assert (deltas[-1].id, deltas[-1].output, deltas[-1].state) == ("s0", FOUND, "completed")
    call = use(0, "look_up", '{"a": 1}', "tool_use")
    assert not any(chunk.server_tools for chunk in wire.decoder(api).feed(b"".join(anthropic(*call))))


async def test_the_tools_do_not_depend_on_what_the_log_keeps() -> None:
    api, events, tool = CASES["anthropic's code"]
    stream = Script(events).stream(api=api, vendor="anthropic", keep=1)
    assert [fields(each) for each in (await stream).server_tools] == [tool]


def test_a_reader_that_lags_loses_no_tool_of_the_servers() -> None:
    api, events, _ = CASES["openai's code"]
    chunks = wire.decoder(api).feed(b"".join(events))
    deltas = [delta for chunk in coalesced(chunks) for delta in chunk.server_tools]
    assert deltas == [delta for chunk in chunks for delta in chunk.server_tools] != []


def test_a_client_is_not_given_its_own_calls_as_tools_of_the_server() -> None:
    calls = [
        responses.ended(0, "shell_call", action={"commands": ["ls"]}, call_id="c"),
        responses.ended(1, "tool_search_call", arguments={}, execution="client", call_id="d"),
        responses.ended(2, "custom_tool_call", name="web_search", input="Io", call_id="e"),
    ]
    response = wire.reduce("openai.responses", b"".join(over(*calls)))
    assert (response.server_tools, len(response.tool_calls)) == ([], 3)


def test_what_is_absent_is_none_or_empty() -> None:
    response = wire.reduce("openai.chat", b"".join([chat_event({"content": "Io"}, finish="stop"), DONE]))
    assert (response.server_tools, response.logprobs, response.search_results) == ([], [], [])
    assert (response.stop_sequence, response.service_tier, response.safety, response.provider_cost) == (None,) * 4
    assert sk.Chunk().server_tools == sk.Chunk().logprobs == ()
    used = wire.reduce("anthropic.messages", b"".join(anthropic(ended()))).usage
    assert used is None or used.cache_write_tokens is None


def probable(text: str) -> dict[str, Any]:
    top = [{"token": "Eu", "logprob": -2.0}]
    return {"content": [{"token": text, "logprob": -0.5, "bytes": None, "top_logprobs": top}]}


def test_the_probabilities_of_equal_tokens_are_all_kept() -> None:
    steps: list[bytes] = []
    for text in ("ha", "ha", "ha", "ha", "!"):
        step = json.loads(chat_event({"content": text}).removeprefix(b"data: "))
        step["choices"][0]["logprobs"] = probable(text)
        steps.append(b"data: " + json.dumps(step).encode() + b"\n\n")
    decoder = wire.decoder("openai.chat")
    chunks = decoder.feed(b"".join([*steps, chat_event({}, finish="stop"), DONE]))
    expected = [sk.Logprob(text, -0.5, (sk.Logprob("Eu", -2.0),)) for text in ("ha", "ha", "ha", "ha", "!")]
    assert [each for chunk in chunks for each in chunk.logprobs] == expected
    assert decoder.response.logprobs == decoder.response.choices[0].logprobs == expected


def test_many_probabilities_are_read_on_the_way_and_bounded() -> None:
    step = json.loads(chat_event({"content": "ha"}).removeprefix(b"data: "))
    step["choices"][0]["logprobs"] = probable("ha")
    data = b"data: " + json.dumps(step).encode() + b"\n\n"
    chunks = wire.decoder("openai.chat").feed(data * 1000)
    fold = Fold()
    for chunk in chunks:
        fold.add([chunk])
    assert len(fold.response().logprobs) == 1000
    bounded = Fold(Caps(text=10_000))
    with pytest.raises(sk.LimitExceeded):
        bounded.add(chunks)


@pytest.mark.parametrize(
    ("api", "events"),
    [
        ("ollama.chat", [b'{"message":{"content":"Io"},"logprobs":[{"token":"Io","logprob":-0.5}],"done":false}\n']),
        (
            "gemini.generate_content",
            [
                gemini_event(
                    "Io", candidate={"logprobsResult": {"chosenCandidates": [{"token": "Io", "logProbability": -0.5}]}}
                )
            ],
        ),
        (
            "openai.responses",
            responses.sent(
                responses.CREATED,
                (
                    "output_text.delta",
                    {"output_index": 0, "delta": "Io", "logprobs": [{"token": "Io", "logprob": -0.5}]},
                ),
            ),
        ),
        (
            "cohere.v2.chat",
            [
                event(
                    "content-delta",
                    index=0,
                    delta={"message": {"content": {"text": "Io"}}},
                    logprobs={"text": "Io", "token_ids": [1], "logprobs": [-0.5]},
                )
            ],
        ),
        (
            "openai.completions",
            [b'data: {"choices":[{"index":0,"text":"Io","logprobs":{"tokens":["Io"],"token_logprobs":[-0.5]}}]}\n\n'],
        ),
    ],
)
def test_probabilities_on_every_wire(api: str, events: list[bytes]) -> None:
    assert folded(api, events).logprobs == [sk.Logprob("Io", -0.5)]


def test_anthropics_stop_sequence_tier_and_stop_details() -> None:
    details = {"type": "refusal", "category": None}
    end = ended("stop_sequence", stop_sequence="END", stop_details=details)
    response = wire.reduce("anthropic.messages", b"".join(anthropic(end)))
    assert (response.stop_sequence, response.safety) == ("END", {"stop_details": details})
    usage = {"input_tokens": 7, "output_tokens": 1, "service_tier": "priority", "cache_creation_input_tokens": 5}
    first = event("message_start", message={"id": "m", "content": [], "usage": usage})
    response = wire.reduce("anthropic.messages", b"".join([first, end, formats.STOP]))
    assert response.service_tier == "priority"
    assert response.usage is not None and response.usage.cache_write_tokens == 5


def test_safety_as_gemini_azure_and_bedrock_report_it() -> None:
    rating = {"safetyRatings": [{"category": "HARM", "probability": "LOW"}]}
    assert folded("gemini.generate_content", [gemini_event("Io", candidate=rating)]).safety == rating
    step = json.loads(chat_event({"content": "Io"}).removeprefix(b"data: "))
    step["choices"][0]["content_filter_results"] = {"hate": {"filtered": False}}
    azure = folded("azure.openai.chat", [b"data: " + json.dumps(step).encode() + b"\n\n"])
    assert azure.safety == {"content_filter_results": {"hate": {"filtered": False}}}
    guarded = aws_frame("metadata", {"usage": {"inputTokens": 1}, "trace": {"guardrail": {"x": 1}}})
    assert folded("bedrock.converse", [guarded]).safety == {"guardrail": {"x": 1}}


def test_sources_that_perplexity_and_searches_have_found() -> None:
    sources = [{"title": "Io", "url": "https://io"}]
    event_of_perplexity = chat_event({"content": "Io"}, search_results=sources)
    assert folded("openai_compatible.chat", [event_of_perplexity] * 2).search_results == sources
    api, events, _ = CASES["anthropic's search"]
    assert wire.reduce(api, b"".join(events)).search_results == FOUND


def test_the_charge_of_a_router_and_of_xai() -> None:
    def charged(**cost: Any) -> float | None:
        usage = {"prompt_tokens": 7, "completion_tokens": 2, **cost}
        return folded("xai.chat", [chat_event(None, usage=usage)]).provider_cost

    assert charged(cost=0.002) == 0.002
    assert charged(cost={"total_cost": 0.003}) == 0.003
    assert charged(cost_in_usd_ticks=5_000_000) == pytest.approx(0.0005)
    assert charged() is None


def test_tokens_written_to_a_cache_are_priced_once() -> None:
    raw = {"input_tokens": 10, "output_tokens": 0, "cache_creation_input_tokens": 1000}
    costs = {
        price(sk.Usage(10, 0, raw=raw, cache_write_tokens=count), model="claude-sonnet-4-5", provider="anthropic")
        for count in (None, 1000)
    }
    assert len(costs) == 1 and costs != {None}
