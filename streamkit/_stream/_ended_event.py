"""The log's event of a call's end, which stands apart since most calls write none."""

from __future__ import annotations

from typing import Protocol

from ..chunk import Usage
from ..errors import StreamError
from ..fold import Fold
from ..providers import Request, shown_name
from ..runtime.logging import info


class Ended(Protocol):
    """The part of a call that the event describes."""

    stream_id: str
    fold: Fold
    started: float
    ended: float | None

    @property
    def state(self) -> str:
        """The state, such as ``complete``."""
        ...


def log_stream_ended(
    call: Ended, request: Request, usage: Usage | None, error: StreamError | None, *, turns: int | None = None
) -> None:
    """Log that a call has ended, with its state, tokens and duration.

    Args:
        call: The call, whose state is final.
        request: The request of the last attempt.
        usage: The tokens of all attempts; None if nothing is known of them.
        error: The error that ended the call; None if there was none.
        turns: The number of turns of a conversation; None for a single call.
    """
    assert call.ended is not None
    fields: dict[str, object] = {"error": type(error).__name__} if error is not None and call.state == "failed" else {}
    if turns is not None:
        fields["turns"] = turns
    if call.fold.cached:
        fields["cached"] = True
    info(
        "stream_ended",
        stream=call.stream_id,
        provider=request.provider,
        model=shown_name(request, call.fold.model or request.ask.model),
        state=call.state,
        input_tokens=usage.input_tokens if usage else None,
        output_tokens=usage.output_tokens if usage else None,
        chunks=call.fold.count,
        ms=round((call.ended - call.started) * 1000),
        **fields,
    )
