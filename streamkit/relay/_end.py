"""The end of a published stream: what a reader elsewhere cannot know from the chunks alone."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import msgspec
from pydantic_core import to_jsonable_python

from ..codec import as_builtins, decode
from ..errors import StreamError
from ..messages import Message
from ..rebuilder import Rebuilder
from ..response import Response, State
from ..tool import ToolResult

# The fields of a Response that do not follow from its chunks, or not fully.
_NAMES = (
    *(
        "model",
        "id",
        "provider",
        "usage",
        "last_usage",
        "state",
        "stopped_by",
        "saved",
        "request_id",
        "resent",
        "calls",
    ),
    *("attempts", "stop_sequence", "service_tier", "safety", "search_results", "side_calls", "turns"),
)


@dataclass(frozen=True, slots=True)
class EndOfStream:
    """The end of a published stream.

    Args:
        state: The state of the Response.
        error: The error that ended it; None if there was none.
        response: The Response, of which only some fields count.
        started: The time of the request, in seconds since 1970.
        ended: The time of the end, in the same seconds.
        message: The answer as the assistant message of a next turn, in the provider's form.
        added: The messages that a conversation has added; None for a single call.
    """

    state: State
    error: StreamError | None
    response: Response
    started: float | None
    ended: float | None
    message: dict[str, Any] | None
    added: list[Message] | None = field(default=None)

    def combined(self, response: Response) -> Response:
        """Return the Response of a reader's chunks with what this end knows of it.

        Args:
            response: The fold of the chunks.
        """
        turns = self.response.turns
        if turns and self.message is not None:
            turns[-1].attach_rebuilder(StoredTurn(self.message, Rebuilder()))
        return response.model_copy(update={name: getattr(self.response, name) for name in _NAMES})


def end_fields(response: Response, error: StreamError | None) -> dict[str, Any]:
    """Return an end as values that MessagePack has.

    Args:
        response: The whole Response of the producer.
        error: The error that ended it; None if there was none.
    """
    info = response._request_info()  # pyright: ignore[reportPrivateUsage] - the times are nowhere else as they are
    fields: dict[str, Any] = {
        "state": response.state,
        "response": msgspec.json.encode(response.model_dump(mode="json", include=set(_NAMES))),
        "times": (info.started, info.ended),
    }
    if error is not None:
        fields["error"] = msgspec.json.encode({**as_builtins(error), "partial": None})
    with contextlib.suppress(StreamError):  # events that are not in the provider's form make no message
        message = _json(response.message_param)
        if message != _json(_without_events(response).message_param):
            fields["message"] = message
    if response.turns:
        fields["added"] = [_json(each) for each in response.history[len(response.messages) :]]
    return fields


def read_end(fields: dict[str, Any]) -> EndOfStream:
    """Read an end.

    Args:
        fields: What ``end_fields`` has returned.
    """
    error = fields.get("error")
    started, ended = fields["times"]
    return EndOfStream(
        state=cast("Literal['complete']", fields["state"]),
        error=None if error is None else cast("StreamError", decode(error)),
        response=Response.model_validate_json(fields["response"]),
        started=started,
        ended=ended,
        message=fields.get("message"),
        added=fields.get("added"),
    )


class StoredTurn(Rebuilder):
    """The assistant message of a next turn, as the producer has made it.

    Args:
        message: The message; None to use the chat format.
        inner: The rebuilder of the reader's own events, for those that carry payloads.
    """

    __slots__ = ("_inner", "_message")

    def __init__(self, message: dict[str, Any] | None, inner: Rebuilder) -> None:
        self._message = message
        self._inner = inner

    def sdk_object(self, response: Any) -> Any:
        """Return the provider's own non-streaming object; None if the events are not kept."""
        return self._inner.sdk_object(response)

    def next_turn(self, response: Any) -> dict[str, Any] | None:
        """Return the message; None to use the chat format."""
        return self._message


@dataclass(frozen=True, slots=True)
class StoredTurns:
    """What a conversation elsewhere has added to its messages.

    Args:
        added: The messages of the assistant and of tools.
        results: The results of tools.
    """

    added: list[Message]
    results: list[ToolResult]

    def added_messages(self) -> list[Message]:
        """Return the messages of the assistant and of tools, in order."""
        return list(self.added)

    def tool_results(self) -> list[ToolResult]:
        """Return the results of tools, in order."""
        return list(self.results)

    def __eq__(self, other: object) -> bool:
        return hasattr(other, "added_messages")

    __hash__ = None  # pyright: ignore[reportAssignmentType] - as every class with an __eq__ of its own


def _without_events(response: Response) -> Response:
    """Return the Response without its events, whose message is the one of the chat format."""
    last = [_without_events(each) for each in response.turns[-1:]]
    return response.model_copy(update={"turns": last}).attach_rebuilder(Rebuilder())


def _json(value: Any) -> Any:
    return to_jsonable_python(value, bytes_mode="base64", fallback=str)
