"""Fold: adds up chunks within the caps of a call, and builds a Response from them at any point of a stream."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .chunk import Chunk, Usage
from .errors import LimitExceeded
from .fold_bounds import Bounds
from .fold_choice import ChoiceFold, join_text
from .fold_details import details_of_choices
from .forks import new_lock
from .growing import GrowingString
from .origin import TOOL_INDEX, Origin
from .settings import Caps, too_many
from .usage.sums import added
from .usage.tokens import estimated
from .usage.turns import TurnUsages, origin_of

if TYPE_CHECKING:
    from .response import Choice, Response, Saved, State


_WAITING = 256  # chunks whose events wait to be read …

_WAITING_BYTES = 2**20  # … and the size of these events

# For readers on several threads; adding needs no lock, since fragments are only appended.
_reading = new_lock()


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
        "_answer",
        "_apart",
        "_before",
        "_bounds",
        "_caps",
        "_choices",
        "_estimated",
        "_first",
        "_uncounted_bytes",
        "cached",
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
        self.cached = False
        """True if the answer comes from an ``sk.Cache``."""
        self.stop_sequence: str | None = None
        """The stop string at which streamkit has ended the answer; the details have one that the provider names."""
        self._after_stop: Fold | None = None
        self._answer: tuple[int, int | None] | None = None
        """The turn and the attempt of a conversation."""
        self._before: dict[int, ChoiceFold] = {}
        """What the choices had before the current turn, if its answers may turn out to be void."""
        self._apart: TurnUsages | None = None
        """The usage of other answers of a conversation than the current one, and of streams inside of its tools."""
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
        for chunk in chunks:
            if type(chunk) is not Chunk and (origin := chunk.origin) is not None:
                self._enter(chunk, origin)  # first: what is void counts against no cap
            if self._bounds is None:
                self._bounds = Bounds(self._caps or Caps(), self.chunks() if self.count else ())
            self._bounds.take(chunk)
            self._add(chunk)
            self.count += 1

    def _choice(self) -> ChoiceFold:
        return ChoiceFold(None if self._caps is None else self._caps.tool_calls)

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
        """Begin an answer if a conversation's chunk is the first of one; return whether the chunk is no part of it."""
        self._apart = apart = self._apart or TurnUsages()
        self._enter(chunk, origin)
        if not origin.names_answer(chunk.index) and chunk.usage is not None:
            apart.put(chunk.usage, origin.path, origin.answer)
        if (ended := origin.ended_call) is not None:
            apart.end_call(ended)
        return chunk.index == TOOL_INDEX or bool(origin.path)

    def _enter(self, chunk: Chunk, origin: Origin) -> None:
        """Begin an answer if a conversation's chunk is the first of one."""
        if origin.names_answer(chunk.index) and origin.answer != self._answer:
            self._begin(*origin.answer)

    def _begin(self, turn: int, attempt: int | None) -> None:
        """Begin the next answer of a conversation: of another turn, or of the same turn once its answer is void."""
        if self.usage is not None and self._apart is not None:
            self._apart.put(self.usage, (), self._answer)
        self.usage = self.model = self.id = None
        self.provider = ""
        with _reading:
            if self._answer is not None and self._answer[0] == turn:
                for at, choice in self._choices.items():
                    choice.take(self._before.get(at) or self._choice())
                self._bounds = None
            elif attempt is not None:
                self._before = {at: each.copied() for at, each in self._choices.items()}
            for choice in self._choices.values():
                choice.finish_reasons = None
        self._answer = turn, attempt

    @property
    def total_usage(self) -> Usage | None:
        """The usage of all turns of a conversation together; ``usage`` is that of the current turn alone."""
        return self.usage if self._apart is None else self._apart.total(self.usage)

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
        if self._apart is None or self._answer is None:
            return found
        return self._apart.chunks() + [each.with_origin(origin_of(self._answer)) for each in found]

    def copy(self) -> Fold:
        """Return a fold of the same chunks that others may be added to; a fold with caps cannot be copied."""
        assert self._caps is None
        other = copy.copy(self)
        other._choices = {at: each.copied() for at, each in self._choices.items()}
        other._first = other._choices[0]
        other._apart = self._apart and self._apart.copy()
        return other

    def extended(self, chunks: Sequence[Chunk]) -> Fold:
        """Return a fold of the same chunks and of these, of which each text is one fragment more.

        Args:
            chunks: The chunks that follow.
        """
        other = self.copy()
        other.add(chunks)
        for at, each in other._choices.items():
            each.join_since(self._choices.get(at))
        return other

    @property
    def content(self) -> str:
        """The text of choice 0 so far."""
        with _reading:
            first = self._first
            if len(first.text) > 1 and first.growing is None:
                first.growing = GrowingString(first.text)
            return first.growing.whole() if first.growing is not None else join_text(first.text)

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
        from .response import Choice, Response  # pydantic's models would be half of the time of `import streamkit`

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
            usage=added(spent, usage) if self._apart is None else self._apart.total(added(spent, usage)),
            last_usage=usage if attempts else None,
            state=state,
            stopped_by=stopped_by,
            saved=self._saved(max_tokens, usage, model) if state == "stopped" else None,
            request_id=request_id,
            resent=resent,
            calls=calls,
            cached=self.cached,
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


def smallest(caps: Caps | None) -> float:
    """Return the number of bytes that a body may have before the content can pass any cap."""
    return math.inf if caps is None else min(caps.arguments, caps.text, caps.thinking, caps.images, caps.audio)
