"""Wire events of scripted Responses answers, numbered and padded like OpenAI's."""

from __future__ import annotations

import json
from typing import Any


def responses_event(kind: str, number: int | None = None, /, **fields: Any) -> bytes:
    r"""Make one event of the Responses wire.

    Args:
        kind: What follows ``response.``; or ``error``.
        number: Its number in the stream; None leaves it out.
        fields: Its further fields.

    >>> responses_event("in_progress", 1)
    b'event: response.in_progress\ndata: {"type":"response.in_progress","sequence_number":1}\n\n'
    """
    name = kind if kind == "error" else f"response.{kind}"
    numbered = {} if number is None else {"sequence_number": number}
    data = json.dumps({"type": name, **fields, **numbered}, separators=(",", ":"), ensure_ascii=False)
    return f"event: {name}\ndata: {data}\n\n".encode()


def responses_events(*texts: str, status: str | None = "completed") -> list[bytes]:
    """Make the events of a whole Responses answer.

    Args:
        texts: The pieces of text, one event each.
        status: The answer's final status; None leaves its event out.

    >>> len(responses_events("Euro", "pa"))
    10
    """
    whole = "".join(texts)
    answer: dict[str, Any] = {
        "id": "resp_1",
        "object": "response",
        "model": "scripted-1",
        "status": "in_progress",
        "usage": None,
    }
    part: dict[str, Any] = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    item: dict[str, Any] = {"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant"}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    told: list[tuple[str, dict[str, Any]]] = [
        ("created", {"response": answer}),
        ("in_progress", {"response": answer}),
        ("output_item.added", {"output_index": 0, "item": {**item, "content": []}}),
        ("content_part.added", {**place, "part": part}),
    ]
    for at, text in enumerate(texts):
        noise = "aB3dE6gH9jK2mN5p"[: 16 - at % 16]  # as long as it takes to hide how long the text is
        told.append(("output_text.delta", {"delta": text, "logprobs": [], "obfuscation": noise, **place}))
    done = {**part, "text": whole}
    told += [
        ("output_text.done", {"text": whole, "logprobs": [], **place}),
        ("content_part.done", {**place, "part": done}),
        ("output_item.done", {"output_index": 0, "item": {**item, "status": "completed", "content": [done]}}),
    ]
    if status is not None:
        usage = {"input_tokens": 7, "output_tokens": len(texts), "total_tokens": 7 + len(texts)}
        last = {**answer, "status": status, "usage": usage, "output": [{**item, "content": [done]}]}
        told.append((status, {"response": last}))
    return [responses_event(kind, number, **fields) for number, (kind, fields) in enumerate(told)]
