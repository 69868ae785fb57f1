"""Every recording is rebuilt as its provider's own object, whole or cut anywhere, with the Response's content."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

import streamkit as sk
from streamkit import wire
from streamkit.fold import Fold
from streamkit.wire.formats import EventSource

pytestmark = pytest.mark.sdk


def recordings(wire_dir: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    for line in (wire_dir / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row, (wire_dir / row["file"]).read_bytes()


def as_json(found: Any) -> dict[str, Any]:
    """See an SDK's object as JSON, whatever kind of class it is."""
    if isinstance(found, dict):
        return cast("dict[str, Any]", found)
    if hasattr(found, "to_dict"):
        return found.to_dict()
    return found.model_dump(by_alias=True, mode="json", warnings=False)


def text_of_chat(found: Any) -> str:
    content = found.choices[0].message.content
    if isinstance(content, list):  # Mistral's parts
        return "".join(part.text for part in cast("list[Any]", content) if part.type == "text")
    return content or ""


def text_of_message(found: Any) -> str:
    return "".join(block.text for block in found.content if block.type == "text")


def text_of_cohere(found: Any) -> str:
    return "".join(block.text for block in found.message.content or () if block.type == "text")


def text_of_gemini(found: Any) -> str:
    parts = found.candidates[0].content.parts if found.candidates else None
    return "".join(part.text for part in parts or () if part.text and not part.thought)


def text_of_block(block: dict[str, Any]) -> str:
    cited = block.get("citationsContent", {}).get("content", ())
    return block.get("text", "") + "".join(part["text"] for part in cited)


TEXT: dict[str, Callable[[Any], str]] = {
    "anthropic.messages": text_of_message,
    "bedrock.invoke": text_of_message,
    "bedrock.converse": lambda it: "".join(map(text_of_block, it["output"]["message"]["content"])),
    "cohere.v1.chat": lambda it: it.text,
    "cohere.v2.chat": text_of_cohere,
    "gemini.generate_content": text_of_gemini,
    "ollama.chat": lambda it: it.message.content or "",
    "ollama.generate": lambda it: it.response,
    "openai.completions": lambda it: it.choices[0].text,
}


def is_plain(found: object) -> bool:
    return isinstance(found, dict)


def text_of(api: str, found: Any) -> str | None:
    if is_plain(found) and api != "bedrock.converse":
        return None  # its SDK is not installed
    if api in TEXT:
        return TEXT[api](found)
    if api.endswith(".responses"):
        return found.output_text
    return text_of_chat(found)


def test_the_providers_object_says_what_the_response_says(wire_dir: Path) -> None:
    wrong: list[str] = []
    for row, body in recordings(wire_dir):
        try:
            response = wire.reduce(row["api"], body, row["provider"])
        except sk.StreamError:
            continue
        if "openai-shell-container.1" in row["file"]:
            continue  # shortened by hand: its deltas hold less than its items
        text = text_of(row["api"], response.response)
        if text is not None and text != response.content and not response.refusal:
            wrong.append(f"{row['file']}: {text[:80]!r} and not {response.content[:80]!r}")
    assert not wrong, "\n".join(wrong)


def test_the_responses_wire_is_rebuilt_as_its_final_event_has_it(wire_dir: Path) -> None:
    for row, body in recordings(wire_dir):
        if not row["api"].endswith(".responses"):
            continue
        decoder = wire.decoder(row["api"], row["provider"])
        chunks = decoder.feed(body)
        last = chunks[-1].raw
        if last.get("type") not in ("response.completed", "response.incomplete") or not last["response"].get("output"):
            continue
        found = as_json(wire.reduce(row["api"], body, row["provider"]).response)
        kinds = [(item["type"], item.get("call_id"), item.get("arguments")) for item in found["output"]]
        assert kinds == [(i["type"], i.get("call_id"), i.get("arguments")) for i in last["response"]["output"]]


def test_whatever_was_cut_a_next_turn_can_be_made_of_it(wire_dir: Path) -> None:
    rng = random.Random(7)
    for row, body in recordings(wire_dir):
        chunks = wire.decoder(row["api"], row["provider"]).feed(body)
        for count in sorted({0, len(chunks), *(rng.randrange(len(chunks) + 1) for _ in range(3))}):
            prefix = chunks[:count]
            fold = Fold()
            fold.add(prefix)
            response = fold.response("stopped").attach_rebuilder(EventSource(lambda prefix=prefix: prefix))
            message = response.message_param
            assert message["role"] in ("assistant", "model"), row["file"]
            json.dumps(message)
            assert response.response is not None or not prefix


def test_every_whole_call_is_in_the_next_turn_and_none_that_was_cut(wire_dir: Path) -> None:
    for row, body in recordings(wire_dir):
        chunks = wire.decoder(row["api"], row["provider"]).feed(body)
        for count in range(0, len(chunks) + 1, max(1, len(chunks) // 6)):
            prefix = chunks[:count]
            fold = Fold()
            fold.add(prefix)
            response = fold.response("stopped").attach_rebuilder(EventSource(lambda prefix=prefix: prefix))
            written = json.dumps(response.message_param)
            for call in response.tool_calls:
                if call.id:
                    assert (json.dumps(call.id) in written) == call.complete, (row["file"], count, call)
