"""The chat completions wire, as OpenAI defined it and thirty vendors speak it."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Unpack

from ..chunk import Chunk, Usage
from ..errors import TruncatedError
from ._chat_delta import ChoiceState, read_choice
from ._events import EventDecoder, Options
from ._json import as_count, as_dict, as_list, as_text


class ChatDecoder(EventDecoder):
    """Decode a chat completions stream."""

    strings: ClassVar = {
        "content": re.compile(rb'"content"\s*:\s*"'),
        "arguments": re.compile(rb'"arguments"\s*:\s*"'),
        "thinking": re.compile(rb'"reasoning(?:_content)?"\s*:\s*"'),
    }
    proof = "a `finish_reason` of every choice"
    after = "usage, then `[DONE]`"

    def __init__(self, **options: Unpack[Options]) -> None:
        super().__init__(**options)
        self._choices = {at: ChoiceState() for at in range(options["choices"])}
        self._begun: set[int] = set()
        self._cited = 0

    def _take(self, event: dict[str, Any], payload: bytes, chunks: list[Chunk]) -> None:
        names = {"model": as_text(event.get("model")) or None, "id": as_text(event.get("id")) or None}
        usage, citations = _usage(event), self._citations(event)
        choices = [choice for choice in map(as_dict, as_list(event.get("choices"))) if choice]
        for at, choice in enumerate(choices):
            told = self._read_choice(choice)
            if at == 0:
                told |= {"usage": usage, "citations": (*citations, *told.get("citations", ()))}
            chunks.append(self._chunk(payload, names | told))
        if not choices:
            chunks.append(self._chunk(payload, {**names, "usage": usage, "citations": citations}))

    def _read_choice(self, choice: dict[str, Any]) -> dict[str, Any]:
        index = as_count(choice, "index") or 0
        state = self._choices.setdefault(index, ChoiceState())
        self._begun.add(index)
        was_ended = state.ended
        told, content = read_choice(choice, state)
        if was_ended and content:
            self._note("content_after_end_dropped")
            told = {"finish_reasons": told["finish_reasons"]} if "finish_reasons" in told else {}
        elif content or "finish_reasons" in told:
            self.moved = True
        if "tool_calls" in told:
            self._template.forget()  # the same ends may now mean a piece of another call
        if state.ended and not was_ended:
            self._template.forget()
            self.ended = all(each.ended for each in self._choices.values())
        elif not state.ended:
            self.ended = False
        if told.get("finish_reasons") == ["error"]:  # what went wrong may stand beside it, and is read after this
            self._fail(self._failure({"error": {"code": "error"}}))
        if index:
            told["index"] = index
        return told

    def _sentinel(self) -> None:
        if self.closed:
            self._note("after_sentinel_dropped")
            return
        self.closed = True
        self._template.forget()
        missing = self._missing()
        if 0 not in missing and self._begun.isdisjoint(missing):
            self.ended = True
            if missing:  # many servers ignore how many answers were asked for
                self._note("choices_missing", asked=len(self._choices), came=len(self._begun))
        else:
            self._cut("[DONE] came")

    def _missing(self) -> list[int]:
        """List the choices whose end is not proven."""
        return [at for at, state in self._choices.items() if not (state.ended or self._ends_by_sentinel(at))]

    def _ends_by_sentinel(self, at: int) -> bool:
        if not self.closed or at not in self._begun:
            return False
        rule = self._quirks.sentinel_ends
        return self._choices[at].audio or rule == "all" or (rule == "above 0" and at > 0)

    def _cut(self, how: str) -> None:
        super()._cut(how)
        if self.closed and self._begun and self.error is not None:
            rule = "all" if 0 in self._missing() else "above 0"
            hint = f'If the server never gives one and this was its whole answer, pass sentinel_ends="{rule}".'
            self._fail(TruncatedError(f"{self.error.message} {hint}", provider=self._provider))

    def _which(self) -> str:
        if list(self._choices) == [0]:
            return ""
        return f" for choice {', '.join(map(str, self._missing()))}"

    def _citations(self, event: dict[str, Any]) -> tuple[Any, ...]:
        """Return the sources that this event adds: the list is repeated in full on every event (Perplexity)."""
        listed = as_list(event.get("citations"))
        if not listed:
            return ()
        fresh, self._cited = listed[self._cited :], max(self._cited, len(listed))
        return tuple(fresh)


def _usage(event: dict[str, Any]) -> Usage | None:
    """Read usage where any vendor puts it: each figure is the call's so far, so the last one counts."""
    raw = as_dict(event.get("usage")) or as_dict(as_dict(event.get("x_groq")).get("usage"))
    if not raw:
        return None
    usage = Usage(
        input_tokens=as_count(raw, "prompt_tokens"),
        output_tokens=as_count(raw, "completion_tokens"),
        cached_tokens=as_count(raw, "prompt_tokens_details", "cached_tokens"),
        reasoning_tokens=as_count(raw, "completion_tokens_details", "reasoning_tokens"),
        audio_tokens=as_count(raw, "completion_tokens_details", "audio_tokens"),
        total_tokens=as_count(raw, "total_tokens"),
        raw=raw,
    )
    return None if usage.input_tokens is usage.output_tokens is usage.total_tokens is None else usage
