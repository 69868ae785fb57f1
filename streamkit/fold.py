"""Fold: adds up chunks within the caps of a call, and builds a Response from them at any point of a stream."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from . import chunk as _chunk
from .chunk import Chunk, Image, Origin, ToolCallDelta, Usage
from .errors import LimitExceeded
from .fold_bounds import Bounds
from .fold_details import DetailsFold, details_of_choices
from .forks import new_lock
from .growing import GrowingString
from .settings import Caps, too_many
from .tool import ToolCalls
from .usage.sums import added
from .usage.tokens import estimated

if TYPE_CHECKING:
    from .response import Choice, Response, Saved, State


# For readers on several threads; adding needs no lock, since fragments are only appended.
_WAITING = 256  # chunks whose events wait to be read …

_WAITING_BYTES = 2**20  # … and the size of these events

_reading = new_lock()

_NONE = cast("list[Any]", ())  # a tuple, since nobody may add to what all folds share


class _ChoiceFold:
    """The content of one choice so far; texts are kept as lists of fragments until they are read."""

    __slots__ = (
        "audio",
        "citations",
        "details",
        "finish_reasons",
        "growing",
        "images",
        "most_calls",
        "redacted",
        "refusal",
        "signature",
        "text",
        "thinking",
        "tool_plan",
        "tools",
        "transcript",
        "waiting",
        "waiting_bytes",
    )

    def __init__(self, tool_calls: int | None) -> None:
        self.text: list[str] = []
        self.growing: GrowingString | None = None  # the same fragments, once somebody reads the text of an open answer
        # The others are lists only when they have anything: most answers are text alone.
        self.thinking: list[str] = _NONE
        self.refusal: list[str] = _NONE
        self.transcript: list[str] = _NONE
        self.tool_plan: list[str] = _NONE
        self.audio: list[bytes] = _NONE
        self.signature: list[str] = _NONE
        self.redacted: list[str] = _NONE
        self.images: list[Image] = _NONE
        self.citations: list[Any] = _NONE
        self.details: DetailsFold | None = None
        self.waiting: list[Chunk] = []  # chunks whose events may have details
        self.waiting_bytes = 0
        self.tools: ToolCalls | None = None
        self.most_calls = tool_calls
        self.finish_reasons: list[str] | None = None

    def add(self, chunk: Chunk) -> None:
        if chunk.content:
            self.text.append(chunk.content)
        if chunk.thinking:
            (self.thinking or self._list("thinking")).append(chunk.thinking)
        if chunk.tool_calls or (chunk.finish_reasons and self.tools is not None):
            tools = self.tools if self.tools is not None else self._begin_tools()
            tools.feed(chunk)
        if chunk.finish_reasons:
            self.finish_reasons = chunk.finish_reasons
        if chunk.audio or chunk.audio_transcript:
            (self.audio or self._list("audio")).append(chunk.audio)
            (self.transcript or self._list("transcript")).append(chunk.audio_transcript)
        if chunk.refusal or chunk.signature or chunk.tool_plan or chunk.images or chunk.citations:
            self._add_rare(chunk)
        if chunk.redacted_thinking:
            (self.redacted or self._list("redacted")).append(chunk.redacted_thinking)

    def _begin_tools(self) -> ToolCalls:
        self.tools = ToolCalls(most=self.most_calls)
        if self.finish_reasons:  # some servers send calls behind the finish reason
            self.tools.feed(Chunk(finish_reasons=self.finish_reasons))
        return self.tools

    def _add_rare(self, chunk: Chunk) -> None:
        if chunk.refusal:
            (self.refusal or self._list("refusal")).append(chunk.refusal)
        if chunk.tool_plan:
            (self.tool_plan or self._list("tool_plan")).append(chunk.tool_plan)
        if chunk.images:
            (self.images or self._list("images")).extend(chunk.images)
        if chunk.citations:
            (self.citations or self._list("citations")).extend(chunk.citations)
        if chunk.signature:
            (self.signature or self._list("signature")).append(chunk.signature)

    def _list(self, name: str) -> list[Any]:
        """Return an empty list that takes the place of none."""
        made: list[Any] = []
        setattr(self, name, made)
        return made

    def fields(self, *, cut: bool) -> dict[str, Any]:
        """Return everything as the fields of a Response's choice.

        Args:
            cut: True if the answer has ended before its end.
        """
        if self.waiting:
            self.read_details()
        details = {} if self.details is None else self.details.choice_fields(cut=cut)
        return (
            self._common_fields()
            | details
            | {
                "images": tuple(
                    {"data": each.data, "media_type": each.media_type, "url": each.url} for each in self.images
                ),
                "tool_calls": () if self.tools is None else self.tools.snapshot(),
                "redacted_thinking": tuple(self.redacted),
            }
        )

    def read_details(self, caps: Caps | None = None) -> None:
        """Read the events that wait.

        Args:
            caps: Limits on the details; None for no limits.

        Raises:
            LimitExceeded: The details exceed them.
        """
        count = len(self.waiting)
        found = _chunk.with_details(self.waiting[:count])
        del self.waiting[:count]
        self.waiting_bytes = 0
        if found:
            self.details = self.details or DetailsFold()
            self.details.feed(found)
        if caps is not None and self.details is not None:
            self.details.check(caps.text)

    def chunk_fields(self) -> dict[str, Any]:
        """Return everything as the fields of one chunk."""
        return self._common_fields() | {"images": tuple(self.images), "tool_calls": self.call_deltas()}

    def call_deltas(self) -> tuple[ToolCallDelta, ...]:
        """Return one delta a tool call, with everything that has arrived of the call."""
        return () if self.tools is None else self.tools.deltas()

    def _common_fields(self) -> dict[str, Any]:
        """Return the fields that a choice and a chunk have in common."""
        return {
            "content": _join(self.text),
            "thinking": _join(self.thinking),
            "signature": _join(self.signature) or None,
            "refusal": _join(self.refusal),
            "audio": _join_bytes(self.audio),
            "audio_transcript": _join(self.transcript),
            "citations": tuple(self.citations),
            "finish_reasons": self.finish_reasons,
            "tool_plan": _join(self.tool_plan),
        }

    def generated(self) -> dict[int | tuple[str, int], str]:
        """Return the texts that tokens are estimated from; no token belongs to two of the texts."""
        texts = (self.text, self.thinking, self.refusal, self.transcript, self.tool_plan)
        calls = {("call", call.index): f"{call.name or ''}{call.arguments}" for call in self.call_deltas()}
        return {at: text for at, text in enumerate(map(_join, texts)) if text} | calls

    @property
    def hides(self) -> bool:
        """Whether tokens may exist that no text shows: thinking may be a summary, and audio and images have no text."""
        return bool(self.thinking or self.redacted or self.audio or self.images or self.citations)


class Fold:
    """Folds chunks into a Response as they arrive.

    Args:
        caps: Limits on the content of the chunks; None for no limits.

    >>> fold = Fold()
    >>> fold.add([Chunk(content="Euro"), Chunk(content="pa")])
    >>> fold.response().content
    'Europa'
    """

    __slots__ = (
        "_after_stop",
        "_apart",
        "_bounds",
        "_caps",
        "_choices",
        "_estimated",
        "_first",
        "_turn",
        "_uncounted_bytes",
        "count",
        "final",
        "id",
        "model",
        "provider",
        "received",
        "stop_sequence",
        "usage",
    )

    def __init__(self, caps: Caps | None = None) -> None:
        self._caps = caps
        self._bounds: Bounds | None = None
        self.received = 0
        """Number of bytes that the chunks were decoded from."""
        self._uncounted_bytes = smallest(caps)  # below so many bytes of the body no cap can be passed
        self._first = self._choice()
        self._choices = {0: self._first}
        self.count = 0
        self.model: str | None = None
        self.id: str | None = None
        self.provider = ""
        self.usage: Usage | None = None
        self.final = False
        """True if ``usage`` is that of the whole call, although the answer is incomplete."""
        self.stop_sequence: str | None = None
        """The stop string at which streamkit has ended the answer; the details have one that the provider names."""
        self._after_stop: Fold | None = None
        self._turn: int | None = None
        self._apart: dict[tuple[tuple[str, ...], int | None], Usage] = {}
        """The usage of other turns of a conversation than the current one, and of streams inside of its tools."""
        self._estimated: tuple[int, Usage | None] = (-1, None)

    def add(self, chunks: Sequence[Chunk], size: int = 0) -> None:
        """Add the next chunks.

        Args:
            chunks: The chunks, in order.
            size: Number of body bytes that the chunks were decoded from; 0 without a body.

        Raises:
            LimitExceeded: A chunk exceeds one of the caps. The chunks before that chunk are added and counted; that
                chunk and later ones are not.
        """
        self.received += size
        if self.received > self._uncounted_bytes or (not size and self._caps is not None):
            return self._add_within_bounds(chunks)
        text = self._first.text
        chunk = None
        try:
            for chunk in chunks:
                if chunk.plain:
                    text.append(chunk.content)
                else:
                    self._add(chunk)
        except LimitExceeded:
            self.count += next(at for at, each in enumerate(chunks) if each is chunk)
            raise
        self.count += len(chunks)
        return None

    def _add_within_bounds(self, chunks: Sequence[Chunk]) -> None:
        """Add chunks one by one, checking each against the caps."""
        if self._bounds is None:
            self._bounds = Bounds(self._caps or Caps(), self.chunks() if self.count else ())
        for chunk in chunks:
            self._bounds.take(chunk)
            self._add(chunk)
            self.count += 1

    def _choice(self) -> _ChoiceFold:
        return _ChoiceFold(None if self._caps is None else self._caps.tool_calls)

    def _add(self, chunk: Chunk) -> None:
        if type(chunk) is not Chunk and (origin := chunk.origin) is not None and self._is_apart(chunk, origin):
            return
        if chunk.index not in self._choices:
            if self._caps is not None and len(self._choices) > self._caps.tool_calls:
                raise too_many("choices", self._caps.tool_calls)
            self._choices[chunk.index] = self._choice()
        choice = self._choices[chunk.index]
        choice.add(chunk)
        payload, rare = chunk.payload, chunk.usage is not None or chunk.finish_reasons
        # A delta of thinking has none, except where Groq has run a tool.
        if payload is not None and (
            rare
            or not (chunk.plain or chunk.tool_calls or (chunk.thinking and not chunk.content))
            or (chunk.thinking and b'"executed_tools"' in payload)
        ):
            choice.waiting.append(chunk)
            choice.waiting_bytes += len(payload)
            if len(choice.waiting) >= _WAITING or choice.waiting_bytes > _WAITING_BYTES:
                with _reading:
                    choice.read_details(self._caps)
        # Some back ends change the id in mid-stream; the answer keeps the first one.
        self.model = self.model or chunk.model
        self.id = self.id or chunk.id
        self.provider = self.provider or chunk.provider
        if chunk.usage is not None:
            self.usage = chunk.usage

    def _is_apart(self, chunk: Chunk, origin: Origin) -> bool:
        """Begin a turn if a conversation's chunk is the first of one; return whether the chunk is no model's answer."""
        if chunk.index == _chunk.TOOL_INDEX or origin.path:
            if chunk.usage is not None:
                self._apart[origin.path, origin.turn] = chunk.usage
            return True
        if origin.turn != self._turn:
            if self.usage is not None:
                self._apart[(), self._turn] = self.usage
            self._turn = origin.turn
            self.usage = self.model = self.id = None
            self.provider = ""
            for choice in self._choices.values():
                choice.finish_reasons = None
        return False

    @property
    def total_usage(self) -> Usage | None:
        """The usage of all turns of a conversation together; ``usage`` is that of the current turn alone."""
        return functools.reduce(added, self._apart.values(), self.usage) if self._apart else self.usage

    def add_after_stop(self, chunks: Sequence[Chunk], size: int = 0, *, ended: bool) -> None:
        """Add chunks that arrived after a stop; they count for usage, and are no part of the answer.

        Args:
            chunks: The chunks, in order.
            size: Number of body bytes that the chunks were decoded from.
            ended: True if the provider has sent the end.

        Raises:
            LimitExceeded: The chunks exceed one of the caps.
        """
        self._after_stop = self._after_stop or Fold(self._caps)
        self._after_stop.add(chunks, size)
        self.usage = self._after_stop.usage or self.usage
        self.final = ended and self.usage is not None

    def chunks(self) -> list[Chunk]:
        """Return everything so far as one chunk of each choice; the chunks fold to the same Response."""
        with _reading:
            choices = {at: each.chunk_fields() for at, each in sorted(self._choices.items())}
        common: dict[str, Any] = {"model": self.model, "id": self.id, "provider": self.provider}
        redacted = [Chunk(index=at, redacted_thinking=each) for at in choices for each in self._choices[at].redacted]
        last = max(choices)
        found = redacted + [
            Chunk(index=at, **common, usage=self.usage if at == last else None, **fields)
            for at, fields in choices.items()
        ]
        if self._turn is None:
            return found
        apart = [
            Chunk(usage=usage, index=_chunk.TOOL_INDEX if path else 0).with_origin(Origin(turn or 0, path))
            for (path, turn), usage in self._apart.items()
        ]
        return apart + [each.with_origin(Origin(self._turn)) for each in found]

    @property
    def content(self) -> str:
        """The text of choice 0 so far."""
        with _reading:
            first = self._first
            if len(first.text) > 1 and first.growing is None:
                first.growing = GrowingString(first.text)
            return first.growing.whole() if first.growing is not None else _join(first.text)

    @property
    def finished(self) -> bool:
        """Whether every choice has a finish reason."""
        return all(choice.finish_reasons for choice in self._choices.values())

    def _usage(self, state: State, *, estimate: bool) -> Usage | None:
        """Return the usage so far; of a stream that was cut, marked as partial or estimated."""
        usage = self.usage
        if state not in ("stopped", "failed") or self.final or (usage and usage.source != "provider"):
            return usage
        if not estimate:
            return replace(usage, source="partial") if usage else None
        count = self.count + (self._after_stop.count if self._after_stop else 0)
        if self._estimated[0] != count:
            self._estimated = (count, self._estimate(usage))
        return self._estimated[1]

    def _estimate(self, reported: Usage | None) -> Usage | None:
        """Estimate the tokens of the answer, unless the provider's last figures may be complete."""
        choices = [*self._choices.items(), *(self._after_stop._choices.items() if self._after_stop else ())]
        texts = [((at, part), text) for at, choice in choices for part, text in choice.generated().items()]
        return estimated(
            reported,
            "".join(text for _, text in texts),
            answers=len(self._choices),
            calls=sum(len(choice.call_deltas()) for _, choice in choices),
            parts=len(dict(texts)),  # a text that goes on after the stop is one part
            bounded=not any(choice.hides for _, choice in choices),
            ended=self.finished,
        )

    def response(
        self,
        state: State = "streaming",
        *,
        stopped_by: str | None = None,
        request_id: str | None = None,
        resent: int = 0,
        calls: int = 1,
        attempts: Sequence[Response] = (),
        spent: Usage | None = None,
        requested_model: str | None = None,
        max_tokens: int | None = None,
    ) -> Response:
        """Build the Response from everything so far.

        Args:
            state: State of the stream.
            stopped_by: Name of the function or operator that stopped the stream.
            request_id: The provider's id of the request.
            resent: Number of times that the request was sent again.
            calls: Number of requests sent.
            attempts: Failed attempts before this one, in order.
            spent: Usage of all failed attempts together.
            requested_model: Model of the request, for an answer that does not name one. Without it, missing usage is
                not estimated, because no call stands behind the chunks.
            max_tokens: Largest number of tokens that the request allows all answers together.
        """
        # Imported on first use: pydantic's models would be half of the time that `import streamkit` takes.
        from .response import Choice, Response

        with _reading:
            in_order = sorted(self._choices.items())
            fields_of = {at: each.fields(cut=state in ("stopped", "failed")) for at, each in in_order}
            each_details = [self._first.details] if len(in_order) == 1 else [each.details for _, each in in_order]
            details = details_of_choices(each_details, self.stop_sequence)
            usage = self._usage(state, estimate=requested_model is not None)
        choices: tuple[Choice, ...] = tuple(Choice(index=at, **fields) for at, fields in fields_of.items())
        return Response(
            **fields_of[0],
            **details,
            choices=choices,
            model=(model := self.model or (requested_model if self.count else None)),
            id=self.id,
            provider=self.provider,
            usage=functools.reduce(added, self._apart.values(), added(spent, usage)),
            last_usage=usage if attempts else None,
            state=state,
            stopped_by=stopped_by,
            saved=self._saved(max_tokens, usage, model) if state == "stopped" else None,
            request_id=request_id,
            resent=resent,
            calls=calls,
            attempts=list(attempts),
        )

    def _saved(self, max_tokens: int | None, usage: Usage | None, model: str | None) -> Saved | None:
        """Return an upper bound of what a stop has saved; None if the request sets no ``max_tokens``."""
        from .response import Saved

        if max_tokens is None:
            return None
        used = (usage.output_tokens if usage.low is None else usage.low) if usage else None
        over = self.finished or self.final
        return Saved(0 if over else max(max_tokens - (used or 0), 0), model=model, provider=self.provider)


def _join(parts: list[str]) -> str:
    """Join the fragments, and keep the result as the only fragment, so that reading often stays cheap."""
    count = len(parts)
    if count > 1:
        parts[:count] = ["".join(parts[:count])]
    return parts[0] if parts else ""


def _join_bytes(parts: list[bytes]) -> bytes:
    count = len(parts)
    if count > 1:
        parts[:count] = [b"".join(parts[:count])]
    return parts[0] if parts else b""


def smallest(caps: Caps | None) -> float:
    """Return the number of bytes that a body may have before the content can pass any cap."""
    return math.inf if caps is None else min(caps.arguments, caps.text, caps.thinking, caps.images, caps.audio)
