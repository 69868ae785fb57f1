"""The turns of a conversation as a call sees them; apart, since a conversation is made of calls itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ..wire import Decoder
from ._lifecycle import Lifecycle
from ._retry_policy import FailedAttempts

if TYPE_CHECKING:
    from ..response import Response


class Conversing(Protocol):
    """The turns of a conversation."""

    life: Lifecycle
    """The life of the call, which the call gives to the conversation."""

    @property
    def decoder(self) -> Decoder:
        """The decoder of the conversation's chunks."""
        ...

    @property
    def turns(self) -> Sequence[Any]:
        """The turns that have begun; each has a Stream, which is above this module."""
        ...

    @property
    def turn_count(self) -> int:
        """The number of turns that have begun."""
        ...

    @property
    def answering(self) -> tuple[str, str] | None:
        """The provider and the model that were asked last; None before the first turn."""
        ...

    @property
    def has_run_tools(self) -> bool:
        """Whether a tool has been begun, so that nothing may be sent again."""
        ...

    @property
    def parsed(self) -> tuple[Any, Exception | None] | None:
        """The value of the ``response_model`` in the last turn, and the error of parsing it."""
        ...

    def combined(self, response: Response, failed: FailedAttempts, moment: int | None) -> Response:
        """Return the Response of the conversation.

        Args:
            response: The fold's Response of all chunks.
            failed: The failed attempts of the whole conversation, before this one.
            moment: The number of the conversation's chunks at an earlier moment; None for now.
        """
        ...

    def attached(self, response: Response) -> Response:
        """Return the Response when the call has attached what it knows of the request.

        Args:
            response: The Response.
        """
        ...
