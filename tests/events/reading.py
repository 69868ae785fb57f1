"""What the tests of events share: joining, folding back, the grammar of blocks, and cuts that keep the order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from random import Random
from typing import Any

from msgspec.structs import replace

import streamkit as sk
from streamkit import events
from streamkit.events import Event, EventDeriver

ENDS = (events.BlockEnd, events.ToolInputError)
_BESIDE = ("tool_input", "tool_output", "server_tool", "citation")
COALESCED = ("text", "data", "transcript")


def derive(chunks: Iterable[sk.Chunk], error: Exception | None = None) -> list[Event]:
    """Derive all events of an answer, which ends in an error if one is given."""
    deriver = EventDeriver()
    found = [event for chunk in chunks for event in deriver.feed(chunk)]
    return [*found, *(deriver.flush() if error is None else deriver.fail(error))]


def coalesced(found: Iterable[Event]) -> list[Event]:
    """Join neighbouring deltas of a block."""
    result: list[Any] = []
    for event in found:
        names = [name for name in COALESCED if hasattr(event, name)]
        last: Any = result[-1] if result else None
        if names and type(last) is type(event) and last.id == event.id:
            result[-1] = replace(last, **{name: getattr(last, name) + getattr(event, name) for name in names})
        else:
            result.append(event)
    return result


def check_blocks(found: Iterable[Event]) -> list[str]:
    """Check that each block has one start, deltas and at most one end of its own kind; return those without an end."""
    opened: dict[str, str] = {}
    seen: set[str] = set()
    for event in found:
        if not isinstance(event, events.BlockEvent):
            continue
        family, _, phase = event.kind.rpartition("_")
        if isinstance(event, events.BlockStart):
            assert event.id not in seen, f"{event} starts again"
            seen.add(event.id)
            opened[event.id] = family
        assert opened[event.id] == family, f"{event} is in a block of another kind"
        assert event.id.startswith(f"{event.index}-")
        if isinstance(event, ENDS):
            del opened[event.id]
            assert phase in ("end", "error")
    return list(opened)


def check_order(found: Iterable[Event]) -> None:
    """Check that no block of a choice starts within another, but for citations, and what lies between tool deltas."""
    current: dict[int, str] = {}
    for event in found:
        if not isinstance(event, events.BlockEvent) or event.kind.startswith(_BESIDE):
            continue
        if isinstance(event, events.BlockStart):
            assert event.index not in current, f"{event} starts within another block"
            current[event.index] = event.id
        assert current[event.index] == event.id
        if isinstance(event, ENDS):
            del current[event.index]


def texts(found: Iterable[Event], kind: str) -> str:
    deltas: list[Any] = [event for event in found if event.kind == kind]
    return "".join(event.text for event in deltas)


def refold(found: Sequence[Event]) -> dict[int, dict[str, Any]]:
    """Fold events into what a Response has of each choice."""
    return {
        at: _refold_choice([event for event in found if event.index == at])
        for at in sorted({event.index for event in found if not isinstance(event, events.UsageReport)})
    }


def _refold_choice(found: list[Event]) -> dict[str, Any]:
    audio = [event for event in found if isinstance(event, events.AudioDelta)]
    thoughts = [event for event in found if isinstance(event, events.ThinkingEnd)]
    signed = [event for event in found if isinstance(event, events.ThinkingEnd | events.TextEnd) and event.signature]
    finish = next((event for event in found if isinstance(event, events.Finish)), None)
    return {
        "content": texts(found, "text_delta"),
        "thinking": texts(found, "thinking_delta"),
        "refusal": texts(found, "refusal_delta"),
        "tool_plan": texts(found, "tool_plan_delta"),
        "signature": "".join(event.signature or "" for event in signed) or None,
        "redacted": tuple(event.redacted for event in thoughts if event.redacted),
        "audio": (b"".join(each.data for each in audio), "".join(each.transcript for each in audio)),
        "images": [(e.image.data, e.image.media_type, e.image.url) for e in found if isinstance(e, events.ImageDelta)],
        "citations": tuple(event.citation for event in found if isinstance(event, events.CitationDelta)),
        "calls": _refold_calls(found),
        "server_tools": _refold_server_tools(found),
        "finish_reasons": finish and finish.finish_reasons,
        "common": finish and finish.common_finish_reasons,
    }


def _refold_server_tools(found: list[Event]) -> list[sk.ServerTool]:
    starts = [event.id for event in found if isinstance(event, events.ServerToolStart)]
    tools = {event.id: event.tool for event in found if isinstance(event, events.ServerToolEnd)}
    return [tools[block] for block in starts if block in tools]


def _refold_calls(found: list[Event]) -> list[tuple[Any, ...]]:
    started = {event.id: event for event in found if isinstance(event, events.ToolInputStart)}
    calls: list[tuple[Any, ...]] = []
    for block, start in started.items():
        text = texts([event for event in found if event.id == block], "tool_input_delta")
        end = next((e for e in found if e.id == block and isinstance(e, events.ToolInputEnd)), None)
        whole = end is not None
        arguments, signature = (end.arguments, end.signature) if end else (None, None)
        calls.append(
            (end.call_id if end else start.call_id, start.name, start.call_kind, text, arguments, whole, signature)
        )
    return calls


def summary(choice: sk.Choice, *, failed: bool = False) -> dict[str, Any]:
    """Make of a Response's choice what `refold` makes of its events; a failed one has no finish."""
    return {
        "content": choice.content,
        "thinking": choice.thinking,
        "refusal": choice.refusal,
        "tool_plan": choice.tool_plan,
        "signature": choice.signature,
        "redacted": choice.redacted_thinking,
        "audio": (choice.audio, choice.audio_transcript),
        "images": [(each.data, each.media_type, each.url) for each in choice.images],
        "citations": choice.citations,
        "calls": [
            (call.id, call.name, call.kind, call.arguments_text, *_shown(call), call.signature)
            for call in choice.tool_calls
        ],
        "server_tools": [each for each in choice.server_tools if not failed or each.state != "unknown"],
        "finish_reasons": None if failed else choice.finish_reasons,
        "common": None if failed else choice.common_finish_reasons,
    }


def _shown(call: sk.ToolCall) -> tuple[Any, bool]:
    return (call.arguments, True) if call.complete else (None, False)


ORDER = ("thinking", "tool_plan", "content", "refusal", "audio_transcript", "audio")


def recut(chunks: Sequence[sk.Chunk], seed: int) -> list[sk.Chunk]:
    """Cut chunks anew: every text anywhere; neighbours are coalesced where a chunk keeps their order."""
    random = Random(seed)
    found: list[sk.Chunk] = []
    for part in (part for chunk in chunks for part in _split(chunk, random)):
        if found and random.random() < 0.4 and _keep_order(found[-1], part):
            found[-1] = _merged(found[-1], part)
        else:
            found.append(part)
    return found


def _split(chunk: sk.Chunk, random: Random) -> list[sk.Chunk]:
    """Split a chunk; a signature stays with the last part of what it signs."""
    at: dict[str, Any] = {"index": chunk.index, "block": chunk.block}
    parts: list[sk.Chunk] = []
    signature = chunk.signature
    for name in ORDER:
        parts += [sk.Chunk(**at, **{name: part}) for part in _parts(getattr(chunk, name), random)]
        if signature and getattr(chunk, name) and (name == "thinking" or (name == "content" and not chunk.thinking)):
            parts[-1], signature = replace(parts[-1], signature=signature), None
        if name == "thinking" and chunk.redacted_thinking:
            parts.append(sk.Chunk(**at, redacted_thinking=chunk.redacted_thinking))
    for delta in chunk.tool_calls:
        cut = [sk.ToolCallDelta(delta.index, arguments=part) for part in _parts(delta.arguments, random) or [""]]
        cut[0] = replace(cut[0], id=delta.id, name=delta.name, signature=delta.signature, kind=delta.kind)
        cut[-1] = replace(cut[-1], complete=delta.complete)
        parts += [sk.Chunk(**at, tool_calls=(each,)) for each in cut]
    parts += [sk.Chunk(**at, images=(each,)) for each in chunk.images]
    rest: dict[str, Any] = {
        "signature": signature,
        "citations": chunk.citations,
        "finish_reasons": chunk.finish_reasons,
        "payload": chunk.payload,  # which has the server's tools
        "api": chunk.api,
    }
    names: dict[str, Any] = {"model": chunk.model, "id": chunk.id, "usage": chunk.usage}
    return [*parts, sk.Chunk(**at, **names, **rest)]


def _parts(whole: Any, random: Random) -> list[Any]:
    edges = [0, *(at for at in range(1, len(whole)) if random.random() < min(0.4, 9 / len(whole))), len(whole)]
    return [whole[start:end] for start, end in pairwise(edges) if end > start]


_RANKS: list[Callable[[sk.Chunk], object]] = [
    *(lambda chunk: chunk.thinking, lambda chunk: chunk.redacted_thinking, lambda chunk: chunk.tool_plan),
    *(lambda chunk: chunk.content, lambda chunk: chunk.refusal, lambda chunk: chunk.audio or chunk.audio_transcript),
    *(lambda chunk: chunk.tool_calls, lambda chunk: chunk.images, lambda chunk: chunk.citations),
]


def _keep_order(first: sk.Chunk, second: sk.Chunk) -> bool:
    signed = first.signature or second.signature or first.redacted_thinking or second.redacted_thinking
    if (first.index, first.block) != (second.index, second.block) or first.finish_reasons or first.payload or signed:
        return False
    ranks = [[at for at, has in enumerate(_RANKS) if has(chunk)] for chunk in (first, second)]
    return max(ranks[0], default=-1) <= min(ranks[1], default=len(_RANKS))


def _merged(first: sk.Chunk, second: sk.Chunk) -> sk.Chunk:
    added: dict[str, Any] = {
        name: getattr(first, name) + getattr(second, name) for name in (*ORDER, "tool_calls", "images", "citations")
    }
    added |= {"model": first.model or second.model, "id": first.id or second.id, "usage": second.usage or first.usage}
    rest: dict[str, Any] = {"payload": second.payload, "api": second.api}
    return replace(first, **added, **rest, finish_reasons=second.finish_reasons)
