"""ChoiceFold: what one choice of an answer has so far; apart from the fold of the whole answer, which has several."""

from __future__ import annotations

from typing import Any, cast

from . import chunk as _chunk
from .chunk import Chunk, Image, ToolCallDelta
from .fold_details import DetailsFold
from .growing import GrowingString, join_last
from .settings import Caps
from .tool import ToolCalls

_NONE = cast("list[Any]", ())  # a tuple, since nobody may add to what all folds share

_TEXTS = ("audio", "refusal", "signature", "thinking", "tool_plan", "transcript")

_LISTS = (*_TEXTS, "citations", "images", "redacted")


class ChoiceFold:
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

    def copied(self) -> ChoiceFold:
        """Return a copy, to which other chunks may be added; fragments are shared."""
        if self.waiting:
            self.read_details()
        copied = ChoiceFold(self.most_calls)
        copied.take(self)
        return copied

    def take(self, other: ChoiceFold) -> None:
        """Take over what another fold has, in place of everything so far; ``text`` stays the list that others hold."""
        self.text[:] = other.text
        for name in _LISTS:
            setattr(self, name, getattr(other, name)[:])
        self.growing, self.waiting, self.waiting_bytes = None, [], 0
        self.details = None if other.details is None else other.details.copy()
        self.tools = None if other.tools is None else other.tools.copy()
        self.finish_reasons = other.finish_reasons

    def join_since(self, before: ChoiceFold | None) -> None:
        """Join the fragments that each text has more than before.

        Args:
            before: The fold that this one is a copy of; None for none.
        """
        for name in ("text", *_TEXTS):
            parts: list[Any] = getattr(self, name)
            join_last(parts, 0 if before is None else len(getattr(before, name)))
        if self.tools is not None:
            self.tools.join_since(None if before is None else before.tools)

    def add(self, chunk: Chunk) -> None:
        """Add the choice's next chunk.

        Raises:
            LimitExceeded: The number of tool calls exceeds the cap.
        """
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
            "content": join_text(self.text),
            "thinking": join_text(self.thinking),
            "signature": join_text(self.signature) or None,
            "refusal": join_text(self.refusal),
            "audio": _join_bytes(self.audio),
            "audio_transcript": join_text(self.transcript),
            "citations": tuple(self.citations),
            "finish_reasons": self.finish_reasons,
            "tool_plan": join_text(self.tool_plan),
        }

    def generated(self) -> dict[int | tuple[str, int], str]:
        """Return the texts that tokens are estimated from; no token belongs to two of the texts."""
        texts = (self.text, self.thinking, self.refusal, self.transcript, self.tool_plan)
        calls = {("call", call.index): f"{call.name or ''}{call.arguments}" for call in self.call_deltas()}
        return {at: text for at, text in enumerate(map(join_text, texts)) if text} | calls

    @property
    def hides(self) -> bool:
        """Whether tokens may exist that no text shows: thinking may be a summary, and audio and images have no text."""
        return bool(self.thinking or self.redacted or self.audio or self.images or self.citations)


def join_text(parts: list[str]) -> str:
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
