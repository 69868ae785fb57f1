"""Of every recorded answer, all that must go back is in the body of the next request, and as it given."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import TypeAdapter, ValidationError

import streamkit as sk
from streamkit import wire
from streamkit.question import RequestInfo, RequestInputs
from streamkit.testing import chat_event
from streamkit.wire.anthropic.request import messages_body
from streamkit.wire.bedrock.request import converse_body
from streamkit.wire.cohere.request import cohere_body
from streamkit.wire.gemini.request import gemini_body
from streamkit.wire.openai_chat.request import chat_body
from streamkit.wire.openai_responses.request import responses_body
from tests.wire import formats, responses
from tests.wire.outcome import DONE

Body = dict[str, Any]


def recordings(folder: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row, (folder / row["file"]).read_bytes()


def answered(row: dict[str, Any], data: bytes) -> sk.Response:
    try:
        return wire.reduce(row["api"], data, row["provider"])
    except sk.StreamError as error:
        return error.partial or sk.Response()


def events(row: dict[str, Any], data: bytes) -> list[dict[str, Any]]:
    decoder = wire.open_decoder(row["api"], vendor=row["provider"])
    chunks = decoder.feed(data)
    return [chunk.raw for at, chunk in enumerate(chunks) if chunk.payload is not chunks[at - 1].payload or not at]


def next_body(response: sk.Response, write: Callable[[RequestInputs], Body]) -> Body:
    """Write the request of a second turn: the answer, the results of its calls, and a question."""
    outputs = [(call, OUTPUTS.get(call.kind, "far away")) for call in response.tool_calls if call.complete]
    talk = [sk.Messages.User("Which moon?"), response.message_param, *response.tool_message_params(outputs)]
    return write(RequestInfo("m", (*talk, sk.Messages.User("Why?")), {}, ()))


OUTPUTS: dict[str, Any] = {
    "computer_call": b"\x89PNG",
    "mcp_approval_request": True,
    "tool_search_call": [],
}


def chat(ask: RequestInputs) -> Body:
    return chat_body(ask, provider="openai")


def responses_of(ask: RequestInputs) -> Body:
    return responses_body(ask, provider="openai")


def without_nulls(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value is not None}


def strings(value: Any, name: str) -> list[str]:
    """List the texts of every field of that name, at any depth."""
    if isinstance(value, list):
        return [each for item in cast("list[Any]", value) for each in strings(item, name)]
    if not isinstance(value, dict):
        return []
    fields = cast("dict[str, Any]", value)
    found = [fields[name]] if isinstance(fields.get(name), str) else []
    return found + [each for item in fields.values() for each in strings(item, name)]


@pytest.fixture(params=["wire", "wire-more"])
def folder(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue("wire_dir" if request.param == "wire" else "wire_more_dir")


def test_every_item_of_a_responses_answer_goes_back_as_it_came(folder: Path) -> None:
    seen: set[str] = set()
    for row, data in recordings(folder):
        if not row["api"].endswith(".responses"):
            continue
        arrived = events(row, data)
        stored = next((e["response"].get("store") for e in arrived if isinstance(e.get("response"), dict)), None)
        body = next_body(answered(row, data), responses_of)["input"]
        for item in (event["item"] for event in arrived if event.get("type") == "response.output_item.done"):
            if item["type"] == "reasoning" and stored is False and not item.get("encrypted_content"):
                continue
            if item.get("status") == "incomplete" and item["type"] == "function_call":
                continue
            seen.add(item["type"])
            same = [each for each in body if each.get("id") == item.get("id") and each.get("type") == item["type"]]
            assert same, (row["file"], item["type"])
            assert without_nulls(item).items() <= same[0].items() or item["type"] == "message", row["file"]
    assert {"reasoning", "function_call"} <= seen


def test_the_sdk_takes_every_item(folder: Path) -> None:
    types = pytest.importorskip("openai.types.responses")
    adapter = TypeAdapter[Any](types.ResponseInputItemParam)
    wrong: list[str] = []
    for row, data in recordings(folder):
        if row["api"].endswith(".responses"):
            for item in next_body(answered(row, data), responses_of)["input"]:
                if row["provider"] == "xai" and item.get("type") == "web_search_call" and "action" not in item:
                    continue  # xAI's own form, which only its server takes
                try:
                    adapter.validate_python(item)
                except ValidationError as error:
                    wrong.append(f"{row['file']}: {item.get('type')} {item} {error.errors()[:3]}")
    assert not wrong, "\n".join(wrong)


def test_reasoning_details_go_back_with_every_signature(folder: Path) -> None:
    for row, data in recordings(folder):
        if b'"reasoning_details":' not in data or row["api"].endswith(".responses"):
            continue
        arrived = [each for event in events(row, data) for choice in event.get("choices") or () for each in [choice]]
        deltas = [part for choice in arrived for part in choice["delta"].get("reasoning_details") or ()]
        response = answered(row, data)
        sent: list[Any] = next_body(response, chat)["messages"][1].get("reasoning_details") or []
        if deltas and response.state == "complete":
            for name in ("text", "signature", "data"):
                assert "".join(strings(sent, name)) == "".join(strings(deltas, name)), row["file"]
            assert len(sent) <= len(deltas)


WHOLE = {
    "anthropic.messages": (messages_body, ("signature", "data", "encrypted_content", "tool_use_id")),
    "bedrock.converse": (converse_body, ("signature", "redactedContent", "toolUseId")),
    "cohere.v2.chat": (cohere_body, ("thinking", "tool_plan", "arguments")),
    "gemini.generate_content": (gemini_body, ("thoughtSignature", "code", "output")),
}
"""By API: the writer of its bodies, and the fields whose texts must go back."""


@pytest.mark.parametrize("api", WHOLE)
def test_signatures_and_the_servers_work_go_back(api: str, folder: Path) -> None:
    write, names = WHOLE[api]
    for row, data in recordings(folder):
        response = answered(row, data) if row["api"] == api else None
        if response is None or response.state != "complete":
            continue
        arrived = [parts_of(event) for event in events(row, data)]
        body = next_body(response, write)
        messages: list[Any] = body.get("messages") or body["contents"]
        turn = next(each for each in messages if each["role"] in ("assistant", "model"))
        for name in names:
            given = "".join(strings(arrived, name))
            assert given in "".join(strings(turn, name)) or given == response.id, (row["file"], name)


def parts_of(event: dict[str, Any]) -> Any:
    """Return what an event tells of the answer, without the names of the answer itself."""
    return {name: value for name, value in event.items() if name not in ("id", "message", "responseId", "usage")}


SHELL = {"action": {"commands": ["ls"]}, "call_id": "call_0", "status": "completed"}
PATCH = {"operation": {"type": "delete_file", "path": "a"}, "call_id": "call_0", "status": "completed"}
CLICK: dict[str, Any] = {"action": {"type": "click", "x": 1, "y": 2}, "call_id": "call_0", "pending_safety_checks": []}
APPROVAL = {"name": "search", "server_label": "docs", "arguments": "{}"}
CALLS: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
    "shell_call": (
        SHELL,
        "a.txt",
        {
            "call_id": "call_0",
            "output": [{"stdout": "a.txt", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
        },
    ),
    "local_shell_call": (SHELL, "a.txt", {"id": "call_0", "output": "a.txt"}),
    "apply_patch_call": (PATCH, "done", {"call_id": "call_0", "status": "completed", "output": "done"}),
    "computer_call": (
        CLICK,
        b"png",
        {"call_id": "call_0", "output": {"type": "computer_screenshot", "image_url": "data:image/png;base64,cG5n"}},
    ),
    "mcp_approval_request": (APPROVAL, False, {"approval_request_id": "item_0", "approve": False}),
    "custom_tool_call": (
        {"call_id": "call_0", "name": "write", "input": "Io"},
        "done",
        {"call_id": "call_0", "output": "done"},
    ),
    "tool_search_call": (
        {"execution": "client", "call_id": "call_0", "arguments": {"query": "moons"}},
        [{"type": "function", "name": "f"}],
        {"call_id": "call_0", "execution": "client", "tools": [{"type": "function", "name": "f"}]},
    ),
}
"""By kind of a call that the client answers: the item, a tool's output, and the fields of the answer's item."""


ANSWERS = {"mcp_approval_request": "mcp_approval_response", "tool_search_call": "tool_search_output"}


def read(*events: responses.Event) -> sk.Response:
    return wire.reduce("openai.responses", b"".join(responses.sent(responses.CREATED, *events)))


@pytest.mark.parametrize("kind", CALLS)
def test_what_the_client_must_answer_is_a_tool_call_and_is_answered_in_its_own_form(kind: str) -> None:
    fields, output, answer = CALLS[kind]
    first = {name: value for name, value in fields.items() if name in ("call_id", "name", "server_label")}
    found = read(responses.begun(0, kind, **first), responses.ended(0, kind, **fields), responses.over())
    (call,) = found.tool_calls
    assert (call.kind, call.complete, found.common_finish_reasons) == (kind, True, ["tool_calls"])
    (message,) = found.tool_message_params([(call, output)])
    sent = responses_of(RequestInfo("m", (sk.Messages.User("?"), call_message(call), message), {}, ()))["input"]
    assert sent[-1] == {"type": ANSWERS.get(kind, f"{kind}_output"), **answer}
    assert pickle.loads(pickle.dumps(found)).tool_calls == (call,)


def call_message(call: sk.ToolCall) -> sk.BaseMessageParam:
    return sk.Messages.Assistant([call])


@pytest.mark.parametrize("kind", CALLS)
def test_a_call_whose_item_is_cut_is_neither_a_call_nor_sent_back(kind: str) -> None:
    fields = CALLS[kind][0]
    with pytest.raises(sk.TruncatedError) as caught:
        read(responses.begun(0, kind, **fields))
    partial = caught.value.partial
    assert partial is not None and not any(call.complete for call in partial.tool_calls)
    assert partial.message_param["content"] == []


def test_the_commands_of_a_container_are_no_call_of_the_clients() -> None:
    environment = {"environment": {"type": "container_reference", "container_id": "c"}}
    found = read(responses.ended(0, "shell_call", **SHELL, **environment), responses.over())
    assert (found.tool_calls, found.common_finish_reasons) == ((), ["stop"])


def test_an_error_answers_a_shell_and_refuses_an_approval() -> None:
    def failed(kind: str) -> dict[str, Any]:
        call = sk.ToolCall("c", "f", complete=True, kind=kind)
        return sk.Response().tool_message_params([sk.ToolResult(call, error=LookupError("no moon"))])[0]

    assert failed("shell_call")["output"][0]["outcome"]["exit_code"] == 1
    assert failed("apply_patch_call")["status"] == "failed"
    assert failed("mcp_approval_request")["approve"] is False
    with pytest.raises(sk.ConfigurationError, match="screenshot"):
        failed("computer_call")


def test_the_answer_of_a_programs_call_names_the_program() -> None:
    caller = {"type": "program", "caller_id": "call_9"}
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "caller": caller}
    talk = ({"role": "assistant", "content": [item]}, sk.Messages.Tool("c", "far"))
    assert responses_of(RequestInfo("m", talk, {}, ()))["input"][1]["caller"] == caller


def test_reasoning_that_the_server_does_not_keep_stays_behind_unless_it_is_encrypted() -> None:
    def kinds(stored: bool | None, **fields: Any) -> list[str]:
        item = responses.ended(0, "reasoning", summary=[], **fields)
        found = read(item, responses.over(store=stored))
        return [each["type"] for each in found.message_param["content"]]

    assert kinds(False) == []
    assert kinds(True) == kinds(None) == kinds(False, encrypted_content="gAAA") == ["reasoning"]


def test_anthropics_unfinished_work_goes_back_where_the_answer_pauses() -> None:
    start = formats.event(
        "content_block_start",
        index=0,
        content_block={"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
    )

    def sent(reason: str) -> list[Any]:
        end = formats.event("message_delta", delta={"stop_reason": reason})
        sent_events = [formats.begin(), start, formats.stop(0), end, formats.STOP]
        return wire.reduce("anthropic.messages", b"".join(sent_events)).message_param["content"]

    assert [block["id"] for block in sent("pause_turn")] == ["s"]
    assert sent("max_tokens") == []


def test_a_call_that_googles_chat_endpoint_has_signed_goes_back_with_its_signature() -> None:
    extra = {"google": {"thought_signature": "c2ln"}}
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}, "extra_content": extra}
    events = [chat_event({"tool_calls": [call]}), chat_event({}, finish="tool_calls"), DONE]
    found = wire.reduce("openai_compatible.chat", b"".join(events))
    assert found.tool_calls[0].signature == "c2ln"
    assert found.message_param["tool_calls"][0]["extra_content"] == extra


def test_blocks_of_reasoning_are_merged_up_to_their_signature() -> None:
    def details(*each: dict[str, Any]) -> bytes:
        return chat_event({"reasoning_details": list(each)})

    text = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
    sealed = {"type": "reasoning.encrypted", "data": "gAAA", "id": "rs_1", "index": 0}
    events = [
        details({**text, "text": "Hm"}),
        details({**text, "text": "."}),
        details({**text, "signature": "sig"}, sealed),
        details({**text, "index": 1, "text": "Ah"}),
    ]
    end = [chat_event({"content": "Io"}, finish="stop"), DONE]
    whole = wire.reduce("openrouter.chat", b"".join([*events, *end])).message_param
    signed = [{**text, "text": "Hm.", "signature": "sig"}, sealed]
    assert whole["reasoning_details"] == [*signed, {**text, "index": 1, "text": "Ah"}]
    with pytest.raises(sk.TruncatedError) as caught:
        wire.reduce("openrouter.chat", b"".join(events))
    assert caught.value.partial is not None
    assert caught.value.partial.message_param["reasoning_details"] == signed
