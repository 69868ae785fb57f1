"""Bedrock: what the software before this one lost of an answer stands in what boto3 would have returned."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from streamkit import wire
from streamkit.testing import aws_frame, bedrock_events, chat_event, invoke_events
from tests.wire import converse
from tests.wire.rebuilt import installed, rebuilt

pytestmark = pytest.mark.sdk


@installed("botocore")
def test_bedrock_keeps_usage_metrics_trace_signatures_citations_images_and_the_stop_reason() -> None:
    half, other = base64.b64encode(b"PN").decode(), base64.b64encode(b"G!").decode()
    used = {"inputTokens": 9, "outputTokens": 4, "totalTokens": 13, "cacheReadInputTokens": 5}
    events = [
        converse.BEGIN,
        converse.delta(0, reasoningContent={"text": "Hm"}),
        converse.delta(0, reasoningContent={"signature": "s1"}),
        converse.delta(1, reasoningContent={"redactedContent": half}),
        converse.delta(2, text="Io"),
        converse.delta(2, citation={"title": "a"}),
        converse.delta(2, citation={"title": "b"}),
        converse.start(3, image={"format": "png"}),
        *(converse.delta(3, image={"source": {"bytes": each}}) for each in (half, other)),
        *(converse.stop(at) for at in range(4)),
        converse.start(4, toolResult={"toolUseId": "s", "status": "success"}),
        converse.delta(4, toolResult=[{"text": "found"}]),
        converse.stop(4),
        converse.end("max_tokens"),
        aws_frame("metadata", {"usage": used, "metrics": {"latencyMs": 12}, "trace": {"guardrail": {}}}),
    ]
    found = rebuilt("bedrock.converse", events)
    thinking, secret, text, image, result = found["output"]["message"]["content"]
    assert thinking["reasoningContent"]["reasoningText"] == {"text": "Hm", "signature": "s1"}
    assert secret["reasoningContent"]["redactedContent"] == b"PN"
    assert text["citationsContent"] == {"content": [{"text": "Io"}], "citations": [{"title": "a"}, {"title": "b"}]}
    assert image["image"] == {"format": "png", "source": {"bytes": b"PNG!"}}
    assert result["toolResult"] == {"toolUseId": "s", "status": "success", "content": [{"text": "found"}]}
    assert (found["stopReason"], found["usage"], found["metrics"]) == ("max_tokens", used, {"latencyMs": 12})
    assert "trace" in found


def test_whatever_family_answers_in_bedrocks_chunks_its_own_object_is_built() -> None:
    nova = [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "Io"}}},
    ]
    nova += [{"messageStop": {"stopReason": "end_turn"}}]
    found = wire.reduce("bedrock.invoke", b"".join(invoke_events(*nova)))
    assert found.response["output"]["message"]["content"] == [{"text": "Io"}]
    assert found.message_param["content"] == [{"text": "Io"}]
    chat = [
        json.loads(each.removeprefix(b"data: "))
        for each in (chat_event({"content": "Io"}), chat_event({}, finish="stop"))
    ]
    assert rebuilt("bedrock.invoke", invoke_events(*chat)).choices[0].message.content == "Io"
    older = wire.reduce("bedrock.invoke", b"".join(invoke_events({"outputText": "Io", "completionReason": "FINISH"})))
    assert older.message_param == {"role": "assistant", "content": "Io"}


def test_a_bedrock_answer_without_its_package_stays_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("streamkit.wire.bedrock.rebuild.sdk_class", missing)
    monkeypatch.setattr("streamkit.wire.bedrock.rebuild._shape", missing)
    assert rebuilt("bedrock.converse", bedrock_events("Io"))["stopReason"] == "end_turn"
