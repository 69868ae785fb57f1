"""Every recording, rebuilt as what its provider would have sent without streaming, decodes to the same answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest

import streamkit as sk
from streamkit import wire

# The recorded streams that end as their provider ends them; of 186 the others are errors or cut.
_SOUND = 172

# What the rebuilt answer does not have: the source repository has shortened these streams by hand.
_SHORTENED = ("openai-shell-container.1",)


def answers(wire_dir: Path) -> list[tuple[dict[str, Any], sk.Response, dict[str, Any]]]:
    """Decode each sound stream, and rebuild its answer."""
    found: list[tuple[dict[str, Any], sk.Response, dict[str, Any]]] = []
    for text in (wire_dir / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if line["api"] not in wire.APIS or any(name in line["file"] for name in _SHORTENED):
            continue
        decoder = wire.decoder(line["api"], line["provider"], len(line["expect"].get("choices", ["one"])))
        try:
            response = decoder.reduce((wire_dir / line["file"]).read_bytes())
        except sk.StreamError:
            continue
        found.append((line, response, rebuilt(response)))
    return found


def rebuilt(response: sk.Response) -> dict[str, Any]:
    """Rebuild the answer as JSON, without the class of an SDK."""
    return cast("Any", response)._rebuilder.answer(response)


def summary(response: sk.Response) -> dict[str, Any]:
    choices = [
        {
            "content": each.content,
            "thinking": each.thinking,
            "refusal": each.refusal,
            "plan": each.tool_plan,
            "calls": [(call.id, call.name, call.arguments, call.complete) for call in each.tool_calls],
            "finish_reasons": each.finish_reasons,
            "audio": (each.audio, each.audio_transcript),
            "images": each.images,
            "signature": each.signature,
            "redacted": each.redacted_thinking,
            "citations": len(each.citations),
            "server_tools": each.server_tools,
            "logprobs": [probable.token for probable in each.logprobs],  # OpenAI rounds them in a whole answer
        }
        for each in response.choices
    ]
    usage = response.usage
    figures = usage and (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.reasoning_tokens)
    names = (response.model, response.id, response.stop_sequence, response.service_tier, response.safety)
    return {"choices": choices, "usage": figures, "names": names, "state": response.state}


@pytest.fixture(scope="module")
def both(wire_dir: Path) -> list[tuple[dict[str, Any], sk.Response, dict[str, Any]]]:
    return answers(wire_dir)


def test_a_whole_answer_folds_to_what_its_stream_folds_to(
    both: list[tuple[dict[str, Any], sk.Response, dict[str, Any]]],
) -> None:
    assert len(both) >= _SOUND
    wrong: list[str] = []
    for line, response, answer in both:
        try:
            found = summary(wire.whole(line["api"], answer, line["provider"]))
        except sk.StreamError as error:
            wrong.append(f"{line['file']}: {error!r}")
            continue
        expected = summary(response)
        for name in expected:
            if found[name] != expected[name]:
                wrong.append(f"{line['file']} {name}:\n   {str(found[name])[:700]}\n   {str(expected[name])[:700]}")
    assert not wrong, f"{len(wrong)} of {len(both)}\n" + "\n".join(wrong)
