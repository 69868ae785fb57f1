"""The fold: chunks in, a Response out, at any point of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .bounds import Bounds, smallest, too_many
from .chunk import Chunk, Image, Usage
from .errors import LimitExceeded
from .forks import new_lock
from .settings import Caps
from .tool import ToolCalls
from .usage.tokens import estimated

if TYPE_CHECKING:
    from .response import Choice, Response, Saved, State


class _ChoiceFold:
    """What one choice has brought so far; texts are kept in pieces until somebody asks."""

    __slots__ = (
        "audio",
        "citations",
        "finish_reasons",
        "images",
        "redacted",
        "refusal",
        "signature",
        "text",
        "thinking",
        "tool_plan",
        "tools",
        "transcript",
    )

    def __init__(self, tool_calls: int | None) -> None:
        self.text: list[str] = []
        self.thinking: list[str] = []
        self.refusal: list[str] = []
        self.transcript: list[str] = []
        self.tool_plan: list[str] = []
        self.audio: list[bytes] = []
        self.signature: list[str] = []
        self.redacted: list[str] = []
        self.images: list[Image] = []
        self.citations: list[Any] = []
        self.tools = ToolCalls(most=tool_calls)
        self.finish_reasons: list[str] | None = None

    def add(self, chunk: Chunk) -> None:
        if chunk.content:
            self.text.append(chunk.content)
        if chunk.thinking:
            self.thinking.append(chunk.thinking)
        if chunk.tool_calls or chunk.finish_reasons:
            self.tools.feed(chunk)
        if chunk.finish_reasons:
            self.finish_reasons = chunk.finish_reasons
        if chunk.audio or chunk.audio_transcript:
            self.audio.append(chunk.audio)
            self.transcript.append(chunk.audio_transcript)
        if chunk.refusal or chunk.signature or chunk.tool_plan or chunk.images or chunk.citations:
            self._add_rare(chunk)
        if chunk.redacted_thinking:
            self.redacted.append(chunk.redacted_thinking)

    def _add_rare(self, chunk: Chunk) -> None:
        self.refusal.append(chunk.refusal)
        self.tool_plan.append(chunk.tool_plan)
        self.images += chunk.images
        self.citations += chunk.citations
        if chunk.signature:
            self.signature.append(chunk.signature)

    def fields(self) -> dict[str, Any]:
        """Everything as the fields of a Response's choice."""
        images = tuple({"data": each.data, "media_type": each.media_type, "url": each.url} for each in self.images)
        calls, redacted = self.tools.snapshot(), tuple(self.redacted)
        return self._either() | {"images": images, "tool_calls": calls, "redacted_thinking": redacted}

    def chunk_fields(self) -> dict[str, Any]:
        """Everything as the fields of one chunk."""
        return self._either() | {"images": tuple(self.images), "tool_calls": self.tools.deltas()}

    def _either(self) -> dict[str, Any]:
        """Return what is the same in both."""
        return {
            "content": _joined(self.text),
            "thinking": _joined(self.thinking),
            "signature": _joined(self.signature) or None,
            "refusal": _joined(self.refusal),
            "audio": _joined_bytes(self.audio),
            "audio_transcript": _joined(self.transcript),
            "citations": tuple(self.citations),
            "finish_reasons": self.finish_reasons,
            "tool_plan": _joined(self.tool_plan),
        }

    def generated(self) -> dict[int | tuple[str, int], str]:
        """Everything that its tokens are estimated from: texts, none of which shares a token with another."""
        texts = (self.text, self.thinking, self.refusal, self.transcript, self.tool_plan)
        calls = {("call", call.index): f"{call.name or ''}{call.arguments}" for call in self.tools.deltas()}
        return {at: text for at, text in enumerate(map(_joined, texts)) if text} | calls

    @property
    def hides(self) -> bool:
        """Whether there may be tokens that no text shows: thinking may be a summary, sound and pictures are none."""
        return bool(self.thinking or self.redacted or self.audio or self.images or self.citations)


class Fold:
    """Fold chunks into a Response as they arrive.

    Args:
        caps: The bounds on what they may bring; None for none.

    >>> fold = Fold()
    >>> fold.add([Chunk(content="Euro"), Chunk(content="pa")])
    >>> fold.response().content
    'Europa'
    """

    __slots__ = (
        "_bounds",
        "_caps",
        "_choices",
        "_estimated",
        "_first",
        "_free",
        "_lock",
        "_received",
        "_unseen",
        "count",
        "final",
        "id",
        "model",
        "provider",
        "usage",
    )

    def __init__(self, caps: Caps | None = None) -> None:
        # Among those who ask; the one who adds needs none, since pieces are only ever added at the end.
        self._lock = new_lock()
        self._caps = caps
        self._bounds: Bounds | None = None
        self._received = 0
        self._free = smallest(caps)  # bytes of the body up to which no cap can be passed, so nothing is counted
        self._first = self._choice()
        self._choices = {0: self._first}
        self.count = 0
        self.model: str | None = None
        self.id: str | None = None
        self.provider = ""
        self.usage: Usage | None = None
        self.final = False
        """The usage is that of the whole call, although the answer is not all here."""
        self._unseen: Fold | None = None
        self._estimated: tuple[int, Usage | None] = (-1, None)

    def add(self, chunks: Sequence[Chunk], size: int = 0) -> None:
        """Take the next chunks.

        Args:
            chunks: The chunks, in order.
            size: Bytes of the body that they were decoded from; 0 where there is no body.

        Raises:
            LimitExceeded: A chunk passes one of the caps. Those before it are taken and ``count`` includes them; it
                and those behind it are not.
        """
        self._received += size
        if self._received > self._free or (not size and self._caps is not None):
            return self._add_counted(chunks)
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

    def _add_counted(self, chunks: Sequence[Chunk]) -> None:
        """Take chunks one by one, each held against the caps."""
        if self._bounds is None:
            self._bounds = Bounds(self._caps or Caps(), self.chunks() if self.count else ())
        for chunk in chunks:
            self._bounds.take(chunk)
            self._add(chunk)
            self.count += 1

    def _choice(self) -> _ChoiceFold:
        return _ChoiceFold(None if self._caps is None else self._caps.tool_calls)

    def _add(self, chunk: Chunk) -> None:
        if chunk.index not in self._choices:
            if self._caps is not None and len(self._choices) > self._caps.tool_calls:
                raise too_many("choices", self._caps.tool_calls)
            self._choices[chunk.index] = self._choice()
        self._choices[chunk.index].add(chunk)
        # Some back ends change the id in mid-stream: the answer keeps the one that it began with.
        self.model = self.model or chunk.model
        self.id = self.id or chunk.id
        self.provider = self.provider or chunk.provider
        if chunk.usage is not None:
            self.usage = chunk.usage

    def learn(self, chunks: Sequence[Chunk], size: int = 0, *, ended: bool) -> None:
        """Take chunks that came after a stop: they are no part of the answer, and only their tokens count.

        Args:
            chunks: What came.
            size: Bytes of the body that they were decoded from.
            ended: Whether the provider has come to its end.

        Raises:
            LimitExceeded: They pass one of the caps.
        """
        self._unseen = self._unseen or Fold(self._caps)
        self._unseen.add(chunks, size)
        self.usage = self._unseen.usage or self.usage
        self.final = ended and self.usage is not None

    def chunks(self) -> list[Chunk]:
        """Return everything so far as one chunk of each choice, which folds to the same Response."""
        with self._lock:
            told = {at: each.chunk_fields() for at, each in sorted(self._choices.items())}
        ends: dict[str, Any] = {"model": self.model, "id": self.id, "provider": self.provider}
        redacted = [Chunk(index=at, redacted_thinking=each) for at in told for each in self._choices[at].redacted]
        last = max(told)
        return redacted + [
            Chunk(index=at, **ends, usage=self.usage if at == last else None, **fields) for at, fields in told.items()
        ]

    @property
    def content(self) -> str:
        """The text of choice 0 so far."""
        with self._lock:
            return _joined(self._first.text)

    @property
    def finished(self) -> bool:
        """Whether every choice has given its finish reason."""
        return all(choice.finish_reasons for choice in self._choices.values())

    def _usage(self, state: State, *, guess: bool) -> Usage | None:
        """The figures as they stand; of a stream that did not come to its end, what can be said of them."""
        told = self.usage
        if state not in ("stopped", "failed") or self.final or (told and told.source != "provider"):
            return told
        if not guess:
            return replace(told, source="partial") if told else None
        count = self.count + (self._unseen.count if self._unseen else 0)
        if self._estimated[0] != count:
            self._estimated = (count, self._guess(told))
        return self._estimated[1]

    def _guess(self, told: Usage | None) -> Usage | None:
        """Estimate the tokens of the answer, unless the last that was told may be all of them."""
        choices = [*self._choices.items(), *(self._unseen._choices.items() if self._unseen else ())]
        texts = [((at, part), text) for at, choice in choices for part, text in choice.generated().items()]
        return estimated(
            told,
            "".join(text for _, text in texts),
            answers=len(self._choices),
            calls=sum(len(choice.tools.deltas()) for _, choice in choices),
            parts=len(dict(texts)),  # what came after a stop goes on with what came before it
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
        asked: str | None = None,
        max_tokens: int | None = None,
    ) -> Response:
        """Build the Response of everything so far.

        Args:
            state: What is known of the stream's end.
            stopped_by: What stopped it.
            request_id: The provider's id of the request.
            resent: How often it was sent again.
            asked: The model that was asked, where the answer does not name its own. Without one there is no call,
                and what a provider has not told of its usage is not estimated.
            max_tokens: How many tokens all answers together might have had.
        """
        # Loaded when first needed: pydantic's models are half of what importing streamkit would cost.
        from .response import Choice, Response

        with self._lock:
            told = {at: each.fields() for at, each in sorted(self._choices.items())}
            usage = self._usage(state, guess=asked is not None)
        choices: tuple[Choice, ...] = tuple(Choice(index=at, **fields) for at, fields in told.items())
        return Response(
            **told[0],
            choices=choices,
            model=(model := self.model or (asked if self.count else None)),
            id=self.id,
            provider=self.provider,
            usage=usage,
            state=state,
            stopped_by=stopped_by,
            saved=self._saved(max_tokens, usage, model) if state == "stopped" else None,
            request_id=request_id,
            resent=resent,
        )

    def _saved(self, max_tokens: int | None, usage: Usage | None, model: str | None) -> Saved | None:
        """Say what a stop has saved at most, where the request says what the answer might have had."""
        from .response import Saved

        if max_tokens is None:
            return None
        spent = (usage.output_tokens if usage.low is None else usage.low) if usage else None
        over = self.finished or self.final
        return Saved(0 if over else max(max_tokens - (spent or 0), 0), model=model, provider=self.provider)


def _joined(parts: list[str]) -> str:
    """Join the pieces and keep the whole as the only piece, so that asking often stays cheap."""
    count = len(parts)
    if count > 1:
        parts[:count] = ["".join(parts[:count])]
    return parts[0] if parts else ""


def _joined_bytes(parts: list[bytes]) -> bytes:
    count = len(parts)
    if count > 1:
        parts[:count] = [b"".join(parts[:count])]
    return parts[0] if parts else b""
