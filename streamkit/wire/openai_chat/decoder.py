"""Decoders of chat completions, a format of OpenAI's that thirty vendors share, and of text completions."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Any, ClassVar, Unpack

from msgspec.structs import replace

from ...chunk import Chunk, Image, ReasonsAfterCalls, ToolCallDelta, Usage
from ...errors import TruncatedError
from ..decoder import Options
from ..event_decoder import EventDecoder
from ..lenient_json import as_count, as_dict, as_json, as_list, as_text, count_of
from ..typed import UNFIT, is_sound
from .typed import Call, Event, decode, read_parts

_GROUP = re.compile("[^=]+=*|=+")  # base64 text up to the end of one padding


class Base64Stream:
    """Decodes base64 text that arrives in parts. Each padding ends an encoding, and the last padding may be missing.

    >>> stream = Base64Stream()
    >>> stream.feed("SW"), stream.feed("8=")
    (b'I', b'o')
    """

    __slots__ = ("_decoded", "_rest")

    def __init__(self) -> None:
        self._rest = ""
        """The characters of the incomplete group of four."""
        self._decoded = 0
        """The number of bytes of that group that were returned already."""

    def feed(self, text: str) -> bytes:
        """Add characters and return the bytes that they complete.

        Raises:
            ValueError: The characters are not base64.
        """
        text = self._rest + text
        whole = len(text) - len(text) % 4
        self._rest = text[whole:]
        begun = self._rest.rstrip("=")
        start = _bytes(begun + "=" * (4 - len(begun))) if len(begun) > 1 else b""
        fresh = b"".join([*map(_bytes, _GROUP.findall(text[:whole])), start])[self._decoded :]
        self._decoded = len(start)
        return fresh


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # of binascii, or of characters beyond ASCII
        raise ValueError(f"audio is not base64: {error}") from None


@dataclass(slots=True)
class _Call:
    """The id and the name of a tool call so far."""

    id: str | None
    name: str | None

    def differs(self, call_id: str | None, name: str | None) -> bool:
        """Whether a delta with that id and name belongs to another call."""
        if call_id is not None and self.id is not None:
            return call_id != self.id
        return name is not None and self.name is not None and name != self.name


@dataclass(slots=True)
class ChoiceState:
    """The state of a choice."""

    begun: bool = False
    ended: bool = False
    audio: bool = False
    calls: list[_Call] = field(default_factory=list[_Call])
    by_index: dict[object, int] = field(default_factory=dict[object, int])
    """The position in ``calls`` of the latest call of each index."""
    sound: Base64Stream | None = None


def read_choice(choice: dict[str, Any], state: ChoiceState) -> tuple[dict[str, Any], bool]:
    """Read one choice of an event.

    Args:
        choice: The provider's object.
        state: The state of the choice, which is updated.

    Returns:
        The chunk's fields that differ from their defaults, and True if any of them is content.
    """
    fields: dict[str, Any] = {}
    delta = as_dict(choice.get("delta"))
    if delta:
        _read_delta(delta, state, fields)
    content = bool(fields)
    reason = as_text(choice.get("finish_reason"))
    if reason:
        fields["finish_reasons"] = [reason]
        state.ended = True
    return fields, content


def _read_delta(delta: dict[str, Any], state: ChoiceState, fields: dict[str, Any]) -> None:
    content = delta.get("content")
    if text := as_text(content):
        fields["content"] = text
        if len(delta) == 1:  # most events
            return
    elif content:
        _read_parts(as_list(content), fields)
    # Some servers send the same text under both names, and once more in reasoning_details.
    if thinking := as_text(delta.get("reasoning_content") or delta.get("reasoning")):
        fields["thinking"] = thinking
    if refusal := as_text(delta.get("refusal")):
        fields["refusal"] = refusal
    if calls := _calls(delta):
        fields["tool_calls"] = tuple(_read_call(call, state) for call in calls)
    if audio := as_dict(delta.get("audio")):
        _read_audio(audio, state, fields)
    if sources := as_list(delta.get("annotations")):
        fields["citations"] = (*fields.get("citations", ()), *sources)
    if images := as_list(delta.get("images")):
        fields["images"] = tuple(_read_image(as_dict(image)) for image in images)


def _read_parts(parts: list[Any], fields: dict[str, Any]) -> None:
    """Read content that is a list of typed parts (Mistral)."""
    text, thinking, citations = "", "", list[Any]()
    for part in parts:
        part_fields = as_dict(part)
        text += as_text(part)
        if part_fields.get("type") == "text":
            text += as_text(part_fields.get("text"))
        elif part_fields.get("type") == "thinking":
            thinking += _thinking_text(part_fields.get("thinking"))
        elif part_fields.get("type") == "reference":
            citations.append(part_fields)
    found = {"content": text, "thinking": thinking, "citations": tuple(citations)}
    fields.update((name, value) for name, value in found.items() if value)


def _thinking_text(value: object) -> str:
    return as_text(value) + "".join(as_text(as_dict(part).get("text")) for part in as_list(value))


def _calls(delta: dict[str, Any]) -> list[dict[str, Any]]:
    if calls := as_list(delta.get("tool_calls")):
        return [call for call in map(as_dict, calls) if call]
    legacy = as_dict(delta.get("function_call"))
    return [{"index": 0, "function": legacy}] if legacy else []


def _read_call(given: dict[str, Any], state: ChoiceState) -> ToolCallDelta:
    function = as_dict(given.get("function"))
    call_id, name = as_text(given.get("id")) or None, as_text(function.get("name")) or None
    delta = _add_call(given.get("index"), call_id, name, as_json(function.get("arguments")), state)
    if extra := as_dict(as_dict(given.get("extra_content")).get("google")):  # Google's chat endpoint signs calls
        return replace(delta, signature=as_text(extra.get("thought_signature")) or None)
    return delta


def _add_typed_call(call: Call, state: ChoiceState) -> ToolCallDelta:
    function = call.function
    return _add_call(call.index, call.id or None, function.name or None, function.arguments or "", state)


def _add_call(
    index: object, call_id: str | None, name: str | None, arguments: str, state: ChoiceState
) -> ToolCallDelta:
    number = _find_call(index, call_id, name, state)
    if number is None:
        number = len(state.calls)
        state.calls.append(_Call(None, None))
    if index is not None:
        state.by_index[index] = number
    call = state.calls[number]
    fresh_id = None if call_id == call.id else call_id
    call.id, call.name = call_id or call.id, name or call.name
    return ToolCallDelta(number, fresh_id, name, arguments)


def _find_call(index: object, call_id: str | None, name: str | None, state: ChoiceState) -> int | None:
    """Return the position of a delta's call: by index if given, else by id, else the last one; None for a new call.

    Another id or name at a known index is a new call, because some servers give every call the index 0.
    """
    calls = state.calls
    if index is not None:
        number = state.by_index.get(index)
        if number is None or not calls[number].differs(call_id, name):
            return number
    if call_id is not None and any(call.id == call_id for call in calls):
        return next(number for number, call in enumerate(calls) if call.id == call_id)
    nameless = bool(calls) and (call_id is None or calls[-1].id is None)
    return len(calls) - 1 if index is None and name is None and nameless else None


def _read_audio(audio: dict[str, Any], state: ChoiceState, fields: dict[str, Any]) -> None:
    state.audio = True
    state.sound = state.sound or Base64Stream()
    sound = state.sound.feed(as_text(audio.get("data")))
    found = {"audio_transcript": as_text(audio.get("transcript")), "audio": sound}
    fields.update((name, value) for name, value in found.items() if value)


def _read_image(image: dict[str, Any]) -> Image:
    url = as_text(as_dict(image.get("image_url")).get("url"))
    head, comma, data = url.partition(";base64,")
    if not (comma and head.startswith("data:")):
        return Image(url=url or None)
    return Image(data=base64.b64decode(data), media_type=head.removeprefix("data:"))


def _has_details(choice: dict[str, Any]) -> bool:
    """Whether a choice has more than text, which is read on access."""
    more = choice.get("logprobs") or choice.get("content_filter_results")
    return bool(more or as_dict(choice.get("delta")).get("executed_tools"))


class ChatDecoder(EventDecoder):
    """Decodes a stream of chat completions."""

    strings: ClassVar = {
        "content": re.compile(rb'"content"\s*:\s*"'),
        "arguments": re.compile(rb'"arguments"\s*:\s*"'),
        "thinking": re.compile(rb'"reasoning(?:_content)?"\s*:\s*"'),
    }
    proof = "a `finish_reason` of every choice"
    after = "usage, then `[DONE]`"
    has_typed: ClassVar = True

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._choices = {index: ChoiceState() for index in range(options["choices"])}
        self._cited = 0
        self._names: tuple[str | None, ...] = ()  # of the chunk before

    def _read_typed(self, payload: bytes) -> Chunk | None:
        try:
            event = decode(payload)
        except UNFIT:
            return None
        if len(event.choices) != 1 or event.type == "error" or event.object == "error":
            return self._read_typed_usage(event, payload)
        choice, names = event.choices[0], (event.model or None, event.id or None)
        index, delta, reason = choice.index, choice.delta, choice.finish_reason
        state, content = self._choices.get(index), delta.content or ""
        if state is None or state.ended or reason == "error":
            return None
        thinking = delta.reasoning_content or delta.reasoning or ""
        if not isinstance(content, str):
            found = read_parts(content)
            if found is None:
                return None
            content, thinking = found[0], thinking or found[1]
        outside = 18 + len(content) + len(thinking) + len(event.id or "") + len(event.model or "")  # 18: two names
        if not is_sound(payload, outside):
            return None
        same, self._names, state.begun = names == self._names, names, True
        usage = _typed_usage(event) if event.usage or event.x_groq else None
        if reason or usage or delta.tool_calls or delta.refusal:
            return self._read_typed_rest(event, payload, content, thinking, usage)
        if content or thinking:
            self.saw_content = True
        plain = same and not (index or thinking or choice.logprobs or choice.content_filter_results or not content)
        return Chunk(content, *names, self._provider, payload, self._api, plain, index, thinking)

    def _read_typed_rest(self, event: Event, payload: bytes, content: str, thinking: str, usage: Usage | None) -> Chunk:
        """Read what few events have."""
        choice, reasons = event.choices[0], None
        index, delta, reason = choice.index, choice.delta, choice.finish_reason
        state, calls = self._choices[index], ()
        if delta.tool_calls:
            calls = tuple([_add_typed_call(call, state) for call in delta.tool_calls])
            self._template.forget()  # the same ends may now belong to another call
            self._calling |= {index}
        if reason:
            reasons = ReasonsAfterCalls([reason]) if index in self._calling else [reason]
            self._end_choice(state)
        if content or thinking or reason or calls or delta.refusal:
            self.saw_content = True
        return Chunk(
            *(content, event.model or None, event.id or None, self._provider, payload, self._api, False, index),
            thinking=thinking,
            refusal=delta.refusal or "",
            tool_calls=calls,
            finish_reasons=reasons,
            usage=usage,
        )

    def _read_typed_usage(self, event: Event, payload: bytes) -> Chunk | None:
        """Read an event without choices, which only has usage."""
        if event.choices or "error" in (event.type, event.object) or not is_sound(payload, 0):
            return None
        fields = {"model": event.model or None, "id": event.id or None, "usage": _typed_usage(event)}
        return self._chunk(payload, fields)

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        names = model, identity = as_text(event.get("model")) or None, as_text(event.get("id")) or None
        usage = _read_usage(event) if event.get("usage") or event.get("x_groq") else None
        citations = self._citations(event) if event.get("citations") else ()
        choices = [choice for choice in map(as_dict, as_list(event.get("choices"))) if choice]
        for position, choice in enumerate(choices):
            fields = self._read_choice(choice)
            if position == 0 and usage is not None:
                fields["usage"] = usage
            if position == 0 and citations:
                fields["citations"] = (*citations, *fields.get("citations", ()))
            if len(fields) == 1 and "content" in fields and names == self._names and not _has_details(choice):
                fields["plain"] = len(choices) == 1  # the event has only this text
            self._names = names
            chunks.append(self._chunk(payload, {"model": model, "id": identity, **fields}))
        if not choices:
            fields = {"model": model, "id": identity, "usage": usage, "citations": citations}
            chunks.append(self._chunk(payload, fields))

    def _read_choice(self, choice: dict[str, Any]) -> dict[str, Any]:
        index = 0 if choice.get("index") == 0 else as_count(choice, "index") or 0
        state = self._choices.get(index)
        if state is None:
            state = self._choices[index] = ChoiceState()
        state.begun = True
        was_ended = state.ended
        fields, content = read_choice(choice, state)
        return self._settle(index, state, fields, content=content, was_ended=was_ended)

    def _settle(
        self, index: int, state: ChoiceState, fields: dict[str, Any], *, content: bool, was_ended: bool
    ) -> dict[str, Any]:
        """Update what a choice's fields change, and return those that the chunk has."""
        if was_ended and content:
            self._note("content_after_end_dropped")
            fields = {"finish_reasons": fields["finish_reasons"]} if "finish_reasons" in fields else {}
        elif content or "finish_reasons" in fields:
            self.saw_content = True
        if "tool_calls" in fields:
            self._template.forget()  # the same ends may now belong to another call
        if state.ended and not was_ended:
            self._end_choice(state)
        elif not state.ended:
            self.finish_seen = False
        if fields.get("finish_reasons") == ["error"]:  # an error object is read later and replaces this
            self._fail(self._failure({"error": {"code": "error"}}))
        if index:
            fields["index"] = index
        return fields

    def _end_choice(self, state: ChoiceState) -> None:
        """Note that the provider has ended a choice."""
        state.ended = True
        self._template.forget()
        self.finish_seen = len(self._choices) == 1 or all(each.ended for each in self._choices.values())

    def _sentinel(self, how: str = "[DONE] came") -> None:
        if self.done:
            self._note("after_sentinel_dropped")
            return
        self.done = True
        self._template.forget()
        missing = self._missing()
        if 0 not in missing and not any(self._choices[index].begun for index in missing):
            self.finish_seen = True
            if missing:  # many servers ignore the requested number of answers
                self._note("choices_missing", asked=len(self._choices), came=self._came)
        else:
            self._cut(how)

    def _missing(self) -> list[int]:
        """Return the choices whose end is not proven."""
        return [index for index, state in self._choices.items() if not (state.ended or self._ends_by_sentinel(index))]

    def _ends_by_sentinel(self, index: int) -> bool:
        state = self._choices[index]
        if not self.done or not state.begun:
            return False
        rule = self._quirks.sentinel_ends
        return state.audio or rule == "all" or (rule == "above 0" and index > 0)

    def _cut(self, how: str) -> None:
        super()._cut(how)
        if self.done and self._came and self.error is not None:
            rule = "all" if 0 in self._missing() else "above 0"
            hint = f'If the server never gives one and this was its whole answer, pass sentinel_ends="{rule}".'
            self._fail(TruncatedError(f"{self.error.message} {hint}", provider=self._provider))

    @property
    def _came(self) -> int:
        """The number of choices that have begun."""
        return sum(state.begun for state in self._choices.values())

    def _which(self) -> str:
        if list(self._choices) == [0]:
            return ""
        return f" for choice {', '.join(map(str, self._missing()))}"

    def _citations(self, event: dict[str, Any]) -> tuple[Any, ...]:
        """Return the new sources of this event; Perplexity repeats the whole list in every event."""
        listed = as_list(event.get("citations"))
        fresh, self._cited = listed[self._cited :], max(self._cited, len(listed))
        return tuple(fresh)


def _read_usage(event: dict[str, Any]) -> Usage | None:
    """Return the usage, wherever a vendor puts it; each figure is a running total, so the last one counts."""
    raw = as_dict(event.get("usage")) or as_dict(as_dict(event.get("x_groq")).get("usage"))
    return _usage(raw) if raw else None


def _typed_usage(event: Event) -> Usage | None:
    raw = event.usage or (as_dict(event.x_groq.get("usage")) if event.x_groq else None)
    return _usage(raw) if raw else None


def _usage(raw: dict[str, Any]) -> Usage | None:
    prompt, completion = as_dict(raw.get("prompt_tokens_details")), as_dict(raw.get("completion_tokens_details"))
    written = count_of(prompt.get("cache_write_tokens"))
    usage = Usage(
        input_tokens=count_of(raw.get("prompt_tokens")),
        output_tokens=count_of(raw.get("completion_tokens")),
        cached_tokens=count_of(prompt.get("cached_tokens")),
        reasoning_tokens=count_of(completion.get("reasoning_tokens")),
        audio_tokens=count_of(completion.get("audio_tokens")),
        total_tokens=count_of(raw.get("total_tokens")),
        raw=raw,
        cache_write_tokens=count_of(raw.get("cache_creation_input_tokens")) if written is None else written,
    )
    return None if usage.input_tokens is usage.output_tokens is usage.total_tokens is None else usage.with_total()


class CompletionsDecoder(ChatDecoder):
    """Decodes a stream of text completions."""

    strings: ClassVar = {"content": re.compile(rb'"text"\s*:\s*"')}
    has_typed: ClassVar = False

    def _read_choice(self, choice: dict[str, Any]) -> dict[str, Any]:
        return super()._read_choice({**choice, "delta": {"content": choice.get("text")}})
