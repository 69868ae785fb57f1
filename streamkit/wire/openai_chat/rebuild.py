"""Rebuilds a chat completion, or a text completion, from the events, and builds Mistral's and LiteLLM's objects."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError

from ..format import Event, sdk_class
from ..lenient_json import as_dict, as_dicts
from .reasoning import is_signed, reasoning_blocks

if TYPE_CHECKING:
    from ...response import Choice, Response


_NOT_KEPT = frozenset({"choices", "obfuscation", "object", "p", "usage", "error"})
# The fields of a delta that the fold has merged already.
_FOLDED = frozenset({"audio", "content", "function_call", "refusal", "role", "tool_calls"})


def answer(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the chat completion."""
    rebuilt: dict[str, Any] = {"id": None, "object": "chat.completion", "created": None, "model": None}
    for event in events:
        for name, value in event.items():
            if name not in _NOT_KEPT and (rebuilt.get(name) in (None, "") or name not in rebuilt):
                rebuilt[name] = value
    rebuilt["choices"] = [_choice(list(raw_choices_of(events, each.index)), each) for each in response.choices]
    usage = response.usage.raw if response.usage is not None else None
    return {**rebuilt, "usage": usage or None}


def raw_choices_of(events: Sequence[dict[str, Any]], index: int) -> Iterator[dict[str, Any]]:
    """Yield the objects of one choice, event by event."""
    for event in events:
        for choice in event.get("choices") or ():
            if isinstance(choice, dict) and (cast("dict[str, Any]", choice).get("index") or 0) == index:
                yield cast("dict[str, Any]", choice)


def _choice(raw_choices: list[dict[str, Any]], choice: Choice) -> dict[str, Any]:
    rebuilt: dict[str, Any] = {"index": choice.index}
    for each in raw_choices:
        for name, value in each.items():
            if name not in ("delta", "logprobs", "message") and (value not in (None, {}, []) or name not in rebuilt):
                rebuilt[name] = value
    rebuilt["finish_reason"] = choice.finish_reasons[-1] if choice.finish_reasons else None
    rebuilt["logprobs"] = logprobs(raw_choices)
    return {**rebuilt, "message": _message([as_dict(each.get("delta")) for each in raw_choices], choice)}


def logprobs(raw_choices: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Merge the probabilities of all tokens."""
    rebuilt: dict[str, Any] = {}
    for each in raw_choices:
        for name, tokens in as_dict(each.get("logprobs")).items():
            if isinstance(tokens, list):
                rebuilt[name] = [*(rebuilt.get(name) or []), *cast("list[Any]", tokens)]
    return rebuilt or None


def _message(deltas: list[dict[str, Any]], choice: Choice) -> dict[str, Any]:
    rebuilt: dict[str, Any] = {
        "role": "assistant",
        "content": choice.content or None,
        "refusal": choice.refusal or None,
    }
    for delta in deltas:
        for name, value in delta.items():
            if name not in _FOLDED and value is not None:
                rebuilt[name] = _extend(rebuilt.get(name), value)
    if "reasoning_details" in rebuilt:
        rebuilt["reasoning_details"] = reasoning_blocks(as_dicts(rebuilt["reasoning_details"]))
    if any(isinstance(delta.get("content"), list) for delta in deltas):
        rebuilt["content"] = _parts(deltas)
    if choice.tool_calls:
        rebuilt["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_text}}
            for call in choice.tool_calls
        ]
    elif not choice.refusal and choice.content == "" and not choice.audio:
        rebuilt["content"] = ""
    if choice.audio or choice.audio_transcript:
        rebuilt["audio"] = _audio(deltas, choice)
    return rebuilt


def _parts(deltas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the parts of content that has typed parts in at least one event (Mistral)."""
    parts: list[dict[str, Any]] = []
    for delta in deltas:
        content = delta.get("content")
        parts += [{"type": "text", "text": content}] if isinstance(content, str) and content else as_dicts(content)
    return _merged(parts)


def _merged(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge neighbouring parts of text, and neighbouring parts of thinking."""
    rebuilt: list[dict[str, Any]] = []
    for part in parts:
        kind = part.get("type")
        if rebuilt and kind == rebuilt[-1].get("type") and kind in ("text", "thinking"):
            last = rebuilt[-1]
            rebuilt[-1] = {
                **last,
                **{name: _extend(last.get(name), value) for name, value in part.items()},
                "type": kind,
            }
        else:
            rebuilt.append(dict(part))
    for part in rebuilt:
        if isinstance(part.get("thinking"), list):
            part["thinking"] = _merged(as_dicts(part["thinking"]))
    return rebuilt


def _extend(first: Any, second: Any) -> Any:
    """Merge the values of a field without a rule of its own: texts and lists grow, other values are replaced."""
    if isinstance(first, str) and isinstance(second, str):
        return first + second
    if isinstance(first, list) and isinstance(second, list):
        return [*cast("list[Any]", first), *cast("list[Any]", second)]
    return second


def _audio(deltas: list[dict[str, Any]], choice: Choice) -> dict[str, Any]:
    rebuilt: dict[str, Any] = {"id": None, "expires_at": None}
    for delta in deltas:
        audio = as_dict(delta.get("audio"))
        rebuilt |= {name: audio[name] for name in rebuilt if audio.get(name) is not None}
    return {**rebuilt, "data": base64.b64encode(choice.audio).decode(), "transcript": choice.audio_transcript}


def next_turn(rebuilt: dict[str, Any], response: Response) -> dict[str, Any] | None:
    """Return the message of a next turn if it is more than the text and the calls, else None."""
    message = rebuilt["choices"][0]["message"]
    audio = as_dict(message.get("audio"))
    if audio.get("id"):  # the server keeps the audio, and takes its id in place of it
        return {"role": "assistant", "audio": {"id": audio["id"]}}
    details = as_dicts(message.get("reasoning_details"))
    if response.state not in ("complete", "unknown"):  # a block may be cut unless it has its signature
        details = [each for each in details if is_signed(each)]
    return {**response.choices[0].message_param, "reasoning_details": details} if details else None


def completion(events: Sequence[dict[str, Any]], response: Response) -> dict[str, Any]:
    """Rebuild the text completion."""
    first = {name: value for name, value in (events[0] if events else {}).items() if name not in ("choices", "usage")}
    choices = [
        {
            "index": choice.index,
            "text": choice.content,
            "finish_reason": choice.finish_reasons[-1] if choice.finish_reasons else None,
            "logprobs": logprobs(list(raw_choices_of(events, choice.index))),
        }
        for choice in response.choices
    ]
    usage = response.usage.raw if response.usage is not None else None
    return {**first, "object": "text_completion", "choices": choices, "usage": usage or None}


def mistral_event(raw: Event) -> Any:
    """Build Mistral's object for an event; give a plain dict where the SDK is not installed or fails."""
    try:
        return sdk_class("mistralai.client.models:CompletionChunk").model_validate(raw)
    except (ModuleNotFoundError, ValidationError):
        return raw


def mistral_response(raw: Event) -> Any:
    """Build Mistral's object for an answer; give a plain dict where the SDK is not installed or fails."""
    try:
        cls = sdk_class("mistralai.client.models:ChatCompletionResponse")
    except ModuleNotFoundError:
        return raw
    # An answer that was stopped has no finish reason and no usage, and the SDK insists on both.
    missing = [choice.get("finish_reason") is None for choice in raw.get("choices", ())]
    choices = [{**choice, "finish_reason": choice.get("finish_reason") or "stop"} for choice in raw.get("choices", ())]
    try:
        found = cls.model_validate({**raw, "usage": raw.get("usage") or {}, "choices": choices})
    except ValidationError:
        return raw
    given: list[Any] = [
        cast("Any", type(each)).model_construct(**{**dict(each), "finish_reason": None}) if no_reason else each
        for each, no_reason in zip(found.choices, missing, strict=True)
    ]
    usage = cast("Any", type(found.usage))
    no_usage = usage.model_construct(**dict.fromkeys(usage.model_fields))
    fields = {"choices": given, "usage": found.usage if raw.get("usage") else no_usage}
    return cls.model_construct(**{**dict(found), **fields})


def litellm_event(raw: Event) -> Any:
    """Build LiteLLM's object for an event; give a plain dict where LiteLLM is not installed."""
    cls = _litellm_class("ModelResponseStream")
    return raw if cls is None else cls(**raw)


def litellm_response(raw: Event) -> Any:
    """Build LiteLLM's object for an answer; give a plain dict where LiteLLM is not installed."""
    cls = _litellm_class("ModelResponse")
    if cls is None:
        return raw
    found = cls(**raw)
    for choice, given in zip(found.choices, raw.get("choices", ()), strict=False):
        choice.finish_reason = given.get("finish_reason")  # where there is none LiteLLM would make up a "stop"
    return found


def _litellm_class(name: str) -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else its import fetches a price list
    try:
        return sdk_class(f"litellm.types.utils:{name}")
    except ImportError:
        return None
