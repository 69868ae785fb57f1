"""A chat completion, rebuilt from its chunks."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from ..lenient_json import as_object, as_objects

if TYPE_CHECKING:
    from ...response import Choice, Response


_NOT_KEPT = frozenset({"choices", "obfuscation", "object", "p", "usage", "error"})
# Of a delta: what the fold has put together by the rules of the wire.
_FOLDED = frozenset({"audio", "content", "function_call", "refusal", "role", "tool_calls"})


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the completion.

    Args:
        events: The chunks, parsed.
        response: What they fold to.
    """
    found: dict[str, Any] = {"id": None, "object": "chat.completion", "created": None, "model": None}
    for event in events:
        for name, value in event.items():
            if name not in _NOT_KEPT and (found.get(name) in (None, "") or name not in found):
                found[name] = value
    found["choices"] = [_choice(list(told_of(events, each.index)), each) for each in response.choices]
    usage = response.usage.raw if response.usage is not None else None
    return {**found, "usage": usage or None}


def told_of(events: Sequence[dict[str, Any]], index: int) -> Iterator[dict[str, Any]]:
    """List what has been told of one choice, event by event.

    Args:
        events: The chunks, parsed.
        index: The choice.
    """
    for event in events:
        for choice in event.get("choices") or ():
            if isinstance(choice, dict) and (cast("dict[str, Any]", choice).get("index") or 0) == index:
                yield cast("dict[str, Any]", choice)


def _choice(told: list[dict[str, Any]], choice: Choice) -> dict[str, Any]:
    found: dict[str, Any] = {"index": choice.index}
    for each in told:
        for name, value in each.items():
            if name not in ("delta", "logprobs", "message") and (value not in (None, {}, []) or name not in found):
                found[name] = value
    found["finish_reason"] = choice.finish_reasons[-1] if choice.finish_reasons else None
    found["logprobs"] = logprobs(told)
    return {**found, "message": _message([as_object(each.get("delta")) for each in told], choice)}


def logprobs(told: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Put the probabilities of all tokens together.

    Args:
        told: What has been told of one choice, event by event.
    """
    found: dict[str, Any] = {}
    for each in told:
        for name, tokens in as_object(each.get("logprobs")).items():
            if isinstance(tokens, list):
                found[name] = [*(found.get(name) or []), *cast("list[Any]", tokens)]
    return found or None


def _message(deltas: list[dict[str, Any]], choice: Choice) -> dict[str, Any]:
    found: dict[str, Any] = {"role": "assistant", "content": choice.content or None, "refusal": choice.refusal or None}
    for delta in deltas:
        for name, value in delta.items():
            if name not in _FOLDED and value is not None:
                found[name] = _joined(found.get(name), value)
    if any(isinstance(delta.get("content"), list) for delta in deltas):
        found["content"] = _parts(deltas)
    if choice.tool_calls:
        found["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_text}}
            for call in choice.tool_calls
        ]
    elif not choice.refusal and choice.content == "" and not choice.audio:
        found["content"] = ""
    if choice.audio or choice.audio_transcript:
        found["audio"] = _audio(deltas, choice)
    return found


def _parts(deltas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """List the parts of content that came as typed parts, if only now and then (Mistral)."""
    parts: list[dict[str, Any]] = []
    for delta in deltas:
        content = delta.get("content")
        parts += [{"type": "text", "text": content}] if isinstance(content, str) and content else as_objects(content)
    return _merged(parts)


def _merged(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put neighbours together that are pieces of one text or of one thought."""
    found: list[dict[str, Any]] = []
    for part in parts:
        kind = part.get("type")
        if found and kind == found[-1].get("type") and kind in ("text", "thinking"):
            last = found[-1]
            found[-1] = {**last, **{name: _joined(last.get(name), value) for name, value in part.items()}, "type": kind}
        else:
            found.append(dict(part))
    for part in found:
        if isinstance(part.get("thinking"), list):
            part["thinking"] = _merged(as_objects(part["thinking"]))
    return found


def _joined(first: Any, second: Any) -> Any:
    """Go on with a field that no rule of ours is about: texts and lists grow, anything else is said anew."""
    if isinstance(first, str) and isinstance(second, str):
        return first + second
    if isinstance(first, list) and isinstance(second, list):
        return [*cast("list[Any]", first), *cast("list[Any]", second)]
    return second


def _audio(deltas: list[dict[str, Any]], choice: Choice) -> dict[str, Any]:
    found: dict[str, Any] = {"id": None, "expires_at": None}
    for delta in deltas:
        audio = as_object(delta.get("audio"))
        found |= {name: audio[name] for name in found if audio.get(name) is not None}
    return {**found, "data": base64.b64encode(choice.audio).decode(), "transcript": choice.audio_transcript}


def next_turn(found: dict[str, Any], response: Response) -> dict[str, Any] | None:
    """Make the message of a next turn, where it is another one than the text and the calls say.

    Args:
        found: The rebuilt completion.
        response: What its chunks fold to.
    """
    audio = as_object(found["choices"][0]["message"].get("audio"))
    # What was spoken is on the server: it takes it back by its id alone.
    return {"role": "assistant", "audio": {"id": audio["id"]}} if audio.get("id") else None


def completion(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the completion.

    Args:
        events: The events, parsed.
        response: What they fold to.
    """
    first = {name: value for name, value in (events[0] if events else {}).items() if name not in ("choices", "usage")}
    choices = [
        {
            "index": choice.index,
            "text": choice.content,
            "finish_reason": choice.finish_reasons[-1] if choice.finish_reasons else None,
            "logprobs": logprobs(list(told_of(events, choice.index))),
        }
        for choice in response.choices
    ]
    usage = response.usage.raw if response.usage is not None else None
    return {**first, "object": "text_completion", "choices": choices, "usage": usage or None}
