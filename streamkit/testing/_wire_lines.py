"""Wire lines of scripted answers whose wire is one JSON object a line: Ollama's, and Cohere's older one."""

from __future__ import annotations

import json
from typing import Any

from ._shape import Shape

NDJSON = Shape(keep_alive=b"\n", opening=b'{"message":{"content":"')


def ollama_line(message: dict[str, Any] | None = None, **fields: Any) -> bytes:
    r"""Make one line of Ollama's chat, stamped with a time of its own as the server's are.

    Args:
        message: What it adds.
        fields: Further fields of the line, such as ``done``.

    >>> ollama_line({"content": "Io"}, created_at="now")
    b'{"model":"scripted-1","created_at":"now","message":{"role":"assistant","content":"Io"},"done":false}\n'
    """
    told = {"role": "assistant", "content": "", **(message or {})}
    return _line(
        {"model": "scripted-1", "created_at": "2026-01-01T00:00:00Z", "message": told, "done": False, **fields}
    )


def ollama_lines(*texts: str, reason: str | None = "stop") -> list[bytes]:
    """Make the lines of a whole chat answer of Ollama's.

    Args:
        texts: The pieces of text, one line each.
        reason: The done reason; None leaves its line out.

    >>> len(ollama_lines("Euro", "pa"))
    3
    """
    stamps = (f"2026-01-01T00:00:00.{at:06}Z" for at in range(len(texts)))
    lines = [ollama_line({"content": text}, created_at=stamp) for text, stamp in zip(texts, stamps, strict=True)]
    if reason is not None:
        used: dict[str, Any] = {"total_duration": 9000, "prompt_eval_count": 7, "eval_count": len(texts)}
        lines.append(ollama_line(done=True, done_reason=reason, **used))
    return lines


def cohere_v1_lines(*texts: str, reason: str | None = "COMPLETE") -> list[bytes]:
    """Make the lines of a whole answer of Cohere's older chat.

    Args:
        texts: The pieces of text, one line each.
        reason: The finish reason; None leaves its line out.

    >>> len(cohere_v1_lines("Euro", "pa"))
    4
    """
    lines = [_line({"is_finished": False, "event_type": "stream-start", "generation_id": "c-1"})]
    lines += [_line({"is_finished": False, "event_type": "text-generation", "text": text}) for text in texts]
    if reason is not None:
        used = {"tokens": {"input_tokens": 7, "output_tokens": len(texts)}}
        answer = {"text": "".join(texts), "generation_id": "c-1", "finish_reason": reason, "meta": used}
        end = {"is_finished": True, "event_type": "stream-end", "response": answer, "finish_reason": reason}
        lines.append(_line(end))
    return lines


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
